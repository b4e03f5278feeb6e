import type { CallEvent, CallObserver } from '../call/events.js';
import type { Clock } from '../clock.js';

/** What one call's feed remembers for someone who joins late. A long call's oldest events go first. */
const MAX_EVENTS = 5_000;
const MAX_CALLS = 1_000;
/** How long the feed of an ended call can still be read. */
const KEPT_AFTER_END_MS = 60_000;

interface Feed {
  events: CallEvent[];
  listeners: Set<CallObserver>;
}

/** The events of the calls of this instance, for those who watch: what was, then what comes. */
export class EventFeed {
  readonly #clock: Clock;
  readonly #scope = new AbortController();
  readonly #feeds = new Map<string, Feed>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The observer that fills the feed. Events of a call that never started belong to nobody. */
  readonly observe: CallObserver = (event) => {
    if (event.callSid === '') return;
    const feed = this.#open(event.callSid);
    feed.events.push(event);
    if (feed.events.length > MAX_EVENTS) feed.events.shift();
    for (const listener of feed.listeners) listener(event);
    if (event.type === 'ended') {
      this.#clock.after(KEPT_AFTER_END_MS, () => this.#feeds.delete(event.callSid), this.#scope.signal);
    }
  };

  /**
   * Tells `listener` everything the call did so far, then what it does next.
   * @returns the way to leave, or undefined for a call that nobody knows
   */
  follow(callSid: string, listener: CallObserver): (() => void) | undefined {
    const feed = this.#feeds.get(callSid);
    if (!feed) return undefined;
    feed.events.forEach(listener);
    feed.listeners.add(listener);
    return () => feed.listeners.delete(listener);
  }

  dispose(): void {
    this.#scope.abort();
    this.#feeds.clear();
  }

  #open(callSid: string): Feed {
    let feed = this.#feeds.get(callSid);
    if (!feed) {
      feed = { events: [], listeners: new Set() };
      this.#feeds.set(callSid, feed);
      const oldest = this.#feeds.keys().next().value;
      if (this.#feeds.size > MAX_CALLS && oldest !== undefined) this.#feeds.delete(oldest);
    }
    return feed;
  }
}
