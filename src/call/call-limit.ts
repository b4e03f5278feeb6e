import type { Clock, Timer } from '../clock.js';

/** How long before its end the agent is told to wrap up: a minute, or a tenth of a shorter call. */
const WRAP_UP_MS = 60_000;
const WRAP_UP_SHARE = 0.1;

export interface CallLimitHandlers {
  /** The call will end in so long. */
  onNear: (leftMs: number) => void;
  onReached: () => void;
}

/** The longest a call may last. */
export class CallLimit {
  readonly #timers: readonly Timer[];

  /** Counts from now. */
  constructor(clock: Clock, maxCallMs: number, { onNear, onReached }: CallLimitHandlers) {
    const leftMs = Math.min(WRAP_UP_MS, maxCallMs * WRAP_UP_SHARE);
    this.#timers = [clock.after(maxCallMs - leftMs, () => onNear(leftMs)), clock.after(maxCallMs, onReached)];
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
