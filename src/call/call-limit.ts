import type { Clock, Timer } from '../clock.js';

/** How long before its end the agent is told to wrap up: a minute, or a tenth of a shorter call. */
const WRAP_UP_MS = 60_000;
const WRAP_UP_SHARE = 0.1;

export interface CallLimitHandlers {
  /** The call will end in so long. */
  onNear: (leftMs: number) => void;
  onReached: () => void;
}

/** The longest that agents may have a call, all its conversations together. */
export class CallLimit {
  readonly #timers: readonly Timer[];

  /**
   * Counts from now.
   * @param spentMs how long they have had it before
   */
  constructor(
    clock: Clock,
    { maxCallMs, spentMs }: { maxCallMs: number; spentMs: number },
    { onNear, onReached }: CallLimitHandlers,
  ) {
    const leftMs = Math.max(0, maxCallMs - spentMs);
    const lastMs = Math.min(leftMs, WRAP_UP_MS, maxCallMs * WRAP_UP_SHARE);
    this.#timers = [clock.after(leftMs - lastMs, () => onNear(lastMs)), clock.after(leftMs, onReached)];
  }

  cancel(): void {
    for (const timer of this.#timers) timer.cancel();
  }
}

/** What the agent is told then. */
export function wrapUpLine(leftMs: number): string {
  const seconds = Math.round(leftMs / 1_000);
  return `(The call must end in ${seconds} seconds. Finish what matters most, tell the caller, and say goodbye.)`;
}
