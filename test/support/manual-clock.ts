import type { Clock } from '../../src/clock.js';

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #now = 0;
  #timers: { dueMs: number; callback: () => void }[] = [];

  nowMs(): number {
    return this.#now;
  }

  wallMs(): number {
    return 1_700_000_000_000 + this.#now;
  }

  after(delayMs: number, callback: () => void, signal?: AbortSignal): { cancel: () => void } {
    if (signal?.aborted === true) return { cancel: () => undefined };
    const timer = { dueMs: this.#now + delayMs, callback };
    this.#timers.push(timer);
    const cancel = () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
    signal?.addEventListener('abort', cancel, { once: true });
    return { cancel };
  }

  get pendingTimers(): number {
    return this.#timers.length;
  }

  /** Moves time forward as a stalled process sees it: what fell due meanwhile runs at its end, late. */
  stall(ms: number): void {
    this.#now += ms;
    this.advance(0);
  }

  /** Moves time forward and runs what falls due, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = this.#timers.filter((timer) => timer.dueMs <= end).sort((a, b) => a.dueMs - b.dueMs)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#now = Math.max(this.#now, next.dueMs);
      next.callback();
    }
    this.#now = end;
  }
}
