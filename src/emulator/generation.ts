import type { Clock } from '../clock.js';
import type { Dialect } from './dialect.js';
import type { Flaws } from './faults.js';
import type { WireSettings } from './script-schema.js';
import { aborted, sleep } from './sleep.js';
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
  flaws: Flaws;
  send: (content: ServerContent) => void;
  /** So much of this reply's speech has gone out. @returns what is wrong with what follows */
  onAudioSent: (audioMs: number) => Flaws;
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
  /** Its end has come before all was said. */
  #isCut = false;
  /** What was said and is not written yet, where transcripts are late. */
  #lateTranscript = '';

  constructor(options: GenerationOptions) {
    this.#options = options;
  }

  isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Nothing more is to be made of it: it was stopped, or its end came too early. */
  isOver(): boolean {
    return this.isStopped() || this.#isCut;
  }

  /** Does nothing for so long, or until it is stopped. */
  pause(durationMs: number): Promise<void> {
    return sleep(this.#options.clock, durationMs, this.#stop.signal);
  }

  /** What went out so far. */
  get spoken(): { audioMs: number; text: string } {
    return { audioMs: this.#audioMs, text: this.#text };
  }

  /**
   * Speaks, a sentence at a time so that the first is heard while the next is made.
   * @returns when all of it was sent, or when the generation is over
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
      await this.#speak(sentence, this.#options.flaws.reply === 'silent' ? samples.map(() => 0) : samples);
      if (this.isOver()) return;
    }
  }

  /** Nothing more comes: `generationComplete` now, `onPlayed` when the listener should have heard it all. */
  complete(): void {
    const { clock, flaws, send, onPlayed } = this.#options;
    send({ generationComplete: true });
    if (this.#lateTranscript !== '') send({ outputTranscription: { text: this.#lateTranscript } });
    if (flaws.reply === 'unfinished') return;
    clock.after(Math.max(0, this.#playedAtMs - clock.nowMs()), onPlayed, this.#stop.signal);
  }

  /** It is over, and nothing was made of it. */
  end(): void {
    this.#options.clock.after(0, this.#options.onPlayed, this.#stop.signal);
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
    const words = sentence.split(/(?<=\S)(?=\s)/);
    this.#unsent = this.#cut(samples);
    const chunkCount = this.#unsent.length;
    if (this.#options.dialect.transcriptAhead) this.#transcribe(words.splice(0).join(''));
    for (let sent = 1; this.#unsent.length > 0; sent += 1) {
      const chunk = this.#unsent.shift() ?? Buffer.alloc(0);
      const share = Math.ceil(words.length / (chunkCount - sent + 1));
      const flaws = this.#sendChunk(chunk, words.splice(0, share).join(''));
      if (this.isStopped()) return;
      this.#chunks += 1;
      if (this.#chunks % CHUNKS_PER_BURST === 0) await this.pause(BURST_GAP_MS);
      await this.#suffer(flaws);
      if (this.isOver()) return;
    }
  }

  async #suffer({ waitMs, reply }: Flaws): Promise<void> {
    if (waitMs > 0) await this.pause(waitMs);
    if (reply === 'frozen') await aborted(this.#stop.signal);
    if (reply === 'cut') this.#isCut = true;
  }

  #sendChunk(chunk: Buffer, transcript: string): Flaws {
    const { clock, dialect, wire, transcribe, send, onAudioSent } = this.#options;
    const content = this.#modelTurn(chunk);
    if (dialect.bundle && transcribe && transcript !== '' && wire.transcripts === 'usual') {
      this.#text += transcript;
      Object.assign(content, { outputTranscription: { text: transcript } });
    } else this.#transcribe(transcript);
    send(content);
    this.#lastSent = chunk;
    const durationMs = (chunk.length / 2 / SPEECH_HZ) * 1000;
    this.#audioMs += durationMs;
    this.#playedAtMs = Math.max(this.#playedAtMs, clock.nowMs()) + durationMs;
    return onAudioSent(this.#audioMs);
  }

  #transcribe(text: string): void {
    const { wire, transcribe, send } = this.#options;
    this.#text += text;
    if (!transcribe || text === '') return;
    if (wire.transcripts === 'late') this.#lateTranscript += text;
    else send({ outputTranscription: { text } });
    if (wire.transcripts === 'twice') send({ outputTranscription: { text } });
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
    const { odd_chunks: odd, chunk_ms: chunkMs } = this.#options.wire;
    for (let start = 0; start < bytes.length;) {
      const isFirst = this.#chunks === 0 && start === 0;
      const length = bytesOf(chunkMs ?? (isFirst ? FIRST_CHUNK_MS : CHUNK_MS)) + (odd ? 1 : 0);
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
