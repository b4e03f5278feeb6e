/** What a tool may do to the call it runs in. Implemented by the call; tools see nothing else of it. */
export interface CallActions {
  /**
   * Ends the call once what is being said has been heard (bounded). Returns at once.
   * @param reason kept with the call's end, for people; not spoken
   */
  hangUp(reason: string): void;
}

/** A function call as the model made it. `id` is opaque; `args` is whatever the model wrote. */
export interface ToolCall {
  id: string;
  name: string;
  args: Record<string, unknown>;
}

/** The answer for the model: a JSON object, by convention `{ output }` or `{ error, … }`. */
export interface ToolAnswer {
  id: string;
  name: string;
  response: Record<string, unknown>;
  /** When the model speaks of it; for tools that do not block. */
  whenDone?: ToolWhenDone;
}

type ToolWhenDone = 'interrupt' | 'when_idle' | 'silent';

/** A function declaration in JSON Schema terms; `live/` writes it in the Live API's words. */
export interface ToolDeclaration {
  name: string;
  description: string;
  /** JSON Schema of the arguments; absent for a function without any. */
  parameters?: Record<string, unknown>;
  /** true = BLOCKING, false = NON_BLOCKING, absent = the model's own default (nothing is sent). */
  blocking?: boolean;
}

/** What a tool knows while it runs. */
export interface ToolContext {
  callSid: string;
  /** The id of the function call, for idempotency keys. */
  toolCallId: string;
  /** Per-call template variables: `caller.*`, `call.*`, `now`. */
  variables: Record<string, unknown>;
  /** Aborted when the model cancels the call, the tool's time is up, or the call ends. */
  signal: AbortSignal;
  actions: CallActions;
}

/** One tool: what the model is told of it, and what it does. */
export interface Tool {
  declaration: ToolDeclaration;
  /** How long one run may take, in milliseconds. */
  timeoutMs: number;
  whenDone?: ToolWhenDone;
  /**
   * Runs once with arguments that match `declaration.parameters`.
   * @returns any JSON value; it reaches the model as `{ output: value }`
   * @throws ToolError or anything else: it reaches the model as `{ error }`
   */
  run(args: Record<string, unknown>, context: ToolContext): Promise<unknown>;
}
