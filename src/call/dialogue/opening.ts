import type { ModelLeg } from '../ports.js';
import type { Conversation } from './conversation.js';
import type { TakeOver } from './take-over.js';

/** What a session is told to make its agent speak first. */
export interface OpeningWords {
  text: string;
  /** The greeting is part of it. */
  greets: boolean;
}

/** The first words of an agent: owed until it has spoken, over however many connections, and told each of them once. */
export class Opening {
  readonly #conversation: Conversation;
  #takeOver: TakeOver | undefined;
  #isOwed = true;
  /** As they were told first: what is sent again is known by them, and a greeting may read otherwise later. */
  #words: OpeningWords | undefined;

  constructor(conversation: Conversation) {
    this.#conversation = conversation;
  }

  /** Another agent has the call. */
  handOver(takeOver: TakeOver): void {
    this.#close();
    this.#isOwed = true;
    this.#takeOver = takeOver;
    this.#words = undefined;
  }

  /**
   * A session listens: it is told what is owed, unless it was sent that again already.
   * @returns what it begins with; undefined: nothing is owed
   */
  begin(model: ModelLeg, plan: { readonly greeting?: string | undefined }): OpeningWords | undefined {
    if (!this.#isOwed) return undefined;
    this.#words ??= wording(this.#takeOver, plan.greeting);
    const { text } = this.#words ?? {};
    if (text !== undefined && !model.resent.includes(text)) model.sendText(text);
    return this.#words;
  }

  /** The agent is heard to speak. */
  agentBegan(): void {
    if (this.#isOwed) this.#close();
  }

  /** Only what is not told again is part of what a fresh session is told was said. */
  #close(): void {
    this.#isOwed = false;
    if (this.#takeOver) this.#conversation.remember(this.#takeOver.line);
    this.#takeOver = undefined;
  }
}

function wording(takeOver: TakeOver | undefined, greeting: string | undefined): OpeningWords | undefined {
  if (!takeOver) return greeting === undefined ? undefined : { text: greeting, greets: true };
  if (!takeOver.greets || greeting === undefined) return { text: takeOver.line, greets: false };
  return { text: `${takeOver.line}\n${greeting}`, greets: true };
}
