/** Every error code there is. `docs/errors.md` explains each; a test holds the two together. */
export const ERROR_CODES = [
  // A file or a variable the user wrote.
  'CONFIG_UNREADABLE',
  'CONFIG_INVALID',
  'ENVIRONMENT_INVALID',
  'DATA_UNWRITABLE',
  'USAGE',
  // Webhooks and the stream's door.
  'SIGNATURE_INVALID',
  'FIELDS_MISSING',
  'REQUEST_UNREADABLE',
  'NOT_FOUND',
  'ACCESS_DENIED',
  // A peer that does not keep to its protocol.
  'CALLER_PROTOCOL',
  'MODEL_PROTOCOL',
  // The Live API.
  'MODEL_UNREACHABLE',
  'MODEL_UNAUTHORIZED',
  'MODEL_NOT_FOUND',
  'MODEL_REJECTED',
  'MODEL_QUOTA',
  'MODEL_UNAVAILABLE',
  'MODEL_TIMEOUT',
  'MODEL_CLOSED',
  // Tools; these go to the model, and the call goes on.
  'TOOL_UNKNOWN',
  'TOOL_ARGUMENTS',
  'TOOL_TIMEOUT',
  'TOOL_BLOCKED_ADDRESS',
  'TOOL_RESPONSE_TOO_LARGE',
  'TOOL_HTTP_STATUS',
  'TOOL_FAILED',
  'TOOL_LIMIT',
  // The call and the place it runs in.
  'CALL_NOT_FOUND',
  'CALL_CAPACITY',
  'CALL_REFUSED',
  'CARRIER_FAILED',
  'CARRIER_UNREACHABLE',
  'DIAL_NOT_ALLOWED',
  'CALL_ENDED',
  'AUDIO_INVALID',
  'SPEECH_UNAVAILABLE',
  'SERVER_UNREACHABLE',
  'INTERNAL',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export interface LivelineErrorOptions {
  cause?: unknown;
  /** Whether the same attempt may succeed a moment later. Default false. */
  retryable?: boolean;
  callSid?: string;
}

/** The one error `src` throws. Its message starts with `[CODE]` and never holds a secret, a number or a payload. */
export class LivelineError extends Error {
  override readonly name: string = 'LivelineError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly callSid?: string;
  /** The message without its code, for people. */
  readonly detail: string;

  constructor(code: ErrorCode, detail: string, options: LivelineErrorOptions = {}) {
    super(`[${code}] ${detail}`, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.detail = detail;
    this.retryable = options.retryable ?? false;
    if (options.callSid !== undefined) this.callSid = options.callSid;
  }

  /** The only conversion point from a caught value. */
  static from(thrown: unknown): LivelineError {
    if (thrown instanceof LivelineError) return thrown;
    const detail = thrown instanceof Error ? thrown.message : String(thrown);
    return new LivelineError('INTERNAL', detail, { cause: thrown });
  }
}

/** Where in a file a mistake stands; line and column count from 1. */
export interface SourcePosition {
  file: string;
  line: number;
  column: number;
}

/** The user's file or environment says something that cannot be used. */
export class ConfigError extends LivelineError {
  override readonly name = 'ConfigError';
  readonly position?: SourcePosition;

  constructor(
    code: Extract<ErrorCode, `CONFIG_${string}` | 'ENVIRONMENT_INVALID' | 'DATA_UNWRITABLE' | 'USAGE'>,
    detail: string,
    options: LivelineErrorOptions & { position?: SourcePosition } = {},
  ) {
    super(code, detail, options);
    if (options.position) this.position = options.position;
  }
}

/** An HTTP request that is refused, with the status that says so. */
export class WebhookError extends LivelineError {
  override readonly name = 'WebhookError';
  readonly httpStatus: number;

  constructor(code: ErrorCode, detail: string, httpStatus: number, options: LivelineErrorOptions = {}) {
    super(code, detail, options);
    this.httpStatus = httpStatus;
  }
}

/** A peer's message that breaks its protocol. Names the peer and the rule, never the payload. */
export class ProtocolError extends LivelineError {
  override readonly name = 'ProtocolError';
  readonly peer: 'caller' | 'model';

  constructor(peer: 'caller' | 'model', detail: string, options: LivelineErrorOptions = {}) {
    super(peer === 'caller' ? 'CALLER_PROTOCOL' : 'MODEL_PROTOCOL', detail, options);
    this.peer = peer;
  }
}

/** What a model connection was doing when it failed. */
export type ModelPhase = 'credentials' | 'upgrade' | 'setup' | 'conversation';

/** The Live connection failed; keeps the close code and reason (or the HTTP status) as the service gave them. */
export class ModelError extends LivelineError {
  override readonly name = 'ModelError';
  readonly phase: ModelPhase;
  /** WebSocket close code, RFC 6455 §7.4; absent when the upgrade itself failed. */
  readonly closeCode?: number;
  readonly closeReason?: string;
  /** HTTP status of a refused upgrade. */
  readonly httpStatus?: number;

  constructor(
    code: Extract<ErrorCode, `MODEL_${string}`>,
    detail: string,
    options: LivelineErrorOptions & {
      phase: ModelPhase;
      closeCode?: number;
      closeReason?: string;
      httpStatus?: number;
    },
  ) {
    super(code, detail, options);
    this.phase = options.phase;
    if (options.closeCode !== undefined) this.closeCode = options.closeCode;
    if (options.closeReason !== undefined) this.closeReason = options.closeReason;
    if (options.httpStatus !== undefined) this.httpStatus = options.httpStatus;
  }
}

/** A tool that failed. It is an answer to the model, not the end of a call. */
export class ToolError extends LivelineError {
  override readonly name = 'ToolError';
  declare readonly code: Extract<ErrorCode, `TOOL_${string}`>;
  /** HTTP status of the upstream answer, when there was one. */
  readonly status?: number;
  /** Nothing was changed, for certain: it never began, never arrived, or was refused. */
  readonly untouched: boolean;

  constructor(
    code: Extract<ErrorCode, `TOOL_${string}`>,
    detail: string,
    options: LivelineErrorOptions & { status?: number; untouched?: boolean } = {},
  ) {
    super(code, detail, options);
    this.untouched = options.untouched ?? false;
    if (options.status !== undefined) this.status = options.status;
  }
}

/** A call that could not be had or kept. */
export class CallError extends LivelineError {
  override readonly name = 'CallError';
  /** HTTP status of the carrier's answer, when there was one. */
  readonly status?: number;

  constructor(code: ErrorCode, detail: string, options: LivelineErrorOptions & { status?: number } = {}) {
    super(code, detail, options);
    if (options.status !== undefined) this.status = options.status;
  }
}

/** Why a file could not be read, in words. */
export function describeFileError(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES') return 'permission denied';
  if (code === 'EISDIR') return 'it is a directory';
  return typeof code === 'string' ? code : 'it cannot be read';
}
