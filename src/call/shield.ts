import type { Clock } from '../clock.js';

/** A handler whose faults are told to `onFault` instead of being thrown at whoever calls it: they are never theirs. */
export function shield<Args extends unknown[]>(
  handler: (...args: Args) => void,
  onFault: (thrown: unknown) => void,
): (...args: Args) => void {
  return (...args) => {
    try {
      handler(...args);
    } catch (thrown) {
      onFault(thrown);
    }
  };
}

/** The clock, with a shield around what it calls back. */
export function shieldedClock(clock: Clock, onFault: (thrown: unknown) => void): Clock {
  return {
    nowMs: () => clock.nowMs(),
    wallMs: () => clock.wallMs(),
    after: (delayMs, callback, signal) => clock.after(delayMs, shield(callback, onFault), signal),
    get pendingTimers() {
      return clock.pendingTimers;
    },
  };
}
