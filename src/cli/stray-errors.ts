import type { Log } from '../observability/log.js';

/**
 * Lets calls go on when something throws where nobody can catch it: in a timer, or a promise that nobody waits for, of
 * a module with tools. What a call itself does has its own shield.
 */
export function surviveStrayErrors(log: Log): void {
  function report(thrown: unknown): void {
    log.error({ err: thrown }, 'something failed that nobody waits for; calls go on');
  }
  process.on('uncaughtException', report);
  process.on('unhandledRejection', report);
}
