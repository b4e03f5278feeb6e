import type { Clock } from '../../clock.js';
import { CallError } from '../../errors.js';
import type { PhoneEvent, PhoneEventBody } from './phone-event.js';

/** A ten-minute call with frames both ways stays well below this; later events are still told, but not kept. */
const KEPT_EVENTS = 100_000;

export type PhoneEventOf<T extends PhoneEvent['type']> = Extract<PhoneEvent, { type: T }>;

/** What happened, for those who ask later and those who wait for it. */
export class EventLog {
  readonly #clock: Clock;
  readonly #originMs: number;
  readonly #observer: ((event: PhoneEvent) => void) | undefined;
  readonly #events: PhoneEvent[] = [];
  #end: PhoneEvent | undefined;
  readonly #waiting = new Set<(event: PhoneEvent) => void>();

  constructor(clock: Clock, observer: ((event: PhoneEvent) => void) | undefined) {
    this.#clock = clock;
    this.#originMs = clock.nowMs();
    this.#observer = observer;
  }

  get events(): readonly PhoneEvent[] {
    return this.#events;
  }

  /** Now, on the scale of `atMs`. */
  get nowMs(): number {
    return this.#clock.nowMs() - this.#originMs;
  }

  emit(body: PhoneEventBody): void {
    const event: PhoneEvent = { atMs: this.nowMs, ...body };
    if (this.#events.length < KEPT_EVENTS) this.#events.push(event);
    if (event.type === 'ended') this.#end = event;
    this.#observer?.(event);
    for (const told of [...this.#waiting]) told(event);
  }

  /**
   * The first event of a type, among those from index `since` on and those to come.
   * @throws CallError `CALL_ENDED` when the call ends without it
   */
  waitFor<T extends PhoneEvent['type']>(
    type: T,
    where: (event: PhoneEventOf<T>) => boolean = () => true,
    since = 0,
  ): Promise<PhoneEventOf<T>> {
    const matches = (event: PhoneEvent): event is PhoneEventOf<T> =>
      event.type === type && where(event as PhoneEventOf<T>);
    return new Promise((resolve, reject) => {
      const tell = (event: PhoneEvent): boolean => {
        if (matches(event)) resolve(event);
        else if (event.type === 'ended') reject(new CallError('CALL_ENDED', `the call ended without '${type}'`));
        else return false;
        return true;
      };
      // Nothing follows the end, so a wait that starts behind it still sees it.
      if (this.#events.slice(since).some(tell) || (this.#end && tell(this.#end))) return;
      const waiter = (event: PhoneEvent): void => {
        if (tell(event)) this.#waiting.delete(waiter);
      };
      this.#waiting.add(waiter);
    });
  }
}
