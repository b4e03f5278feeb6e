import { MULAW_SILENCE } from '../../audio/mulaw.js';
import type { Clock, Timer } from '../../clock.js';
import type { Playout } from './playout.js';

/** µ-law at 8 kHz: eight bytes a millisecond. */
const BYTES_PER_MS = 8;
const PIECE_MS = 200;
/** So much stands at the carrier: no gap when a timer is late, and little to drop when somebody speaks. */
const LEAD_MS = 2 * PIECE_MS;

/** A reason that is over sooner is worth no sound, however long it was silent before. */
const LEAST_MS = 500;

/** What fills the silence, and when. */
export interface Filling {
  /** How long nobody may have been heard since there is a reason. */
  afterMs: number;
  /** How long nobody may have been heard at all; absent: what was before does not count. */
  mostMs?: number;
  /** µ-law at 8 kHz, played over and over; its own silence is not sent. */
  sound: Uint8Array;
}

/** The sound that is being played: for which reason, up to which byte of it, and how long what was sent lasts. */
interface PlayedSound {
  reason: string;
  sound: Uint8Array;
  at: number;
  untilMs: number;
}

/**
 * Gives a caller who would otherwise hear nothing a sound, for as long as there is a reason to: the agent is away, a
 * tool runs. It stops at once when somebody speaks, and begins again after as much silence as before.
 */
export class SilenceFiller {
  readonly #clock: Clock;
  readonly #playout: Pick<Playout, 'audible' | 'playOwn' | 'dropOwn'>;
  readonly #reasons = new Map<string, Filling & { sinceMs: number }>();
  /** When somebody was last heard. */
  #heardMs: number;
  #timer: Timer | undefined;
  #playing: PlayedSound | undefined;

  constructor(clock: Clock, playout: Pick<Playout, 'audible' | 'playOwn' | 'dropOwn'>) {
    this.#clock = clock;
    this.#playout = playout;
    this.#heardMs = clock.nowMs();
  }

  /** Whether there is a reason to fill silence. */
  get wanted(): boolean {
    return this.#reasons.size > 0;
  }

  /** There is a reason from now on, until `stop`. */
  start(reason: string, filling: Filling): void {
    this.#reasons.set(reason, { ...filling, sinceMs: this.#clock.nowMs() });
    if (!this.#playing) this.#schedule();
  }

  /** What is at the carrier of this reason's sound is still heard, unless somebody speaks. */
  stop(reason: string): void {
    this.#reasons.delete(reason);
    if (this.#playing?.reason === reason) this.#playing = undefined;
    if (!this.#playing) this.#schedule();
  }

  /** Somebody speaks, or was heard to the end just now: silence counts from here. */
  somebodyHeard(): void {
    this.#heardMs = this.#clock.nowMs();
    this.#playing = undefined;
    this.#playout.dropOwn();
    this.#schedule();
  }

  dispose(): void {
    this.#reasons.clear();
    this.#playing = undefined;
    this.#timer?.cancel();
  }

  #schedule(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    // The usual case, on every piece of the agent's audio.
    if (this.#reasons.size === 0) return;
    const due = [...this.#reasons].map(([reason, { afterMs, mostMs = Infinity, sinceMs }]) => ({
      reason,
      atMs: Math.min(Math.max(sinceMs, this.#heardMs) + afterMs, Math.max(sinceMs + LEAST_MS, this.#heardMs + mostMs)),
    }));
    const next = due.sort((a, b) => a.atMs - b.atMs)[0];
    if (!next) return;
    this.#timer = this.#clock.after(Math.max(0, next.atMs - this.#clock.nowMs()), () => this.#begin(next.reason));
  }

  #begin(reason: string): void {
    const { sound = new Uint8Array() } = this.#reasons.get(reason) ?? {};
    // The end of what is audible is told by `somebodyHeard`.
    if (this.#playout.audible || sound.length === 0) return;
    this.#playing = { reason, sound, at: 0, untilMs: this.#clock.nowMs() };
    this.#continue(this.#playing);
  }

  #continue(playing: PlayedSound): void {
    const nowMs = this.#clock.nowMs();
    while (playing.untilMs < nowMs + LEAD_MS) {
      const piece = playing.sound.subarray(playing.at, playing.at + PIECE_MS * BYTES_PER_MS);
      playing.at = (playing.at + piece.length) % playing.sound.length;
      playing.untilMs = Math.max(playing.untilMs, nowMs) + piece.length / BYTES_PER_MS;
      if (piece.some((code) => code !== MULAW_SILENCE)) this.#playout.playOwn(piece);
    }
    this.#timer = this.#clock.after(PIECE_MS, () => this.#continue(playing));
  }
}
