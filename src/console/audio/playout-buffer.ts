import { MULAW_TO_PCM } from '../../audio/mulaw.js';
import { LINE_HZ } from './line-rate.js';

const SAMPLES_PER_MS = LINE_HZ / 1_000;
/** What is gathered before a reply begins to play: little at first, more on a network that once ran dry. */
const MIN_START_SAMPLES = 80 * SAMPLES_PER_MS;
const MAX_START_SAMPLES = 160 * SAMPLES_PER_MS;
const START_STEP_SAMPLES = 20 * SAMPLES_PER_MS;
/** More audio this soon after running dry was late; after that it is another reply. */
const LATE_SAMPLES = 200 * SAMPLES_PER_MS;
/** The server keeps at most 60 s unheard; what exceeds this is dropped. */
const MAX_QUEUED_SAMPLES = 90 * LINE_HZ;

export interface PlayoutHandlers {
  /** Everything sent before this mark has been heard, or dropped by `clear`. */
  onMark(name: string): void;
  onPlaying(playing: boolean): void;
}

/** What the caller is still to hear, as a carrier keeps it: audio plays in order, marks are told when really heard. */
export class PlayoutBuffer {
  readonly #handlers: PlayoutHandlers;
  #chunks: Uint8Array[] = [];
  /** The next sample in the first chunk. */
  #offset = 0;
  #queuedSamples = 0;
  /** Samples that ever entered, and left. */
  #entered = 0;
  #left = 0;
  /** Counts every sample of time, whether something plays or not. */
  #now = 0;
  #state: 'empty' | 'gathering' | 'playing' = 'empty';
  #sinceNow = 0;
  #lastPlayedNow = -Infinity;
  #startSamples = MIN_START_SAMPLES;
  #marks: { name: string; at: number }[] = [];
  #outputLatencySamples = 0;

  constructor(handlers: PlayoutHandlers) {
    this.#handlers = handlers;
  }

  /** How long a sample takes from here to the ear: marks wait for it. */
  set outputLatencyMs(ms: number) {
    this.#outputLatencySamples = Math.round(ms * SAMPLES_PER_MS);
  }

  /** Queues audio; the bytes must not change afterwards. */
  push(mulaw: Uint8Array): void {
    if (mulaw.length === 0 || this.#queuedSamples + mulaw.length > MAX_QUEUED_SAMPLES) return;
    this.#chunks.push(mulaw);
    this.#queuedSamples += mulaw.length;
    this.#entered += mulaw.length;
    if (this.#state !== 'empty') return;
    const late = this.#now - this.#lastPlayedNow < LATE_SAMPLES;
    const start = this.#startSamples + (late ? START_STEP_SAMPLES : -START_STEP_SAMPLES / 4);
    this.#startSamples = Math.min(MAX_START_SAMPLES, Math.max(MIN_START_SAMPLES, start));
    this.#state = 'gathering';
    this.#sinceNow = this.#now;
  }

  mark(name: string): void {
    this.#marks.push({ name, at: this.#entered });
    this.#tellMarks();
  }

  /** Nothing queued is played; every mark is told at once. */
  clear(): void {
    this.#chunks = [];
    this.#offset = 0;
    this.#queuedSamples = 0;
    this.#left = this.#entered;
    if (this.#state === 'playing') this.#handlers.onPlaying(false);
    this.#state = 'empty';
    // What follows is another reply, not late audio of this one.
    this.#lastPlayedNow = -Infinity;
    for (const { name } of this.#marks.splice(0)) this.#handlers.onMark(name);
  }

  /** One sample of time passes. @returns what is heard in it, full scale ±1 */
  next(): number {
    this.#now += 1;
    const sample = this.#take();
    if (this.#marks.length > 0) this.#tellMarks();
    return sample;
  }

  #take(): number {
    if (this.#state === 'gathering') {
      // A reply shorter than the start is complete when as much time has passed.
      const gathered = Math.max(this.#queuedSamples, this.#now - this.#sinceNow);
      if (gathered < this.#startSamples) return 0;
      this.#state = 'playing';
      this.#handlers.onPlaying(true);
    }
    const chunk = this.#chunks[0];
    if (this.#state === 'empty' || !chunk) return 0;
    const sample = MULAW_TO_PCM[chunk[this.#offset] ?? 0] ?? 0;
    this.#offset += 1;
    this.#left += 1;
    this.#queuedSamples -= 1;
    this.#lastPlayedNow = this.#now;
    if (this.#offset === chunk.length) {
      this.#chunks.shift();
      this.#offset = 0;
    }
    if (this.#queuedSamples === 0) {
      this.#state = 'empty';
      this.#handlers.onPlaying(false);
    }
    return sample / 32_768;
  }

  #tellMarks(): void {
    for (let mark = this.#marks[0]; mark && this.#heard(mark.at); mark = this.#marks[0]) {
      this.#marks.shift();
      this.#handlers.onMark(mark.name);
    }
  }

  /** Whether the sample before position `at` has left, and has had the time to reach the ear. */
  #heard(at: number): boolean {
    if (this.#left < at) return false;
    const playedOn = this.#left - at;
    return this.#now - this.#lastPlayedNow + playedOn >= this.#outputLatencySamples;
  }
}
