/** A timer that can be taken back. Cancelling twice, or after it fired, does nothing. */
export interface Timer {
  cancel(): void;
}

/** Time as the core sees it: injected, so that tests move it and a server can count what it still owes. */
export interface Clock {
  /** Monotonic milliseconds with an arbitrary origin. */
  nowMs(): number;
  /** Milliseconds since the Unix epoch. */
  wallMs(): number;
  /**
   * Runs `callback` once after `delayMs`.
   * @param signal cancels the timer when aborted; a signal that is already aborted schedules nothing
   */
  after(delayMs: number, callback: () => void, signal?: AbortSignal): Timer;
  /** Timers scheduled and neither fired nor cancelled. */
  readonly pendingTimers: number;
}

/** Resolves after so many milliseconds, or as soon as the signal is aborted. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const wake = (): void => {
      signal.removeEventListener('abort', wake);
      timer.cancel();
      resolve();
    };
    signal.addEventListener('abort', wake);
    const timer = clock.after(ms, wake);
  });
}

/** The real clock. Each one counts its own timers. */
export function createSystemClock(): Clock {
  let pending = 0;
  return {
    nowMs: () => performance.now(),
    wallMs: () => Date.now(),
    after(delayMs, callback, signal) {
      if (signal?.aborted === true) return { cancel: () => undefined };
      let live = true;
      pending += 1;
      function settle(): boolean {
        if (!live) return false;
        live = false;
        pending -= 1;
        signal?.removeEventListener('abort', cancel);
        return true;
      }
      function cancel(): void {
        if (settle()) clearTimeout(handle);
      }
      const handle = setTimeout(() => {
        if (settle()) callback();
      }, delayMs);
      signal?.addEventListener('abort', cancel, { once: true });
      return { cancel };
    },
    get pendingTimers() {
      return pending;
    },
  };
}
