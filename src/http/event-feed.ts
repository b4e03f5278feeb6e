import type { CallEvent, CallObserver } from '../call/events.js';

/** What one call's feed remembers for someone who joins late. A long call's oldest events go first. */
const MAX_EVENTS = 5_000;
/** Ended calls that can still be read; the oldest go first. */
const MAX_ENDED = 20;

interface Feed {
  events: CallEvent[];
  listeners: Set<CallObserver>;
}

/** The events of the calls of this instance, for those who watch: what was, then what comes. */
export class EventFeed {
  readonly #feeds = new Map<string, Feed>();
  readonly #ended: string[] = [];

  /** The observer that fills the feed. Events of a call that never started belong to nobody. */
  readonly observe: CallObserver = (event) => {
    // An order may never become a call; how it stands is asked for by its own name.
    if (event.callSid === '' || event.type === 'outbound') return;
    const feed = this.#open(event.callSid);
    if (event.type === 'started') this.#beginAnew(event.callSid, feed);
    feed.events.push(event);
    if (feed.events.length > MAX_EVENTS) feed.events.shift();
    for (const listener of feed.listeners) listener(event);
    if (event.type === 'ended') this.#forgetOldest(event.callSid);
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

  #open(callSid: string): Feed {
    let feed = this.#feeds.get(callSid);
    if (!feed) {
      feed = { events: [], listeners: new Set() };
      this.#feeds.set(callSid, feed);
    }
    return feed;
  }

  /** The carrier may bring a call back after its stream has ended: what was is told no more. */
  #beginAnew(callSid: string, feed: Feed): void {
    const ended = this.#ended.indexOf(callSid);
    if (ended < 0) return;
    this.#ended.splice(ended, 1);
    feed.events = [];
  }

  #forgetOldest(justEnded: string): void {
    this.#ended.push(justEnded);
    const oldest = this.#ended.length > MAX_ENDED ? this.#ended.shift() : undefined;
    if (oldest !== undefined) this.#feeds.delete(oldest);
  }
}
