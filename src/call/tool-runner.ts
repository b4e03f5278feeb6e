import type { Clock } from '../clock.js';
import type { CallActions, ToolAnswer, ToolCall, ToolContext } from '../tools/tool.js';
import type { CallEventBody } from './events.js';

/** The part of a toolbox that a call uses. Never rejects; undefined = cancelled, nothing is to be answered. */
export interface ToolExecutor {
  run(call: ToolCall, context: Omit<ToolContext, 'toolCallId'>): Promise<ToolAnswer | undefined>;
}

/** More calls at once than this is a model gone astray; the rest is answered with an error. */
const MAX_RUNNING = 32;

export interface ToolRunnerOptions {
  callSid: string;
  clock: Clock;
  tools: ToolExecutor;
  variables: Record<string, unknown>;
  actions: CallActions;
  emit: (event: CallEventBody) => void;
  answer: (answers: readonly ToolAnswer[]) => void;
  /** Tells the session of an answer to a call that it does not know of. */
  tell: (text: string) => void;
}

interface RunningTool {
  name: string;
  sinceMs: number;
  abort: AbortController;
}

/** Runs the model's function calls, together, and answers each as it is done; a cancelled one is never answered. */
export class ToolRunner {
  readonly #options: ToolRunnerOptions;
  readonly #running = new Map<string, RunningTool>();
  #connected = true;
  /** Done while nobody was there to be told. */
  #waiting: ToolAnswer[] = [];
  /** Calls that the session's newest handle knows of. */
  #known = new Set<string>();
  /** Calls that the present session did not make: an answer with their id would be refused. */
  #foreign = new Set<string>();

  constructor(options: ToolRunnerOptions) {
    this.#options = options;
  }

  /** Starts every call. One whose id is running already is the same call said twice. */
  start(calls: readonly ToolCall[]): void {
    for (const call of calls) {
      if (this.#running.has(call.id)) continue;
      if (this.#running.size >= MAX_RUNNING) {
        const response = { error: 'Too many tools are running. Wait for their answers.', retryable: true };
        this.#deliver({ id: call.id, name: call.name, response });
        continue;
      }
      void this.#run(call);
    }
  }

  /** The model no longer wants these answers: their work stops. */
  cancel(ids: readonly string[]): void {
    for (const id of ids) {
      const tool = this.#running.get(id);
      if (!tool) continue;
      this.#running.delete(id);
      this.#options.emit({ type: 'tool', phase: 'cancelled', id, name: tool.name, ms: this.#since(tool) });
      tool.abort.abort();
    }
  }

  /** The session was given a handle: whoever takes it up knows the calls that run now. */
  handleIssued(): void {
    this.#known = new Set(this.#running.keys());
  }

  /** The connection is gone; what runs goes on. */
  detach(): void {
    this.#connected = false;
  }

  /** @param sameSession whether the connection took the session up, rather than beginning a fresh one */
  attach(sameSession: boolean): void {
    this.#connected = true;
    for (const id of [...this.#running.keys(), ...this.#waiting.map((answer) => answer.id)]) {
      if (!sameSession || !this.#known.has(id)) this.#foreign.add(id);
    }
    for (const answer of this.#waiting.splice(0)) this.#deliver(answer);
  }

  /** The call is over. */
  cancelAll(): void {
    this.cancel([...this.#running.keys()]);
  }

  async #run(call: ToolCall): Promise<void> {
    const { callSid, variables, actions, emit, clock } = this.#options;
    const tool: RunningTool = { name: call.name, sinceMs: clock.nowMs(), abort: new AbortController() };
    this.#running.set(call.id, tool);
    emit({ type: 'tool', phase: 'called', id: call.id, name: call.name, pii: { args: call.args } });
    const result = await this.#options.tools.run(call, { callSid, variables, actions, signal: tool.abort.signal });
    if (this.#running.get(call.id) !== tool) return;
    this.#running.delete(call.id);
    if (!result) return;
    const ok = !('error' in result.response);
    emit({
      type: 'tool',
      phase: 'answered',
      id: call.id,
      name: call.name,
      ms: this.#since(tool),
      ok,
      pii: { response: result.response },
    });
    this.#deliver(result);
  }

  #deliver(answer: ToolAnswer): void {
    if (!this.#connected) this.#waiting.push(answer);
    else if (this.#foreign.delete(answer.id)) this.#options.tell(describeAnswer(answer));
    else this.#options.answer([answer]);
  }

  #since(tool: RunningTool): number {
    return Math.round(this.#options.clock.nowMs() - tool.sinceMs);
  }
}

function describeAnswer({ name, response }: ToolAnswer): string {
  return `(The tool ${name}, which was called before the line was interrupted, has answered: ${JSON.stringify(response)})`;
}
