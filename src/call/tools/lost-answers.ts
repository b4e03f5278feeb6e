import type { Clock } from '../../clock.js';
import type { ToolAnswer } from '../../tools/tool.js';
import type { ToolWork } from './tool-work.js';

/** A model that has lost an answer makes its call again within a few seconds of being taken up. */
const REPEAT_GRACE_MS = 30_000;
/** More than this at once is a model gone astray; the oldest are forgotten. */
const MAX_KEPT = 32;

interface SentAnswer {
  work: ToolWork;
  answer: ToolAnswer;
  /** What the agent says before its turn is over belongs to something else. */
  isBehind: boolean;
}

/**
 * Answers that went out, and that the agent had not spoken of when the connection was lost: the model may never have
 * had them. For a while a call that asks for the same is given the answer, rather than a second booking.
 */
export class LostAnswers {
  readonly #clock: Clock;
  #unspoken: SentAnswer[] = [];
  #lost: Pick<SentAnswer, 'work' | 'answer'>[] = [];
  #untilMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param isBehind the agent is speaking of something else, and goes on with it */
  sent(work: ToolWork, answer: ToolAnswer, isBehind: boolean): void {
    this.forget(work);
    // What has changed nothing may be tried again.
    if (answer.untouched !== true) this.#unspoken = [...this.#unspoken, { work, answer, isBehind }].slice(-MAX_KEPT);
  }

  /** The session cannot be answered by the call's id, and was told in words, which may cross with its asking again. */
  told(work: ToolWork, answer: ToolAnswer): void {
    if (answer.untouched !== true) this.#lost = [...this.#lost, { work, answer }].slice(-MAX_KEPT);
  }

  /** The agent speaks: what it had the answers of is in what was said. */
  agentBegan(): void {
    if (this.#unspoken.length > 0) this.#unspoken = this.#unspoken.filter(({ isBehind }) => isBehind);
  }

  /** What the agent was saying is over. */
  turnEnded(): void {
    for (const sent of this.#unspoken) sent.isBehind = false;
  }

  /** The model called it off, or is answered again. */
  forget(work: ToolWork): void {
    this.#unspoken = this.#unspoken.filter((sent) => sent.work !== work);
    this.#lost = this.#lost.filter((lost) => lost.work !== work);
  }

  detached(): void {
    this.#lost = [...this.#lost, ...this.#unspoken].slice(-MAX_KEPT);
    this.#unspoken = [];
  }

  attached(): void {
    this.#untilMs = this.#clock.nowMs() + REPEAT_GRACE_MS;
  }

  /** Finds and forgets the answer to a call that asks for the same. */
  take(key: string): Pick<SentAnswer, 'work' | 'answer'> | undefined {
    if (this.#clock.nowMs() >= this.#untilMs) this.#lost = [];
    const found = this.#lost.findLast(({ work }) => work.key === key);
    if (found) this.#lost = this.#lost.filter(({ work }) => work.key !== key);
    return found;
  }
}
