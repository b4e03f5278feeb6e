import { ModelToCallerTranscoder } from '../audio/transcoder.js';
import type { Clock, Timer } from '../clock.js';
import type { CallerLeg } from './ports.js';

/** µ-law at 8 kHz: one byte a sample, eight a millisecond. */
const BYTES_PER_MS = 8;
/** A mark stands behind this much audio: 200 ms, less what the filter holds back of a first chunk of that length. */
const MARK_EVERY_BYTES = 190 * BYTES_PER_MS;
/** A larger chunk is cut into pieces, with a mark behind each; the model's own 200 and 240 ms chunks pass whole. */
const MAX_WHOLE_BYTES = 300 * BYTES_PER_MS;
const PIECE_BYTES = 200 * BYTES_PER_MS;
/** What may stand unheard at the carrier; Twilio itself discards what goes beyond some ten minutes (31931). */
const MAX_UNHEARD_BYTES = 60_000 * BYTES_PER_MS;
const MAX_HELD_BYTES = 10 * 60_000 * BYTES_PER_MS;
/** A reply whose end the model does not announce is complete after this long without audio. */
const IDLE_FLUSH_MS = 200;
/** Slack after the estimated end of playback: a model that speaks at real pace is not cut at every chunk. */
const STARVED_MS = 60;

export interface PlayoutHandlers {
  /** Everything sent so far has been heard, and nothing is held back. */
  onAllHeard(): void;
  /** More than ten minutes are held: the rest of this reply is dropped. */
  onOverflow(heldMs: number): void;
}

interface PendingMark {
  name: string;
  /** Bytes of this generation sent before the mark. */
  atBytes: number;
}

/**
 * What the caller is made to hear: answers what was sent, what was heard, and whether the caller hears something now.
 * Audio goes to the carrier as the model makes it (the carrier plays it in real time); marks tell how far it was heard.
 * A generation is what was sent between two interruptions; positions count from its beginning.
 */
export class Playout {
  readonly #leg: Pick<CallerLeg, 'sendAudio' | 'sendMark' | 'clear'>;
  readonly #transcoder = new ModelToCallerTranscoder();
  readonly #clock: Clock;
  readonly #handlers: PlayoutHandlers;

  #generation = 1;
  #sentBytes = 0;
  #heardBytes = 0;
  #markedBytes = 0;
  #pending: PendingMark[] = [];
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  /** The reply's end stands behind what is held. */
  #endHeld = false;
  #overflowed = false;
  /** The transcoder holds samples of a reply that is not flushed yet. */
  #unflushed = false;
  #lastAudioMs = 0;
  /** When the carrier runs out of audio, by our own reckoning. */
  #playedOutMs = 0;
  #idleTimer: Timer | undefined;

  constructor(leg: Pick<CallerLeg, 'sendAudio' | 'sendMark' | 'clear'>, clock: Clock, handlers: PlayoutHandlers) {
    this.#leg = leg;
    this.#clock = clock;
    this.#handlers = handlers;
  }

  get generation(): number {
    return this.#generation;
  }

  /** Milliseconds of this generation handed to the carrier. */
  get sentMs(): number {
    return this.#sentBytes / BYTES_PER_MS;
  }

  /** Milliseconds of this generation confirmed by a mark. */
  get heardMs(): number {
    return this.#heardBytes / BYTES_PER_MS;
  }

  /** Whether something sent or held has not been heard yet. */
  get audible(): boolean {
    return this.#heardBytes < this.#sentBytes || this.#heldBytes > 0;
  }

  /** Speech of the model, s16le at 24 kHz. */
  push(pcm24k: Uint8Array): void {
    if (this.#overflowed) return;
    this.#unflushed = true;
    this.#lastAudioMs = this.#clock.nowMs();
    this.#enqueue(this.#transcoder.transcode(pcm24k));
    this.#idleTimer ??= this.#clock.after(IDLE_FLUSH_MS, () => this.#onIdle());
  }

  /** A sound of the bridge's own, µ-law: queued behind what the agent said, in the same generation. */
  playOwn(mulaw: Uint8Array): void {
    this.completeReply();
    this.#enqueue(mulaw);
    this.#markEnd();
  }

  /** The reply is complete: its last samples go out, with a mark at its end. */
  completeReply(): void {
    this.#idleTimer?.cancel();
    this.#idleTimer = undefined;
    if (this.#unflushed) {
      this.#unflushed = false;
      const tail = this.#transcoder.flush();
      if (!this.#overflowed) this.#enqueue(tail);
    }
    this.#overflowed = false;
    if (this.#heldBytes > 0) this.#endHeld = true;
    else this.#markEnd();
  }

  /** The caller cut in: everything unheard is dropped here and at the carrier, and a new generation begins. */
  interrupt(): void {
    this.#leg.clear();
    this.#generation += 1;
    this.#sentBytes = 0;
    this.#heardBytes = 0;
    this.#markedBytes = 0;
    this.#pending = [];
    this.#held = [];
    this.#heldBytes = 0;
    this.#endHeld = false;
    this.#overflowed = false;
    this.#unflushed = false;
    this.#playedOutMs = 0;
    this.#transcoder.reset();
    this.#idleTimer?.cancel();
    this.#idleTimer = undefined;
  }

  /**
   * A mark came back. One of an earlier generation was echoed by a clear: it was not heard.
   * @returns false for a name that was never sent
   */
  markReached(name: string): boolean {
    const index = this.#pending.findIndex((mark) => mark.name === name);
    const mark = this.#pending[index];
    if (!mark) return this.#isEarlierGeneration(name);
    this.#pending.splice(0, index + 1);
    this.#heardBytes = mark.atBytes;
    this.#forwardHeld();
    if (!this.audible) {
      this.#playedOutMs = Math.min(this.#playedOutMs, this.#clock.nowMs());
      this.#handlers.onAllHeard();
    }
    return true;
  }

  /** Ends all timers; nothing is sent afterwards. */
  dispose(): void {
    this.#idleTimer?.cancel();
    this.#idleTimer = undefined;
    this.#held = [];
    this.#heldBytes = 0;
  }

  #enqueue(mulaw: Uint8Array): void {
    const step = mulaw.length <= MAX_WHOLE_BYTES ? mulaw.length : PIECE_BYTES;
    for (let start = 0; start < mulaw.length && !this.#overflowed; start += step) {
      this.#enqueuePiece(step === mulaw.length ? mulaw : mulaw.subarray(start, start + step));
    }
  }

  #enqueuePiece(piece: Uint8Array): void {
    if (this.#heldBytes === 0 && this.#fitsAtCarrier(piece.length)) {
      this.#forward(piece);
    } else if (this.#heldBytes + piece.length <= MAX_HELD_BYTES) {
      this.#held.push(new Uint8Array(piece));
      this.#heldBytes += piece.length;
    } else {
      this.#overflowed = true;
      this.#handlers.onOverflow(this.#heldBytes / BYTES_PER_MS);
    }
  }

  #fitsAtCarrier(bytes: number): boolean {
    return this.#sentBytes - this.#heardBytes + bytes <= MAX_UNHEARD_BYTES;
  }

  #forwardHeld(): void {
    let count = 0;
    for (const piece of this.#held) {
      if (!this.#fitsAtCarrier(piece.length)) break;
      this.#heldBytes -= piece.length;
      count += 1;
      this.#forward(piece);
    }
    if (count > 0) this.#held.splice(0, count);
    if (this.#endHeld && this.#heldBytes === 0) {
      this.#endHeld = false;
      this.#markEnd();
    }
  }

  #forward(piece: Uint8Array): void {
    this.#leg.sendAudio(piece);
    this.#sentBytes += piece.length;
    this.#playedOutMs = Math.max(this.#playedOutMs, this.#clock.nowMs()) + piece.length / BYTES_PER_MS;
    if (this.#sentBytes - this.#markedBytes >= MARK_EVERY_BYTES) this.#mark();
  }

  #markEnd(): void {
    if (this.#sentBytes > this.#markedBytes) this.#mark();
  }

  #mark(): void {
    // Positions grow by at least a filter's tail between two marks, so rounding up keeps names distinct.
    const name = `g${this.#generation}:${Math.ceil(this.sentMs)}`;
    this.#pending.push({ name, atBytes: this.#sentBytes });
    this.#markedBytes = this.#sentBytes;
    this.#leg.sendMark(name);
  }

  #onIdle(): void {
    const dueMs = Math.max(this.#lastAudioMs + IDLE_FLUSH_MS, this.#playedOutMs + STARVED_MS);
    const leftMs = dueMs - this.#clock.nowMs();
    this.#idleTimer = undefined;
    if (leftMs > 0) this.#idleTimer = this.#clock.after(leftMs, () => this.#onIdle());
    else this.completeReply();
  }

  #isEarlierGeneration(name: string): boolean {
    const generation = /^g(\d+):\d+$/.exec(name)?.[1];
    return generation !== undefined && Number(generation) < this.#generation;
  }
}
