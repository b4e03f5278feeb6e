import type { CallEvent } from '../../call/events.js';
import type { Clock } from '../../clock.js';

/** The events of one call, and a way to wait for some of them. */
export class EventWatch {
  readonly events: CallEvent[] = [];
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  readonly observe = (event: CallEvent): void => {
    this.events.push(event);
    this.wake();
  };

  /** Something else has happened that is waited for. */
  wake(): void {
    for (const check of [...this.#waiting]) check();
  }

  /** Whether nothing follows. A call that a machine answered goes on with its message, one that is put through rings. */
  get ended(): boolean {
    const last = this.events.at(-1);
    return last?.type === 'ended' && last.reason !== 'machine-answered' && last.reason !== 'transferred';
  }

  /**
   * Settles with what `find` gives once it gives something, or with undefined after `ms`, or when the call is over and
   * `find` still gives nothing.
   */
  until<T>(find: () => T | undefined, ms: number): Promise<T | undefined> {
    return new Promise((resolve) => {
      const settle = (found: T | undefined): void => {
        this.#waiting.delete(check);
        timer.cancel();
        resolve(found);
      };
      const check = (): void => {
        const found = find();
        if (found !== undefined || this.ended) settle(found);
      };
      const timer = this.#clock.after(ms, () => settle(find()));
      this.#waiting.add(check);
      check();
    });
  }
}
