import { ModelToCallerTranscoder } from '../../audio/transcoder.js';
import type { Clock, Timer } from '../../clock.js';
import type { CallerLeg } from '../ports.js';

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
/** How much later than its length the mark behind a sound that is not cut may come, before it is taken for heard. */
const UNCUT_SLACK_MS = 5_000;
/** Slack after the estimated end of playback: a model that speaks at real pace is not cut at every chunk. */
const STARVED_MS = 60;

export interface PlayoutHandlers {
  /** Everything sent so far has been heard, and nothing is held back. */
  onAllHeard(): void;
  /** More than ten minutes are held: the rest of this reply is dropped. */
  onOverflow(heldMs: number): void;
}

/** A sound of the bridge's own that is at the carrier; its mark is its name. */
interface OwnSound {
  name: string;
  /** It is never cut, and the agent waits behind it. */
  uncut?: { onOver: () => void; timer: Timer };
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
  #own: OwnSound[] = [];
  #ownCount = 0;

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

  /** Milliseconds of this generation that the model made; some may be held here. */
  get madeMs(): number {
    return (this.#sentBytes + this.#heldBytes) / BYTES_PER_MS;
  }

  /** Milliseconds of this generation confirmed by a mark. */
  get heardMs(): number {
    return this.#heardBytes / BYTES_PER_MS;
  }

  /** Whether something sent or held, or a sound that is not cut, has not been heard yet. */
  get audible(): boolean {
    return this.#heardBytes < this.#sentBytes || this.#heldBytes > 0 || this.#holdsForOwn;
  }

  /** Speech of the model, s16le at 24 kHz. */
  push(pcm24k: Uint8Array): void {
    if (this.#overflowed) return;
    this.#unflushed = true;
    this.#lastAudioMs = this.#clock.nowMs();
    this.#enqueue(this.#transcoder.transcode(pcm24k));
    this.#idleTimer ??= this.#clock.after(IDLE_FLUSH_MS, () => this.#onIdle());
  }

  /** A sound of the bridge's own, µ-law, for while the agent is not audible: see `dropOwn`. It counts as no speech. */
  playOwn(mulaw: Uint8Array): void {
    this.#sendOwn(mulaw, {});
  }

  /** The agent speaks, or somebody else: what is unheard of the bridge's own sounds is dropped at the carrier. */
  dropOwn(): void {
    if (this.#own.length === 0 || this.audible) return;
    this.#own = [];
    this.#leg.clear();
  }

  /**
   * A sound of the bridge's own that nothing cuts, queued behind what was said; what the agent says meanwhile waits
   * until it was heard.
   * @returns settled when it was heard; bounded
   */
  playUncut(mulaw: Uint8Array): Promise<void> {
    this.completeReply();
    return new Promise((onOver) => {
      const boundMs = mulaw.length / BYTES_PER_MS + (this.sentMs - this.heardMs) + UNCUT_SLACK_MS;
      const sound = this.#sendOwn(mulaw, {
        uncut: { onOver, timer: this.#clock.after(boundMs, () => this.#ownHeard(sound)) },
      });
    });
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

  /**
   * The caller cut in: everything unheard is dropped here and at the carrier, and a new generation begins. Behind a
   * sound that is not cut only what waits for it is dropped.
   */
  interrupt(): void {
    if (this.#holdsForOwn) {
      this.#dropHeld();
      return;
    }
    this.#leg.clear();
    this.#own = [];
    this.#generation += 1;
    this.#sentBytes = 0;
    this.#heardBytes = 0;
    this.#markedBytes = 0;
    this.#pending = [];
    this.#playedOutMs = 0;
    this.#dropHeld();
  }

  /**
   * A mark came back. One of an earlier generation was echoed by a clear: it was not heard.
   * @returns false for a name that was never sent
   */
  markReached(name: string): boolean {
    const own = this.#own.find((sound) => sound.name === name);
    if (own) {
      this.#ownHeard(own);
      return true;
    }
    const index = this.#pending.findIndex((mark) => mark.name === name);
    const mark = this.#pending[index];
    if (!mark) return this.#wasDropped(name);
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
    this.#dropHeld();
    for (const { uncut } of this.#own.splice(0)) {
      uncut?.timer.cancel();
      uncut?.onOver();
    }
  }

  /** What the agent says waits behind a sound that is not cut. */
  get #holdsForOwn(): boolean {
    return this.#own.some(({ uncut }) => uncut !== undefined);
  }

  #sendOwn(mulaw: Uint8Array, how: Pick<OwnSound, 'uncut'>): OwnSound {
    for (let start = 0; start < mulaw.length; start += PIECE_BYTES) {
      this.#leg.sendAudio(mulaw.subarray(start, start + PIECE_BYTES));
    }
    this.#ownCount += 1;
    const sound = { name: `own:${this.#ownCount}`, ...how };
    this.#own.push(sound);
    this.#leg.sendMark(sound.name);
    return sound;
  }

  #ownHeard(sound: OwnSound): void {
    this.#own.splice(0, this.#own.indexOf(sound) + 1);
    sound.uncut?.timer.cancel();
    this.#forwardHeld();
    sound.uncut?.onOver();
  }

  #dropHeld(): void {
    this.#held = [];
    this.#heldBytes = 0;
    this.#endHeld = false;
    this.#overflowed = false;
    this.#unflushed = false;
    this.#transcoder.reset();
    this.#idleTimer?.cancel();
    this.#idleTimer = undefined;
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
    return !this.#holdsForOwn && this.#sentBytes - this.#heardBytes + bytes <= MAX_UNHEARD_BYTES;
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

  /** A mark that a clear brought back. */
  #wasDropped(name: string): boolean {
    const [, kind, number] = /^(g(?=\d+:)|own:)(\d+)/.exec(name) ?? [];
    if (kind === undefined) return false;
    return kind === 'g' ? Number(number) < this.#generation : Number(number) <= this.#ownCount;
  }
}
