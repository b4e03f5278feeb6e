import type { Clock } from '../clock.js';

const MINUTE_MS = 60_000;
/** Callers remembered at once; beyond, the one that called longest ago is forgotten. */
const MAX_CALLERS = 10_000;

/** Counts how often each caller called within the last minute. */
export class CallerRate {
  readonly #clock: Clock;
  /** When each caller called, oldest first; the caller that called last stands last. */
  readonly #calls = new Map<string, number[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes note of a call. @returns how many this caller has made within a minute, this one included; at most `limit + 1` */
  count(caller: string, limit: number): number {
    const nowMs = this.#clock.nowMs();
    const recent = (this.#calls.get(caller) ?? []).filter((atMs) => nowMs - atMs < MINUTE_MS).slice(-limit);
    recent.push(nowMs);
    this.#calls.delete(caller);
    this.#calls.set(caller, recent);
    const [oldest] = this.#calls.keys();
    if (this.#calls.size > MAX_CALLERS && oldest !== undefined) this.#calls.delete(oldest);
    return recent.length;
  }
}
