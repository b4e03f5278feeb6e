import type { RawData } from 'ws';
import { clientMessageSchema, isRecord, normaliseKeys, type ReadClientMessage } from '../live/wire.js';

/** Why a session is closed: a WebSocket close code and the service's words for it. */
export interface Refusal {
  code: number;
  reason: string;
}

/** INVALID_ARGUMENT, as the service closes a connection for it. */
export function invalidArgument(reason = 'Request contains an invalid argument.'): Refusal {
  return { code: 1007, reason };
}

/** Reads one frame of a client, text or binary, in either spelling of its keys. */
export function readClientFrame(data: RawData): { message: ReadClientMessage } | { refusal: Refusal } {
  let json: unknown;
  try {
    json = JSON.parse(textOf(data));
  } catch {
    return { refusal: invalidArgument('Invalid JSON payload received. Unexpected token.') };
  }
  const normalised = normaliseKeys(json);
  if (!isRecord(normalised)) return { refusal: invalidArgument('Invalid JSON payload received. Expected an object.') };
  const parsed = clientMessageSchema.safeParse(normalised);
  if (parsed.success) return { message: parsed.data };
  const [issue] = parsed.error.issues;
  const path = issue?.path.join('.') ?? '';
  if (issue?.code === 'unrecognized_keys') {
    const at = path === '' ? '' : ` at '${path}'`;
    return {
      refusal: invalidArgument(
        `Invalid JSON payload received. Unknown name "${issue.keys[0] ?? ''}"${at}: Cannot find field.`,
      ),
    };
  }
  return { refusal: invalidArgument(path === '' ? undefined : `Invalid value at '${path}'`) };
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.from(data).toString('utf8');
}
