import type { CallEvent } from '../../call/events.js';
import type { Clock, Timer } from '../../clock.js';

/** An answer is over when nothing follows its end for this long … */
const SETTLED_MS = 300;
/** … or for this long where a tool was used: what the agent says of it may be a turn of its own. */
const SETTLED_AFTER_TOOL_MS = 2_500;
/** How long a first answer is waited for, tools' own time not counted. A proactive model may not answer at all. */
const PATIENCE_MS = 30_000;
/** How long what is said of a tool's answer is waited for, when something was said before. */
const PATIENCE_AFTER_TOOL_MS = 8_000;

/** What became of a line: it was answered, or not, or the call is over. */
export type AnswerOutcome = 'answered' | 'silent' | 'over';

/** Tells from a call's events when the agent has answered what it was given. */
export class ChatAnswers {
  readonly #clock: Clock;
  readonly #running = new Set<string>();
  #owed: boolean;
  #answered = false;
  #usedTool = false;
  #speaking = false;
  /** A tool waits for keys: it is the caller's turn, although it runs. */
  #asksForKeys = false;
  #outcome: AnswerOutcome | undefined;
  #timer: Timer | undefined;
  #onSettled: (() => void)[] = [];

  /** @param owed the agent is to speak first */
  constructor(clock: Clock, owed: boolean) {
    this.#clock = clock;
    this.#owed = owed;
    this.#judge();
  }

  /** The agent is given something to answer. */
  expect(): void {
    if (this.#outcome === 'over') return;
    this.#outcome = undefined;
    this.#owed = true;
    this.#answered = false;
    this.#usedTool = false;
    this.#judge();
  }

  readonly onEvent = (event: CallEvent): void => {
    if (this.#outcome === 'over') return;
    if (event.type === 'ended') {
      this.#settle('over');
      return;
    }
    this.#note(event);
    if (this.#outcome === undefined) this.#judge();
  };

  /** Resolves when what was expected last has come, or will not come any more. */
  async settled(): Promise<AnswerOutcome> {
    while (this.#outcome === undefined) await new Promise<void>((resolve) => this.#onSettled.push(resolve));
    return this.#outcome;
  }

  #note(event: CallEvent): void {
    if (event.type === 'transcript' && event.speaker === 'agent') this.#speaking = true;
    if (event.type === 'turn' && event.speaker === 'agent') {
      this.#speaking = false;
      // What was cut off answered something else.
      if (event.cutOff === true) return;
      this.#owed = false;
      this.#answered = true;
    }
    if (event.type === 'digits-collecting') this.#asksForKeys = true;
    if (event.type === 'digits-collected') this.#asksForKeys = false;
    if (event.type !== 'tool') return;
    this.#usedTool = true;
    if (event.phase === 'called') this.#running.add(event.id);
    else this.#running.delete(event.id);
    if (event.phase === 'answered') this.#owed = true;
  }

  #judge(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#running.size > 0 && !this.#asksForKeys) return;
    const isAnswered = this.#asksForKeys || !this.#owed || this.#answered;
    const outcome = isAnswered ? 'answered' : 'silent';
    this.#timer = this.#clock.after(this.#patienceMs(), () => this.#settle(outcome));
  }

  #patienceMs(): number {
    if (this.#asksForKeys) return SETTLED_MS;
    if (this.#speaking) return PATIENCE_MS;
    if (this.#owed) return this.#answered ? PATIENCE_AFTER_TOOL_MS : PATIENCE_MS;
    return this.#usedTool ? SETTLED_AFTER_TOOL_MS : SETTLED_MS;
  }

  #settle(outcome: AnswerOutcome): void {
    this.#timer?.cancel();
    this.#outcome = outcome;
    for (const resolve of this.#onSettled.splice(0)) resolve();
  }
}
