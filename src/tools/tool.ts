/**
 * What a tool may do to the call it runs in. Implemented by the call; tools see nothing else of it.
 * One object is one call, as long as it lives.
 */
export interface CallActions {
  /**
   * Ends the call once what is being said has been heard (bounded). Returns at once.
   * @param reason kept with the call's end, for people; not spoken
   * @param options.signal calls it off before the end has come: then the call goes on, unless something else ends it
   */
  hangUp(reason: string, options?: { signal?: AbortSignal }): void;
  /**
   * A line for the model, as if the caller had typed it: it answers aloud. It waits while the model waits for a tool,
   * because a line would call that off.
   */
  say(text: string): void;
  /** Resolves when what is being said has been heard by the caller, after 20 s at the latest. Never rejects. */
  heard(): Promise<void>;
  /**
   * Presses keys for whoever hears the call, once what is being said has been heard: tones in the call's own audio.
   * Resolves when they were heard.
   * @param digits `0-9 * # A-D`; `w` is a pause of half a second, `,` one of two. At most 32
   * @param options.signal calls off what has not begun
   * @throws ToolError TOOL_ARGUMENTS for anything else, TOOL_FAILED when the call ends meanwhile, or it was called off
   */
  sendDigits(digits: string, options?: { signal?: AbortSignal }): Promise<void>;
  /**
   * Listens to the keys that the caller presses, which do not reach the model meanwhile. Waits for what is being said
   * to be heard before time counts. Never rejects.
   */
  collectDigits(options: CollectDigitsOptions): Promise<CollectedDigits>;
  /**
   * Gives the call to another agent of the file, with its own instructions, voice and tools, as soon as the agent has
   * finished its sentence. Returns at once.
   * @param note what that agent is to know; not spoken
   * @param how.greet that agent opens with its own greeting; otherwise it goes on where the other one stopped
   * @param how.signal calls it off as long as the agent that gives the call away has it
   * @throws ToolError TOOL_ARGUMENTS when there is no such agent, TOOL_FAILED when the call cannot be given away
   */
  handOver(agent: string, note: string, how?: { greet?: boolean; signal?: AbortSignal }): void;
  /**
   * Puts the caller through to somebody whom the agent's tool `transfer` names, once what is being said has been heard.
   * `moved`: they are, and this call ends here; after anything else they are still here.
   * @param options.summary what whoever answers is told first, where they are asked
   * @param options.signal calls off what is not done yet
   * @throws ToolError TOOL_ARGUMENTS for a name that the agents file does not have, TOOL_FAILED when it cannot be done
   */
  transfer(to: string, options?: { summary?: string; signal?: AbortSignal }): Promise<TransferOutcome>;
  /**
   * Sends a text message to the caller, or to somebody whom the agent's tool `send_sms` names. Resolves when the carrier
   * has taken it, which is not yet when it arrives.
   * @throws ToolError TOOL_ARGUMENTS for a name or a text that will not do, TOOL_FAILED when it cannot be done
   */
  sendSms(text: string, to?: string): Promise<void>;
  /**
   * Gives the model other instructions, or fewer or more of its agent's tools, in the middle of the session.
   * @param update.tools names of the agent's own functions; these and no others can be called from here on
   * @returns false where the model cannot be told: then nothing has changed
   * @throws ToolError TOOL_UNKNOWN for a name that is no function of the agent
   */
  updateContext(update: { instructions?: string; tools?: readonly string[] }): boolean;
  /** Who had the word how often. */
  turns(): TurnCounts;
}

/** What became of putting the caller through; `declined`: somebody answered, and did not take the call. */
export type TransferOutcome = 'moved' | 'no-answer' | 'busy' | 'declined' | 'failed';

/** How far the conversation has come. */
export interface TurnCounts {
  /** Turns in which the agent has spoken, and which are over. */
  agent: number;
  /** How many of these there were when the caller last said, typed or pressed something; late words count where they belong. */
  caller: number;
}

/** How the caller's keys are collected. */
export interface CollectDigitsOptions {
  /** Fewer are not accepted. Default 1. */
  min?: number;
  /** Complete with so many, without the terminator. Default 32, the most there can be. */
  max?: number;
  /** Ends the entry, and is no part of it; null: there is none, and `*` and `#` are keys like any other. Default `#`. */
  terminator?: '#' | '*' | null;
  /** How long the first key may take once the caller has heard what was said, in milliseconds. Default 10 s. */
  firstDigitMs?: number;
  /** How long each further key may take; then the entry is complete as it is. Default 4 s. */
  nextDigitMs?: number;
  /** What the whole entry must match. */
  pattern?: RegExp;
  /** Kept for the call under this name: the templates of HTTP tools use it as `{{ collected.NAME }}`. */
  as?: string;
  /**
   * The digits are in no event, log or transcript; the model hears silence of the caller, and a recording is paused,
   * until it is over.
   */
  sensitive?: boolean;
  /** Aborted when nobody waits for the digits any more; sensitive ones stay private until the caller ceases to press. */
  signal?: AbortSignal;
}

/** What was collected, or why it was not. */
export type CollectedDigits =
  | { ok: true; digits: string }
  /**
   * `timeout`: nothing was pressed; `too_short`, `no_match`: what was pressed does not do; `recorded`: sensitive, and the
   * call's recording could not be paused; `busy`: other keys are being collected; `cancelled`: nobody waits any more.
   */
  | { ok: false; why: 'timeout' | 'too_short' | 'no_match' | 'recorded' | 'busy' | 'cancelled'; count: number };

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
  /** The call has failed without changing anything, for certain: there is nothing to undo. */
  untouched?: true;
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

/** A tool that the model's service runs by itself. */
export type NativeTool =
  | { kind: 'google_search' }
  | { kind: 'code_execution' }
  | { kind: 'url_context' }
  | { kind: 'vertex_ai_search'; datastore: string }
  | { kind: 'vertex_rag'; corpus: string; topK?: number; maxDistance?: number }
  | { kind: 'google_maps' }
  | { kind: 'enterprise_web_search'; excludeDomains?: readonly string[] }
  | { kind: 'file_search'; stores: readonly string[]; topK?: number; filter?: string };

/** What a tool knows while it runs. */
export interface ToolContext {
  callSid: string;
  /** The id of the function call, for idempotency keys. */
  toolCallId: string;
  /** Per-call template variables: `caller.*`, `call.*`, `collected.*`, `now`. */
  variables: Record<string, unknown>;
  /** Aborted when the model cancels the call, the tool's time is up, or the call ends. */
  signal: AbortSignal;
  actions: CallActions;
  /**
   * By which tools know what they did on the call: the same as long as it lives, also when it was put through meanwhile
   * and has come back to this instance.
   */
  memory: object;
  /**
   * Gives the model a piece of the answer while the tool runs on; what `run` returns is the answer as a whole. Where
   * the model takes no pieces, or waits for the tool, it gets the answer alone.
   * @param value any JSON value of at most 32 KiB; of a call, 20 pieces are sent on
   */
  update: (value: unknown) => void;
}

/** What the call gives to a function call that it has run. */
export interface ToolRunContext extends Omit<ToolContext, 'toolCallId' | 'update'> {
  /** A piece of the answer; the answer itself follows. */
  onUpdate: (piece: ToolAnswer) => void;
}

/** What is known of a call whose effect is to be undone. */
export interface ToolUndoContext extends Pick<ToolContext, 'callSid' | 'toolCallId' | 'variables' | 'signal'> {
  /** What `run` returned; absent when that is not known. */
  result?: unknown;
}

/** What the caller hears, and the model is told, while a tool runs. */
export interface WhileToolRuns {
  /** How long it may run, and nobody be heard, before that. */
  afterMs: number;
  /** µ-law at 8 kHz, played over and over until somebody speaks; absent: nothing. */
  sound?: Uint8Array;
  /** Said to the model once, for a tool that it does not wait for. */
  say?: string;
}

/** What `undo` returns where `run` had done nothing. */
export const NOTHING_DONE = Symbol('nothing was done');

/** One tool: what the model is told of it, and what it does. */
export interface Tool {
  declaration: ToolDeclaration;
  /** How long one run may take, in milliseconds. */
  timeoutMs: number;
  whenDone?: ToolWhenDone;
  /** Absent: a soft sound after 2 s; false: nothing. */
  whileRunning?: WhileToolRuns | false;
  /** Whether running it twice does no harm, so that the model may be told to try again. Default false. */
  isRepeatable?: boolean;
  /**
   * Whether it acts on the telephone, and what is not done yet is stopped by its signal, also after its answer: when the
   * model calls it off, it stops at once, whatever the model may ask for again; then it runs anew. Default false.
   */
  isRevocable?: boolean;
  /**
   * Runs once with arguments that match `declaration.parameters`.
   * @returns any JSON value; it reaches the model as `{ output: value }`
   * @throws ToolError or anything else: it reaches the model as `{ error }`
   */
  run(args: Record<string, unknown>, context: ToolContext): Promise<unknown>;
  /**
   * Undoes what `run` did, or may have done: the model has called the function off. Runs at most once for a call, with
   * the arguments that `run` had, and for at most `timeoutMs`. It may outlive the call.
   * @returns any JSON value, or `NOTHING_DONE`
   */
  undo?(args: Record<string, unknown>, context: ToolUndoContext): Promise<unknown>;
}

/** An agent's tools, ready to be called by the model; shared by all of the agent's calls. */
export interface Toolbox {
  readonly declarations: readonly ToolDeclaration[];
  /**
   * Runs one function call to its answer. Never rejects: what goes wrong is an answer with `error`.
   * @param context `signal` cancels the run
   * @returns undefined when the run was cancelled: then no answer is to be sent
   */
  run(call: ToolCall, context: ToolRunContext): Promise<ToolAnswer | undefined>;
  /** Whether what a function did can be undone. */
  canUndo(name: string): boolean;
  /** @see Tool.isRevocable */
  isRevocable(name: string): boolean;
  /**
   * Undoes what a call did, or may have done. Never rejects: what goes wrong is in the answer's `error`.
   * @param answer what `run` gave; absent when it was cancelled
   * @returns undefined when the call had done nothing
   */
  undo(
    call: ToolCall,
    context: Pick<ToolUndoContext, 'callSid' | 'variables'>,
    answer: ToolAnswer | undefined,
  ): Promise<ToolAnswer | undefined>;
}
