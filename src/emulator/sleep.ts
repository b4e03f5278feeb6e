import type { Clock } from '../clock.js';

/** @returns after `delayMs`, or as soon as the signal is aborted */
export function sleep(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    clock.after(
      delayMs,
      () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      },
      signal,
    );
    function onAbort(): void {
      resolve();
    }
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** @returns when the signal is aborted */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
