import type { CallActions } from './tool.js';

/** What a tool of a module is given besides its arguments. What it holds of the call is a copy. */
export interface ToolModuleContext {
  caller: {
    /** As the carrier gave it; may be empty, or no number at all. */
    number: string;
  };
  call: {
    sid: string;
    /** The called number or address. */
    to: string;
    direction: 'inbound' | 'outbound';
    /** SIP headers (`X-…`) of the call, without prefix. */
    sip_headers: Record<string, string>;
    /** Further parameters that came with the call. */
    parameters: Record<string, string>;
  };
  /** The same for as long as the function call is the same, however often it is tried: a key for idempotent requests. */
  idempotencyKey: string;
  /** Aborted when the model calls the function off, its time is up, or the call ends. */
  signal: AbortSignal;
  /** The server's log, each line with the call and the tool; at most 100 lines a run. Keep what is personal out of it. */
  log: ToolModuleLog;
  /** What the tool may do to the call. */
  actions: CallActions;
  /** Gives the model a piece of the answer while the tool runs on. Only where the model does not wait for the tool. */
  update: (value: unknown) => void;
}

/** Where a tool of a module writes to the server's log. */
export interface ToolModuleLog {
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
}

/** What is known of a function call whose effect is to be undone. */
export interface ToolModuleUndoContext extends Pick<
  ToolModuleContext,
  'caller' | 'call' | 'idempotencyKey' | 'signal' | 'log'
> {
  /** What `run` returned; absent when that is not known. */
  result?: unknown;
}

/** A tool in a module. What the agents file says of it (`name`, `description`, `parameters`, `timeout_ms`) wins. */
export interface ToolDefinition<Args extends object = Record<string, unknown>> {
  /** What the model calls the function. */
  name?: string;
  /** What the function does and when to use it; the model reads this. */
  description?: string;
  /** JSON Schema of the arguments; what Gemini does not take of it is simplified. Left out: a function without any. */
  parameters?: Record<string, unknown>;
  /** How long one run may take, in milliseconds: 100 to 60,000. Default 5,000. */
  timeoutMs?: number;
  /**
   * Runs once with arguments that match `parameters`.
   * @returns any JSON value of at most 32 KiB; it reaches the model as `{ output: value }`
   * @throws anything: its message reaches the model as `{ error, retryable }`, with the numbers or booleans `status` and
   * `retryable` of the error, where it has them
   */
  run(args: Args, context: ToolModuleContext): unknown;
  /**
   * Undoes what `run` did, or may have done, when the model has called the function off. Runs at most once for a call,
   * for at most `timeoutMs`, and may outlive the call.
   */
  undo?(args: Args, context: ToolModuleUndoContext): unknown;
}

/** A tool for an agent's `module:`, with its types. Returns what it is given. */
export function defineTool<Args extends object = Record<string, unknown>>(
  definition: ToolDefinition<Args>,
): ToolDefinition<Args> {
  return definition;
}
