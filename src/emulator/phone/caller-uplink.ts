import { MULAW_SILENCE } from '../../audio/mulaw.js';
import type { Clock, Timer } from '../../clock.js';
import { MULAW_BYTES_PER_MS } from './playout-clock.js';

/** Twilio's cadence. Source: Media Streams, `media` every 20 ms. */
const FRAME_MS = 20;
const FRAME_BYTES = FRAME_MS * MULAW_BYTES_PER_MS;
/** A key pressed by a person, and the pause before the next. */
const FRAMES_PER_KEY = 10;
const SILENT_FRAME = new Uint8Array(FRAME_BYTES).fill(MULAW_SILENCE);

export interface CallerUplinkOptions {
  clock: Clock;
  /** Stops the uplink. */
  signal: AbortSignal;
  /** Each frame is late by up to this much; order is kept. */
  jitterMs: number;
  /** So many frames in a hundred never arrive; the timestamp shows the gap. */
  lossPercent: number;
  /** 0 ≤ n < 1. */
  random: () => number;
}

export interface CallerUplinkHandlers {
  /** One frame, 20 ms; the bytes must not be kept. */
  onFrame(mulaw: Uint8Array, timestampMs: number): void;
  onKey(digit: string): void;
  onSpeech(phase: 'started' | 'ended'): void;
}

interface Utterance {
  mulaw: Uint8Array;
  sentBytes: number;
  done: () => void;
}

/** What the caller's end sends: a frame every 20 ms by absolute deadlines, silence where nothing is spoken. */
export class CallerUplink {
  readonly #options: CallerUplinkOptions;
  readonly #handlers: CallerUplinkHandlers;
  readonly #originMs: number;
  readonly #utterances: Utterance[] = [];
  readonly #keys: { digit: string; done: () => void }[] = [];
  #timer: Timer | undefined;
  #frames = 0;
  #nextKeyFrame = 0;
  #lastDueMs = 0;

  constructor(options: CallerUplinkOptions, handlers: CallerUplinkHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    this.#originMs = options.clock.nowMs();
    this.#schedule();
    options.signal.addEventListener(
      'abort',
      () => {
        this.#timer?.cancel();
        for (const { done } of [...this.#utterances.splice(0), ...this.#keys.splice(0)]) done();
      },
      { once: true },
    );
  }

  /**
   * Speaks behind what is being spoken, at real pace.
   * @returns settled when its last frame was sent, or the stream ended
   */
  speak(mulaw: Uint8Array): Promise<void> {
    if (this.#options.signal.aborted || mulaw.length === 0) return Promise.resolve();
    return new Promise((done) => {
      if (this.#utterances.length === 0) this.#handlers.onSpeech('started');
      this.#utterances.push({ mulaw, sentBytes: 0, done });
    });
  }

  /**
   * Presses keys, one every 200 ms.
   * @returns settled when the last was sent, or the stream ended
   */
  async press(digits: string): Promise<void> {
    if (this.#options.signal.aborted) return;
    await Promise.all(Array.from(digits, (digit) => new Promise<void>((done) => this.#keys.push({ digit, done }))));
  }

  #schedule(): void {
    const { clock, jitterMs, random, signal } = this.#options;
    // A frame or a key may have been what its taker was waiting for.
    if (signal.aborted) return;
    // A frame leaves when its last sample was spoken. Deadlines count from the origin, so lateness never adds up.
    const dueMs = this.#originMs + (this.#frames + 1) * FRAME_MS + jitterMs * random();
    this.#lastDueMs = Math.max(this.#lastDueMs, dueMs);
    this.#timer = clock.after(Math.max(0, this.#lastDueMs - clock.nowMs()), () => this.#tick());
  }

  #tick(): void {
    const timestampMs = this.#frames * FRAME_MS;
    this.#frames += 1;
    const frame = this.#nextFrame();
    if (this.#options.random() * 100 >= this.#options.lossPercent) this.#handlers.onFrame(frame, timestampMs);
    this.#pressNextKey();
    this.#schedule();
  }

  #nextFrame(): Uint8Array {
    const utterance = this.#utterances[0];
    if (!utterance) return SILENT_FRAME;
    let frame = utterance.mulaw.subarray(utterance.sentBytes, utterance.sentBytes + FRAME_BYTES);
    utterance.sentBytes += FRAME_BYTES;
    if (utterance.sentBytes >= utterance.mulaw.length) {
      const spoken = frame;
      frame = SILENT_FRAME.slice();
      frame.set(spoken);
      this.#utterances.shift();
      if (this.#utterances.length === 0) this.#handlers.onSpeech('ended');
      utterance.done();
    }
    return frame;
  }

  #pressNextKey(): void {
    if (this.#frames < this.#nextKeyFrame) return;
    const key = this.#keys.shift();
    if (!key) return;
    this.#nextKeyFrame = this.#frames + FRAMES_PER_KEY;
    this.#handlers.onKey(key.digit);
    key.done();
  }
}
