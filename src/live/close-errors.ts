import { ModelError, type ModelPhase } from '../errors.js';
import { isRecord } from './normalise-keys.js';
import { reasonText } from './reason-text.js';

/** How a connection ended, as the socket saw it. */
export type ConnectionEnd =
  /** RFC 6455 §7.4; 1006 without a close frame. */
  | { kind: 'closed'; code: number; reason: string }
  /** The upgrade was answered with an HTTP status. `body` is at most its first 4 KiB. */
  | { kind: 'refused'; httpStatus: number; body: string }
  /** No connection came about: name, address, TLS, headers. */
  | { kind: 'unreachable'; cause: Error }
  | { kind: 'no-credentials'; error: ModelError };

type ModelCode = Extract<ConstructorParameters<typeof ModelError>[0], `MODEL_${string}`>;

/** Trying again at once cannot help. */
const QUOTA = /quota|exhausted/i;
const UNAUTHORIZED = /api key|permission|unauthenticated|unauthorized|credential|has been suspended|billing/i;
const NOT_FOUND = /not found/i;
/** In a session that stood, much can be not found; without its model there is no other either. */
const MODEL_GONE = /\bmodels?\b.*not found/i;

/**
 * What the end of a connection means for the call: whose fault it was, and whether a new session may be had.
 * @param apiKey never appears in the error, should the service quote it
 */
export function closeError(end: ConnectionEnd, phase: ModelPhase, apiKey?: string): ModelError {
  switch (end.kind) {
    case 'no-credentials':
      return end.error;
    case 'unreachable':
      return new ModelError('MODEL_UNREACHABLE', `The Live API cannot be reached: ${networkReason(end.cause)}`, {
        phase,
        retryable: true,
      });
    case 'refused': {
      const reason = reasonText(bodyReason(end.body), apiKey);
      const { code, retryable } = judgeStatus(end.httpStatus, reason);
      const detail = `The Live API refused the connection (HTTP ${end.httpStatus}${colon(reason)})`;
      return new ModelError(code, detail, { phase, retryable, httpStatus: end.httpStatus });
    }
    case 'closed': {
      const reason = reasonText(end.reason, apiKey);
      const { code, retryable } =
        phase === 'conversation' ? judgeLoss(end.code, reason) : judgeRefusal(end.code, reason);
      const during = phase === 'conversation' ? 'the conversation' : 'setup';
      const detail = `The Live API closed the connection during ${during} (${end.code}${colon(reason)})`;
      return new ModelError(code, detail, { phase, retryable, closeCode: end.code, closeReason: reason });
    }
  }
}

interface Judgement {
  code: ModelCode;
  retryable: boolean;
}

function judgeStatus(status: number, reason: string): Judgement {
  if (status === 429) return { code: 'MODEL_QUOTA', retryable: !QUOTA.test(reason) };
  if (status === 401 || status === 403) return { code: 'MODEL_UNAUTHORIZED', retryable: false };
  if (status === 404) return { code: 'MODEL_NOT_FOUND', retryable: false };
  return status >= 500 ? { code: 'MODEL_UNAVAILABLE', retryable: true } : { code: 'MODEL_REJECTED', retryable: false };
}

/** Before `setupComplete`: the service does not like what was asked, or cannot serve it now. */
function judgeRefusal(closeCode: number, reason: string): Judgement {
  if (QUOTA.test(reason)) return { code: 'MODEL_QUOTA', retryable: false };
  if (closeCode !== 1007 && closeCode !== 1008) return { code: 'MODEL_UNAVAILABLE', retryable: true };
  if (NOT_FOUND.test(reason)) return { code: 'MODEL_NOT_FOUND', retryable: false };
  if (UNAUTHORIZED.test(reason)) return { code: 'MODEL_UNAUTHORIZED', retryable: false };
  return { code: 'MODEL_REJECTED', retryable: false };
}

/**
 * After it: the session is lost, and a fresh one usually serves. Faults of the service come in words that blame the
 * client, too, or in none: only what no session can mend is taken at its word.
 */
function judgeLoss(closeCode: number, reason: string): Judgement {
  if (QUOTA.test(reason)) return { code: 'MODEL_QUOTA', retryable: false };
  if (closeCode !== 1007 && closeCode !== 1008) {
    return { code: closeCode === 1011 ? 'MODEL_UNAVAILABLE' : 'MODEL_CLOSED', retryable: true };
  }
  if (MODEL_GONE.test(reason)) return { code: 'MODEL_NOT_FOUND', retryable: false };
  if (UNAUTHORIZED.test(reason)) return { code: 'MODEL_UNAUTHORIZED', retryable: false };
  return { code: 'MODEL_REJECTED', retryable: true };
}

/** Google answers with `{ error: { message } }`; a proxy may answer with anything. */
function bodyReason(body: string): string {
  try {
    const json: unknown = JSON.parse(body);
    const error = isRecord(json) ? json['error'] : undefined;
    if (isRecord(error) && typeof error['message'] === 'string') return error['message'];
  } catch {
    // Not JSON, or cut off.
  }
  return body.startsWith('<') ? '' : body;
}

/** Node's own code where there is one: its messages name addresses. */
function networkReason(cause: Error): string {
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : reasonText(cause.message);
}

function colon(reason: string): string {
  return reason === '' ? '' : `: ${reason}`;
}
