import type { Clock, Timer } from '../../clock.js';
import type { ToolAnswer } from '../../tools/tool.js';
import type { ToolWork } from './tool-work.js';

/** An undo that knows what was done is worth more than one that does not: the work has so long to say it. */
const UNDO_GRACE_MS = 2_000;
/** Models that call off and repeat do so within a few seconds. */
const REPEAT_GRACE_MS = 30_000;
/** More than this at once is a model gone astray; the oldest has no more time. */
const MAX_HELD = 32;

export interface CalledOffWorksOptions {
  clock: Clock;
  canUndo: (name: string) => boolean;
  /** @see Tool.isRevocable */
  isRevocable: (name: string) => boolean;
  /** The work is over and nobody wants it. @param answer absent when it is not known how it ended */
  undo(work: ToolWork, answer: ToolAnswer | undefined): void;
  /** The model repeats calls that were called off: their work is kept for the repetition. */
  expectsRepeats: boolean;
}

interface HeldWork {
  work: ToolWork;
  settled: boolean;
  answer: ToolAnswer | undefined;
  timer: Timer;
}

/**
 * Work that the model called off. It stops at once, unless there is a reason to let it end: it can be undone, which is
 * done best when its result is known, or the model is known to make the same call again. What acts on the telephone has no
 * such reason: the caller was told that it will not happen.
 */
export class CalledOffWorks {
  readonly #options: CalledOffWorksOptions;
  #held: HeldWork[] = [];
  /** Stopped, and not settled yet. */
  readonly #stopped = new Set<ToolWork>();

  constructor(options: CalledOffWorksOptions) {
    this.#options = options;
  }

  /** @param done how the work ended, if it has */
  add(work: ToolWork, done?: ToolAnswer): void {
    const { clock, expectsRepeats } = this.#options;
    const graceMs = this.#graceMs(work.call.name);
    const held: HeldWork = {
      work,
      settled: done !== undefined,
      answer: done,
      timer: clock.after(graceMs, () => this.#giveUp(held)),
    };
    this.#held.push(held);
    const [oldest] = this.#held;
    if (graceMs === 0 || (held.settled && !expectsRepeats)) this.#giveUp(held);
    else if (oldest && this.#held.length > MAX_HELD) this.#giveUp(oldest);
  }

  /** Work has ended. Does nothing for work that was not called off. */
  settle(work: ToolWork, answer: ToolAnswer | undefined): void {
    const held = this.#held.find((other) => other.work === work);
    if (held) {
      held.settled = true;
      held.answer = answer;
      if (!this.#options.expectsRepeats) this.#giveUp(held);
    } else if (this.#stopped.delete(work)) this.#options.undo(work, answer);
  }

  /** Takes back the work of a call that asks for the same. */
  take(key: string): { work: ToolWork; answer: ToolAnswer | undefined } | undefined {
    const held = this.#held.find(({ work }) => work.key === key);
    if (held) this.#remove(held);
    return held;
  }

  /** The call is over: nothing is waited for. */
  dispose(): void {
    for (const held of [...this.#held]) this.#giveUp(held);
  }

  #graceMs(name: string): number {
    const { canUndo, isRevocable, expectsRepeats } = this.#options;
    if (isRevocable(name)) return 0;
    if (expectsRepeats) return REPEAT_GRACE_MS;
    return canUndo(name) ? UNDO_GRACE_MS : 0;
  }

  #giveUp(held: HeldWork): void {
    this.#remove(held);
    if (!held.settled) this.#stopped.add(held.work);
    held.work.abort.abort();
    if (held.settled) this.#options.undo(held.work, held.answer);
  }

  #remove(held: HeldWork): void {
    held.timer.cancel();
    this.#held = this.#held.filter((other) => other !== held);
  }
}
