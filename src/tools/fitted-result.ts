import { ToolError } from '../errors.js';

/** A result is read by a model in the middle of a phone call; more than this only costs it time. */
const MAX_RESULT_BYTES = 32 * 1024;

/**
 * A result as the model will see it: without functions, with dates as text, no longer shared with whoever gave it.
 * @throws ToolError TOOL_RESPONSE_TOO_LARGE for more than 32 KiB as JSON, TOOL_FAILED for what is no JSON value
 */
export function fittedResult(value: unknown): unknown {
  const json = toJson(value);
  if (Buffer.byteLength(json) > MAX_RESULT_BYTES) {
    const detail = `the result is larger than ${MAX_RESULT_BYTES / 1024} KiB; ask for less`;
    throw new ToolError('TOOL_RESPONSE_TOO_LARGE', detail);
  }
  return JSON.parse(json) as unknown;
}

function toJson(value: unknown): string {
  try {
    // Undefined for a function or a symbol, whatever its type says.
    const json = JSON.stringify(value ?? null) as string | undefined;
    if (json !== undefined) return json;
  } catch {
    // Circular, or a bigint.
  }
  throw new ToolError('TOOL_FAILED', 'the result is no JSON value');
}
