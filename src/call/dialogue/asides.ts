import type { Clock, Timer } from '../../clock.js';

const CHECK_EVERY_MS = 200;
/** Further ones are dropped: none is worth more than the conversation. */
const MAX_WAITING = 8;
/** A line that waited so long for the model to be at rest is given to it as it is. */
const MAX_WAIT_MS = 10_000;

/** Whether a line of text would harm at this moment. */
export interface Readiness {
  /** A session listens, and waits for no tool: a line would call the tool off. */
  listens: boolean;
  /** Neither is the model speaking nor is the caller hearing it: a line would cut that. */
  rests: boolean;
}

/** Lines that the bridge itself, or a tool, gives the model: each when it does no harm. */
export class Asides {
  readonly #clock: Clock;
  readonly #readiness: () => Readiness;
  readonly #waiting: { give: () => void; sinceMs: number }[] = [];
  #timer: Timer | undefined;

  constructor(clock: Clock, readiness: () => Readiness) {
    this.#clock = clock;
    this.#readiness = readiness;
  }

  /** @param give gives the line to the model; called at most once */
  add(give: () => void): void {
    if (this.#waiting.length >= MAX_WAITING) return;
    this.#waiting.push({ give, sinceMs: this.#clock.nowMs() });
    this.#flush();
  }

  dispose(): void {
    this.#waiting.length = 0;
    this.#timer?.cancel();
  }

  #flush(): void {
    this.#timer?.cancel();
    const first = this.#waiting[0];
    if (!first) return;
    const { listens, rests } = this.#readiness();
    // One at a time: the model answers each.
    if (listens && (rests || this.#clock.nowMs() - first.sinceMs >= MAX_WAIT_MS)) {
      this.#waiting.shift();
      first.give();
    }
    if (this.#waiting.length > 0) this.#timer = this.#clock.after(CHECK_EVERY_MS, () => this.#flush());
  }
}
