import { createRequire } from 'node:module';
import type * as Ajv from 'ajv/dist/2020.js';
import type { Clock } from '../clock.js';
import { ConfigError, type ErrorCode, LivelineError, ToolError } from '../errors.js';
import { fittedResult } from './fitted-result.js';
import {
  NOTHING_DONE,
  type Tool,
  type Toolbox,
  type ToolAnswer,
  type ToolCall,
  type ToolContext,
  type ToolRunContext,
  type ToolUndoContext,
} from './tool.js';

/** An error is one or two sentences. */
const MAX_ERROR_CHARS = 300;
const MAX_ARGUMENT_ERRORS = 3;
/** Each piece of an answer makes the model speak; more than this is a tool gone astray. */
const MAX_UPDATES = 20;

interface Entry {
  tool: Tool;
  /** Absent for a tool without parameters. Corrects the arguments in place. */
  check?: Ajv.ValidateFunction;
}

type Response = ToolAnswer['response'];
/** A response, and whether its call is known to have changed nothing. */
type Result = Pick<ToolAnswer, 'response' | 'untouched'>;

/**
 * @throws ConfigError CONFIG_INVALID when two tools share a name or a tool's parameters are no JSON Schema
 */
export function createToolbox(tools: readonly Tool[], options: { clock: Clock }): Toolbox {
  const entries = compile(tools);

  async function respond(call: ToolCall, context: ToolRunContext): Promise<Result | undefined> {
    if (context.signal.aborted) return undefined;
    const entry = entries.get(call.name);
    if (!entry) return failed(unknownTool(call.name, entries));
    const args = argumentsOf(entry, call);
    const { tool } = entry;
    return await perform(tool, context.signal, options.clock, (signal) => {
      const update = updater(call, context, signal);
      return tool.run(args, { ...context, toolCallId: call.id, signal, update });
    });
  }

  return {
    declarations: tools.map((tool) => tool.declaration),
    async run(call, context) {
      const result = await respond(call, context).catch(failed);
      if (!result) return undefined;
      const whenDone = entries.get(call.name)?.tool.whenDone;
      return { id: call.id, name: call.name, ...result, ...(whenDone && { whenDone }) };
    },
    canUndo: (name) => entries.get(name)?.tool.undo !== undefined,
    isRevocable: (name) => entries.get(name)?.tool.isRevocable === true,
    async undo(call, { callSid, variables }, answer) {
      const undone = await revert(call, { callSid, variables }, answer).catch(failed);
      return undone && { id: call.id, name: call.name, response: undone.response };
    },
  };

  async function revert(
    call: ToolCall,
    context: Pick<ToolUndoContext, 'callSid' | 'variables'>,
    answer: ToolAnswer | undefined,
  ): Promise<Result | undefined> {
    const entry = entries.get(call.name);
    if (!entry?.tool.undo) throw unknownTool(call.name, entries);
    const { tool } = entry;
    const args = argumentsOf(entry, call);
    const result = answer && 'output' in answer.response ? { result: answer.response['output'] } : {};
    let undone: unknown;
    // Nobody calls this off; it has its own time.
    const outcome = await perform(tool, undefined, options.clock, async (signal) => {
      undone = await tool.undo?.(args, { ...context, ...result, toolCallId: call.id, signal });
      return undone === NOTHING_DONE ? undefined : undone;
    });
    return undone === NOTHING_DONE ? undefined : outcome;
  }
}

/**
 * The arguments as the tool gets them.
 * @throws ToolError TOOL_ARGUMENTS
 */
function argumentsOf({ check }: Entry, call: ToolCall): Record<string, unknown> {
  // What a model adds to a function without parameters means nothing; and defaults must not reach the model's own object.
  const args = check ? structuredClone(call.args) : {};
  if (check && !check(args)) throw wrongArguments(check.errors ?? []);
  return args;
}

/** What a tool calls with a piece of its answer. */
function updater({ id, name }: ToolCall, { onUpdate }: ToolRunContext, signal: AbortSignal): ToolContext['update'] {
  let updates = 0;
  return (value) => {
    const response = success(value);
    updates += 1;
    if (!signal.aborted && updates <= MAX_UPDATES && 'output' in response) onUpdate({ id, name, response });
  };
}

function compile(tools: readonly Tool[]): Map<string, Entry> {
  let ajv: Ajv.Ajv2020 | undefined;
  const entries = new Map<string, Entry>();
  for (const tool of tools) {
    const { name, parameters } = tool.declaration;
    if (entries.has(name)) throw new ConfigError('CONFIG_INVALID', `two tools are named "${name}"`);
    try {
      entries.set(name, { tool, ...(parameters && { check: (ajv ??= createAjv()).compile(parameters) }) });
    } catch (cause) {
      const why = LivelineError.from(cause).detail;
      throw new ConfigError('CONFIG_INVALID', `the parameters of tool "${name}" are no JSON Schema: ${why}`, { cause });
    }
  }
  return entries;
}

function createAjv(): Ajv.Ajv2020 {
  // Only loaded for tools with parameters: it is a tenth of the server's start.
  const { Ajv2020 } = createRequire(import.meta.url)('ajv/dist/2020.js') as typeof Ajv;
  // Models write "3" where 3 is meant and leave out what has a default. The schemas are written for a model, which knows
  // keywords and formats that ajv does not, and its patterns are not JavaScript's unicode ones.
  return new Ajv2020({
    allErrors: true,
    coerceTypes: true,
    useDefaults: true,
    strict: false,
    validateFormats: false,
    unicodeRegExp: false,
    addUsedSchema: false,
    // Compiling finds a wrong schema by itself; compiling the schema of schemas first takes 50 ms of every call's audio.
    meta: false,
    validateSchema: false,
    logger: false,
  });
}

/**
 * Settles with the work, its time, or the signal, whichever is first; work that goes on after that is left alone, unless
 * it is revocable: then the signal still stops it.
 */
function perform(
  tool: Tool,
  signal: AbortSignal | undefined,
  clock: Clock,
  work: (signal: AbortSignal) => Promise<unknown>,
): Promise<Result | undefined> {
  return new Promise((resolve) => {
    const running = new AbortController();
    const timer = clock.after(tool.timeoutMs, () => {
      settle(failed(timedOut(tool)));
      running.abort();
    });
    function settle(result: Result | undefined): void {
      timer.cancel();
      if (tool.isRevocable !== true) signal?.removeEventListener('abort', cancel);
      resolve(result);
    }
    function cancel(): void {
      settle(undefined);
      running.abort();
    }
    signal?.addEventListener('abort', cancel, { once: true });
    // The inner function turns a synchronous throw into a rejection.
    void (async () => work(running.signal))()
      .then((value) => ({ response: success(value) }))
      .catch(failed)
      .then(settle);
  });
}

function success(value: unknown): Response {
  try {
    return { output: fittedResult(value) };
  } catch (thrown) {
    // Of a piece that is too large the tool need not know; what is no JSON value is its own mistake.
    if (LivelineError.from(thrown).code === 'TOOL_RESPONSE_TOO_LARGE') return failure(thrown);
    throw thrown;
  }
}

function failed(thrown: unknown): Result {
  return { response: failure(thrown), ...(changedNothing(thrown) && { untouched: true }) };
}

/** Errors of calls that never began. */
const NEVER_BEGAN: readonly ErrorCode[] = ['TOOL_UNKNOWN', 'TOOL_ARGUMENTS'];

function changedNothing(thrown: unknown): boolean {
  return thrown instanceof ToolError && (thrown.untouched || NEVER_BEGAN.includes(thrown.code));
}

function failure(thrown: unknown): Response {
  const error = LivelineError.from(thrown);
  return {
    error: shortened(error.detail),
    ...(error instanceof ToolError && error.status !== undefined && { status: error.status }),
    // What a service said with its refusal: for the model, and never part of an error's message.
    ...(error instanceof ToolError && typeof error.cause === 'string' && { body: error.cause }),
    retryable: error.retryable,
  };
}

function unknownTool(name: string, entries: ReadonlyMap<string, Entry>): ToolError {
  const names = [...entries.keys()].join(', ');
  const there = names === '' ? 'there are no tools' : `the tools are: ${names}`;
  return new ToolError('TOOL_UNKNOWN', `there is no tool "${name.slice(0, 64)}"; ${there}`);
}

function wrongArguments(errors: readonly Ajv.ErrorObject[]): ToolError {
  const reasons = errors.slice(0, MAX_ARGUMENT_ERRORS).map((error) => {
    const where = error.instancePath.slice(1).replaceAll('/', '.');
    const { allowedValues } = error.params as { allowedValues?: unknown[] };
    const allowed = allowedValues ? `: ${allowedValues.map((value) => JSON.stringify(value)).join(', ')}` : '';
    return `${where} ${error.message ?? error.keyword}${allowed}`.trim();
  });
  return new ToolError('TOOL_ARGUMENTS', `the arguments do not fit: ${reasons.join('; ')}`);
}

/** Retryable only where it does no harm: nobody knows whether the tool took effect, and a second booking is worse than none. */
function timedOut({ timeoutMs, isRepeatable = false }: Tool): ToolError {
  const doubt = isRepeatable ? '' : '; it may have taken effect all the same';
  return new ToolError('TOOL_TIMEOUT', `no answer within ${timeoutMs / 1000} s${doubt}`, { retryable: isRepeatable });
}

function shortened(text: string): string {
  return text.length > MAX_ERROR_CHARS ? `${text.slice(0, MAX_ERROR_CHARS - 1)}…` : text;
}
