import type { Clock, Timer } from '../../clock.js';
import { LivelineError, ToolError } from '../../errors.js';
import type { CallActions } from '../../tools/tool.js';
import type { CallPlan } from '../plan.js';

const LOOK_EVERY_MS = 100;
/** So long the agent has for a last word, after the answer of the tool that gave the call away. */
const LAST_WORD_MS = 700;
/** So long the service has for a handle that knows of all that was said; then a fresh session is told instead. */
const HANDLE_MS = 2_500;
/** An agent that goes on talking is not waited for any longer. */
const MAX_WAIT_MS = 10_000;
/** More is agents sending a caller round. */
const MAX_HAND_OVERS = 10;
const MAX_NOTE_CHARS = 2_000;

/** Where the session of the agent that gives the call away stands. */
interface LeavingSession {
  /** It listens: no other change is under way. */
  stands: boolean;
  /** It is in the middle of an answer. */
  generating: boolean;
  /** By which another connection takes it up; only one that knows of all that was said. */
  handle: string | undefined;
}

/** Who takes the call over. */
export interface Successor {
  plan: CallPlan;
  note: string;
  greets: boolean;
  /** The session goes on under this handle; absent: a fresh one is told what was said. */
  handle?: string;
}

interface PendingSuccessor extends Successor {
  resumable: boolean;
  sinceMs: number;
  /** It knows what it wanted to look up. */
  prepared: boolean;
}

export interface HandOversOptions {
  clock: Clock;
  /** @throws LivelineError when there is no such agent */
  planAgent: (agent: string) => CallPlan;
  session: () => LeavingSession;
  /** The connection is to be changed now: the next one is the successor's. */
  onDue: () => void;
}

/** Gives the call from agent to agent, each time when the one that has it has finished its sentence. */
export class HandOvers {
  readonly #options: HandOversOptions;
  readonly #disposed = new AbortController();
  #count = 0;
  #pending: PendingSuccessor | undefined;
  #timer: Timer | undefined;

  constructor(options: HandOversOptions) {
    this.#options = options;
  }

  /**
   * @param current the plan of the agent that has the call
   * @throws ToolError as `CallActions.handOver`
   */
  request(current: CallPlan, ...[agent, note, how]: Parameters<CallActions['handOver']>): void {
    if (this.#pending) throw new ToolError('TOOL_FAILED', 'the call is being handed over already');
    if (this.#count >= MAX_HAND_OVERS) throw new ToolError('TOOL_FAILED', 'the call was handed over too often');
    if (agent === current.agent) throw new ToolError('TOOL_ARGUMENTS', 'this agent has the call already');
    const plan = this.#plan(agent);
    this.#count += 1;
    const pending: PendingSuccessor = {
      plan,
      note: note.slice(0, MAX_NOTE_CHARS),
      greets: how?.greet === true,
      resumable: plan.resumesWith !== undefined && plan.resumesWith === current.resumesWith,
      sinceMs: this.#options.clock.nowMs(),
      prepared: plan.lookUp === undefined,
    };
    this.#pending = pending;
    if (plan.lookUp) void this.#lookUp(pending, plan.lookUp);
    this.#lookAgain();
    how?.signal?.addEventListener('abort', () => this.#callOff(pending), { once: true });
  }

  /** Who has the next connection, if it is another agent; asked once. */
  take(): Successor | undefined {
    if (this.#pending?.prepared !== true) return undefined;
    const successor = this.#pending;
    this.#pending = undefined;
    this.#timer?.cancel();
    return successor;
  }

  dispose(): void {
    this.#disposed.abort();
    this.#timer?.cancel();
    this.#pending = undefined;
  }

  /** Who has the call already keeps it. */
  #callOff(pending: PendingSuccessor): void {
    if (this.#pending !== pending) return;
    this.#timer?.cancel();
    this.#pending = undefined;
  }

  #plan(agent: string): CallPlan {
    try {
      return this.#options.planAgent(agent);
    } catch (thrown) {
      const cause = LivelineError.from(thrown);
      throw new ToolError('TOOL_ARGUMENTS', `there is no agent "${agent.slice(0, 64)}" to take over`, { cause });
    }
  }

  /** What the agent wants to know before it speaks; without an answer it goes on. */
  async #lookUp(pending: PendingSuccessor, lookUp: NonNullable<CallPlan['lookUp']>): Promise<void> {
    await lookUp(this.#disposed.signal);
    pending.prepared = true;
  }

  #lookAgain(): void {
    this.#timer = this.#options.clock.after(LOOK_EVERY_MS, () => {
      const { stands, generating, handle } = this.#options.session();
      const pending = this.#pending;
      if (!pending) return;
      const waitedMs = this.#options.clock.nowMs() - pending.sinceMs;
      const current = pending.resumable ? handle : undefined;
      const hasSaidAll = !generating && waitedMs >= LAST_WORD_MS;
      const isTime = hasSaidAll && (!pending.resumable || current !== undefined || waitedMs >= HANDLE_MS);
      if (stands && pending.prepared && (isTime || waitedMs >= MAX_WAIT_MS)) {
        if (current !== undefined && !generating) pending.handle = current;
        this.#options.onDue();
      } else this.#lookAgain();
    });
  }
}
