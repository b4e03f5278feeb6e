import { CallError, LivelineError, ToolError } from '../errors.js';

/** RFC 6585 §4: nothing was done. */
const TOO_MANY_REQUESTS = 429;

/** What Twilio's REST API did not do, as the answer of the tool that asked for it. */
export function carrierFailure(thrown: unknown): ToolError {
  const { detail } = LivelineError.from(thrown);
  const status = thrown instanceof CallError ? thrown.status : undefined;
  if (status === undefined) return new ToolError('TOOL_FAILED', detail);
  // After a 5xx nobody knows, and a second message is worse than none.
  const isRefused = status >= 400 && status < 500;
  return new ToolError('TOOL_FAILED', detail, {
    status,
    untouched: isRefused,
    retryable: status === TOO_MANY_REQUESTS,
  });
}
