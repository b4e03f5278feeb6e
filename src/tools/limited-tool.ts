import type { Clock } from '../clock.js';
import { ToolError } from '../errors.js';
import { type CallActions, NOTHING_DONE, type Tool, type ToolContext, type ToolUndoContext } from './tool.js';

/** What a model may do with a tool in one call, whatever it is told. */
export interface ToolLimits {
  /** It runs only when the caller has said something after it was asked for, and it is asked for again, exactly so. */
  confirm?: boolean;
  /** It does not run again once it has succeeded, or may have. */
  oncePerCall?: boolean;
  /** How often it runs at most, whatever came of it. */
  maxPerCall?: number;
}

/** The caller's words may come later than the call that they made the model make. */
const LATE_WORDS_MS = 1_500;
/** What waits for the caller's consent at once; the oldest has been talked over. */
const MAX_PENDING = 8;
/** Runs that may still be undone; undoing follows its run within a call. */
const MAX_REMEMBERED_RUNS = 1_000;

const ASK =
  'Nothing has been done yet: this needs the consent of the caller. Say what you are about to do, details included, ' +
  'and ask whether to go ahead. When the caller has agreed, call this function again with exactly the same arguments.';
const ASKED_ALREADY =
  'Nothing has been done yet: the caller has not answered. Ask, wait for the answer, and call this function again ' +
  'with exactly the same arguments only when the caller has agreed.';

/** What one call has done with one tool. */
interface Use {
  runs: number;
  /** It has succeeded, or nobody knows that it has not. */
  isDone: boolean;
  running: number;
}

/** What the caller was to be asked about in one conversation: arguments, and how many turns the agent had spoken by then. */
type Pending = Map<string, number>;

/** What calls have done, each with what, by the call's own memory: it is gone when that is. */
const USES = new WeakMap<object, Map<string, Use>>();

/**
 * The tool, within its limits. What a call has done is remembered as long as the call lives, and dies with it; what it
 * was to be asked, as long as its conversation.
 * @param identity the same for what is the same tool to a call, whichever agent has it
 * @returns `tool` itself where there are none
 */
export function limitedTool(tool: Tool, limits: ToolLimits, clock: Clock, identity: string): Tool {
  const { confirm = false, oncePerCall = false, maxPerCall = Infinity } = limits;
  if (!confirm && !oncePerCall && maxPerCall === Infinity) return tool;
  // A conversation's actions are its own, and are gone when it is.
  const questions = new WeakMap<CallActions, Pending>();
  const runs = new Map<string, Use>();

  async function run(args: Record<string, unknown>, context: ToolContext): Promise<unknown> {
    const use = useOf(context.memory, identity);
    refuseMore(use, { oncePerCall, maxPerCall });
    if (confirm) {
      const pending = questions.get(context.actions) ?? new Map<string, number>();
      questions.set(context.actions, pending);
      const note = await consentMissing(pending, args, context, clock);
      if (note !== undefined) return { status: 'not_done_yet', note };
      // Meanwhile another run may have begun.
      refuseMore(use, { oncePerCall, maxPerCall });
    }
    remember(runs, context, use);
    return await counted(use, context.signal, () => tool.run(args, context));
  }

  async function undo(args: Record<string, unknown>, context: ToolUndoContext): Promise<unknown> {
    const use = runs.get(nameOf(context));
    // A question to the caller, or a refusal: nothing was done.
    if (!use) return NOTHING_DONE;
    const undone = await tool.undo?.(args, context);
    use.isDone = false;
    return undone;
  }
  return { ...tool, run, ...(tool.undo && { undo }) };
}

function useOf(memory: object, identity: string): Use {
  const uses = USES.get(memory) ?? new Map<string, Use>();
  USES.set(memory, uses);
  const use = uses.get(identity) ?? { runs: 0, isDone: false, running: 0 };
  uses.set(identity, use);
  return use;
}

function nameOf({ callSid, toolCallId }: Pick<ToolContext, 'callSid' | 'toolCallId'>): string {
  return `${callSid}:${toolCallId}`;
}

function remember(runs: Map<string, Use>, context: ToolContext, use: Use): void {
  const [oldest] = runs.keys();
  if (runs.size >= MAX_REMEMBERED_RUNS && oldest !== undefined) runs.delete(oldest);
  runs.set(nameOf(context), use);
}

function refuseMore(use: Use, { oncePerCall, maxPerCall }: Required<Omit<ToolLimits, 'confirm'>>): void {
  if (oncePerCall && use.isDone) throw overLimit('this has been done in this call, or may have been; it is done once');
  if (oncePerCall && use.running > 0) throw overLimit('this is being done already; wait for it');
  if (use.runs >= maxPerCall) {
    throw overLimit(`this can be done ${maxPerCall === 1 ? 'once' : `${maxPerCall} times`} in a call, and no more`);
  }
}

function overLimit(why: string): ToolError {
  return new ToolError('TOOL_LIMIT', why, { untouched: true });
}

async function counted(use: Use, signal: AbortSignal, work: () => Promise<unknown>): Promise<unknown> {
  use.runs += 1;
  use.running += 1;
  // Called off or out of time: whatever it still does, nobody waits for it.
  const calledOff = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new ToolError('TOOL_FAILED', 'it was called off')), { once: true });
  });
  try {
    const result = await Promise.race([work(), calledOff]);
    use.isDone = true;
    return result;
  } catch (error) {
    use.isDone ||= mayHaveTakenEffect(error);
    throw error;
  } finally {
    use.running -= 1;
  }
}

/** A service that refused has done nothing, and what may simply be tried again does no harm. */
function mayHaveTakenEffect(error: unknown): boolean {
  if (!(error instanceof ToolError)) return true;
  const isRefusal = error.status !== undefined && error.status >= 400 && error.status < 500;
  return !error.untouched && !error.retryable && !isRefusal && error.code !== 'TOOL_ARGUMENTS';
}

/** @returns what the model is to do first; undefined when the caller has had their say on exactly this */
async function consentMissing(
  pending: Pending,
  args: Record<string, unknown>,
  { actions, signal }: ToolContext,
  clock: Clock,
): Promise<string | undefined> {
  const key = stableJson(args);
  const askedAfter = pending.get(key);
  if (askedAfter === undefined) {
    const [oldest] = pending.keys();
    if (pending.size >= MAX_PENDING && oldest !== undefined) pending.delete(oldest);
    pending.set(key, actions.turns().agent);
    return ASK;
  }
  const hasAnswered = () => actions.turns().caller > askedAfter;
  if (!hasAnswered()) await pause(clock, signal);
  if (!hasAnswered()) return ASKED_ALREADY;
  pending.delete(key);
  return undefined;
}

function pause(clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    clock.after(LATE_WORDS_MS, resolve, signal);
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** The same text for the same value, in whatever order its keys are. */
function stableJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
