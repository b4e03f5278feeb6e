import type { Conversation } from './conversation.js';
import { goOnLine, knowsAll, missedLines } from './go-on.js';
import type { Playout } from '../agent/playout.js';
import type { ModelLeg } from '../ports.js';

export interface ContinuityOptions {
  conversation: Conversation;
  playout: Playout;
  /** Whether the caller's voice cuts what is being said. */
  bargeIn: () => boolean;
}

/** What goes from one connection to the next: an answer that is owed, what the session cannot know, what is still heard. */
export class Continuity {
  readonly #options: ContinuityOptions;
  /** The session was lost before it had answered the caller, or in the middle of its answer. */
  #owesReply = false;
  /** Where the conversation stood when the session issued its newest handle. */
  #handleAt: number;
  /** What the caller hears was said over an earlier connection: this one cannot say that it is interrupted. */
  #carriedOver = false;

  constructor(options: ContinuityOptions) {
    this.#options = options;
    // A session that a call comes back to knows what was said before.
    this.#handleAt = options.conversation.position;
  }

  /**
   * A session listens. One that goes on is told what it owes and cannot know, unless it was sent again what it has to
   * answer.
   * @param how.begins it has first words to say, and is told nothing more
   */
  attached(model: ModelLeg, { begins, sameSession }: { begins: boolean; sameSession: boolean }): void {
    const { conversation } = this.#options;
    this.#carriedOver = true;
    const owesReply = this.#owesReply;
    this.#owesReply = false;
    if (begins) return;
    // A fresh session has all of it from the history.
    const unknown = sameSession ? conversation.since(this.#handleAt) : [];
    if (owesReply) {
      if (!knowsAll(unknown, model.resent)) model.sendText(goOnLine(unknown));
    } else if (unknown.length > 0 && model.resent.length === 0) {
      // Beside lines that it answers just now it would cut the answer.
      model.sendContext(missedLines(unknown));
    }
  }

  /** The session is gone. @param generated what it was saying was made to its end */
  detached(generated: boolean): void {
    this.#owesReply = !generated || this.#options.conversation.history().at(-1)?.speaker === 'caller';
  }

  /** Who takes the session up knows what was said until now. @param generated as for `detached` */
  handleIssued(generated: boolean): void {
    const { position, answered } = this.#options.conversation;
    this.#handleAt = position + (generated ? answered : 0);
  }

  /** The agent speaks over this connection. */
  agentBegan(): void {
    this.#carriedOver = false;
  }

  /** The caller is heard to speak over what an earlier connection said: that cuts it. */
  get isCutByCaller(): boolean {
    return this.#carriedOver && this.#options.bargeIn() && this.#options.playout.audible;
  }
}
