import type { Clock } from '../clock.js';
import type { Dialect } from './dialect.js';
import type { WireSettings } from './script-schema.js';
import { sleep } from './sleep.js';
import { SPEECH_HZ, type SpeechSource } from './speech/speech-source.js';

/** Recorded Vertex traffic: the first piece of a reply holds 200 ms, the others 240 ms. */
const FIRST_CHUNK_MS = 200;
const CHUNK_MS = 240;
/** Pieces go out in twos, about five times faster than they play. */
const CHUNKS_PER_BURST = 2;
const BURST_GAP_MS = 100;

export type ServerContent = Record<string, unknown>;

export interface GenerationOptions {
  clock: Clock;
  speech: SpeechSource;
  dialect: Dialect;
  wire: WireSettings;
  modality: 'AUDIO' | 'TEXT';
  /** `outputAudioTranscription` was asked for. */
  transcribe: boolean;
  send: (content: ServerContent) => void;
  /** So much of this reply's speech has gone out. */
  onAudioSent: (audioMs: number) => void;
  /** Everything was made and has had the time to be played. */
  onPlayed: () => void;
}

/** One reply being made: its speech and transcript go out, faster than they are played, until it ends or is stopped. */
export class Generation {
  readonly #options: GenerationOptions;
  readonly #stop = new AbortController();
  /** What was made of the current sentence and not sent. */
  #unsent: Buffer[] = [];
  #lastSent: Buffer | undefined;
  #audioMs = 0;
  #text = '';
  #chunks = 0;
  #playedAtMs = 0;

  constructor(options: GenerationOptions) {
    this.#options = options;
  }

  isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** What went out so far. */
  get spoken(): { audioMs: number; text: string } {
    return { audioMs: this.#audioMs, text: this.#text };
  }

  /**
   * Speaks, a sentence at a time so that the first is heard while the next is made.
   * @returns when all of it was sent, or when the generation was stopped
   */
  async say(text: string): Promise<void> {
    for (const part of sentencesOf(text)) {
      const sentence = this.#text === '' ? part : ` ${part}`;
      if (this.#options.modality === 'TEXT') {
        this.#write(sentence);
        continue;
      }
      const samples = await this.#options.speech.speak(part);
      if (this.isStopped()) return;
      await this.#speak(sentence, samples);
      if (this.isStopped()) return;
    }
  }

  /** Nothing more comes: `generationComplete` now, `onPlayed` when the listener should have heard it all. */
  complete(): void {
    const { clock, send, onPlayed } = this.#options;
    send({ generationComplete: true });
    clock.after(Math.max(0, this.#playedAtMs - clock.nowMs()), onPlayed, this.#stop.signal);
  }

  /** Ends it at once. Nothing of it follows. */
  stop(): void {
    this.#stop.abort();
  }

  /** A piece more although it was stopped, as from a service that is late to stop. */
  sendLateAudio(): void {
    const late = this.#unsent[0] ?? this.#lastSent;
    if (late) this.#options.send(this.#modelTurn(late));
  }

  #write(sentence: string): void {
    this.#text += sentence;
    this.#options.send(this.#parts([{ text: sentence }]));
  }

  async #speak(sentence: string, samples: Int16Array): Promise<void> {
    const { clock, dialect } = this.#options;
    const words = sentence.split(/(?<=\S)(?=\s)/);
    this.#unsent = this.#cut(samples);
    const chunkCount = this.#unsent.length;
    if (dialect.transcriptAhead) this.#transcribe(words.splice(0));
    for (let sent = 1; this.#unsent.length > 0; sent += 1) {
      const chunk = this.#unsent.shift() ?? Buffer.alloc(0);
      const share = Math.ceil(words.length / (chunkCount - sent + 1));
      this.#sendChunk(chunk, words.splice(0, share).join(''));
      if (this.isStopped()) return;
      this.#chunks += 1;
      if (this.#chunks % CHUNKS_PER_BURST === 0) await sleep(clock, BURST_GAP_MS, this.#stop.signal);
      if (this.isStopped()) return;
    }
  }

  #sendChunk(chunk: Buffer, transcript: string): void {
    const { clock, dialect, wire, transcribe, send, onAudioSent } = this.#options;
    const content = this.#modelTurn(chunk);
    this.#text += transcript;
    if (transcript !== '' && transcribe) {
      const transcription = { outputTranscription: { text: transcript } };
      if (wire.bundle ?? dialect.bundle) Object.assign(content, transcription);
      else send(transcription);
    }
    send(content);
    this.#lastSent = chunk;
    const durationMs = (chunk.length / 2 / SPEECH_HZ) * 1000;
    this.#audioMs += durationMs;
    this.#playedAtMs = Math.max(this.#playedAtMs, clock.nowMs()) + durationMs;
    onAudioSent(this.#audioMs);
  }

  #transcribe(words: readonly string[]): void {
    const text = words.join('');
    this.#text += text;
    if (this.#options.transcribe) this.#options.send({ outputTranscription: { text } });
  }

  #modelTurn(audio: Buffer): ServerContent {
    const { audioMimeType } = this.#options.dialect;
    return this.#parts([{ inlineData: { mimeType: audioMimeType, data: audio.toString('base64') } }]);
  }

  #parts(parts: readonly unknown[]): ServerContent {
    return { modelTurn: { ...(this.#options.dialect.roleOnModelTurn ? { role: 'model' } : {}), parts } };
  }

  #cut(samples: Int16Array): Buffer[] {
    const bytes = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
    const chunks: Buffer[] = [];
    const oddBytes = this.#options.wire.odd_chunks ? 1 : 0;
    for (let start = 0; start < bytes.length;) {
      const isFirst = this.#chunks === 0 && start === 0;
      const length = bytesOf(isFirst ? FIRST_CHUNK_MS : CHUNK_MS) + oddBytes;
      chunks.push(bytes.subarray(start, start + length));
      start += length;
    }
    return chunks;
  }
}

function bytesOf(durationMs: number): number {
  return (durationMs / 1000) * SPEECH_HZ * 2;
}

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });

/** The sentences of a text, the units in which it is spoken; white space is evened out. */
export function sentencesOf(text: string): string[] {
  const evened = text.replaceAll(/\s+/g, ' ').trim();
  return Array.from(segmenter.segment(evened), ({ segment }) => segment.trim()).filter((part) => part !== '');
}
