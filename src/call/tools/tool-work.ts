import type { ToolAnswer, ToolCall } from '../../tools/tool.js';

/** The work that one function call began. */
export interface ToolWork {
  /** As the model made it first. */
  readonly call: ToolCall;
  /** The id that the answer is to carry: another than the first when the model made the same call again. */
  id: string;
  /** The same for calls that ask for the same. */
  readonly key: string;
  readonly sinceMs: number;
  readonly abort: AbortController;
}

export function beginWork(call: ToolCall, nowMs: number): ToolWork {
  return { call, id: call.id, key: callKey(call), sinceMs: nowMs, abort: new AbortController() };
}

/** Name and arguments of a call, whatever the order of their keys. */
export function callKey({ name, args }: ToolCall): string {
  return `${name} ${JSON.stringify(args, (_key, value: unknown) => sorted(value))}`;
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Work that was answered. */
export interface AnsweredWork {
  work: ToolWork;
  answer: ToolAnswer;
  /** Which of the call's connections took the answer. */
  connection: number;
}

/** A service repeats a call, or calls it off, soon or never; the oldest are forgotten. */
const MAX_ANSWERED = 64;

/** The latest calls that were answered, by id. */
export class AnsweredWorks {
  readonly #works = new Map<string, AnsweredWork>();

  add(answered: AnsweredWork): void {
    this.#works.set(answered.answer.id, answered);
    for (const id of this.#works.keys()) {
      if (this.#works.size <= MAX_ANSWERED) break;
      this.#works.delete(id);
    }
  }

  find(id: string): AnsweredWork | undefined {
    return this.#works.get(id);
  }

  /** Finds and forgets. */
  take(id: string): AnsweredWork | undefined {
    const answered = this.#works.get(id);
    this.#works.delete(id);
    return answered;
  }

  clear(): void {
    this.#works.clear();
  }
}
