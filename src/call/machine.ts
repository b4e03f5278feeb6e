import { CallError, type LivelineError, ModelError } from '../errors.js';
import type { CallEndReason, CallerLegCloseReason } from './ports.js';

/** Where a call stands. Fields exist only in the states that have them. */
export type CallState =
  /** The caller's connection is open; who is calling is not known yet. */
  | { name: 'awaiting-start' }
  /** The caller is on the line; the first session is being opened, for the `attempt`th time. */
  | { name: 'connecting'; attempt: number }
  /** Both sides talk. `reopened` counts the connections in a row that replaced one which did not last. */
  | { name: 'active'; reopened: number }
  /** The session's connection is lost, or being changed; another is being opened, for the `attempt`th time. */
  | { name: 'resuming'; reopened: number; attempt: number }
  /** The end is decided; what is being said is still heard. `isAlone`: there is no session to go on with. */
  | { name: 'draining'; reason: CallEndReason; isAlone?: true }
  /** The stream is over, and it is being found out whether somebody took the caller; `otherwise` if nobody did. */
  | { name: 'departing'; otherwise: CallEndReason }
  | { name: 'ended'; reason: CallEndReason; error?: LivelineError };

export type CallInput =
  | { type: 'caller-started' }
  /**
   * @param expected why the carrier was asked to take the call away, if it was
   * @param unsure somebody is being asked to take the caller, and may have told the carrier so elsewhere
   */
  | { type: 'caller-closed'; reason: CallerLegCloseReason; expected?: CallEndReason; unsure?: boolean }
  /** @param taken why the caller is elsewhere; absent: they are not, or nobody can tell */
  | { type: 'caller-found'; taken?: CallEndReason }
  | { type: 'model-ready' }
  /**
   * @param livedMs how long the connection had stood; 0 when it never did
   * @param retryable whether another attempt may fare better
   */
  | { type: 'model-closed'; error: ModelError; livedMs: number; retryable: boolean }
  /** The connection will end: this is the moment to change it. */
  | { type: 'handoff-due' }
  /** The model does not do what it should, and words did not help. @param error what it comes to if nothing does */
  | { type: 'model-unwell'; remedy: 'resume' | 'renew' | 'give-up'; error: ModelError }
  | { type: 'retry-due' }
  /** The state's own time is up. */
  | { type: 'deadline-passed' }
  /** The call is to end after what is being said; `drained` follows. */
  | { type: 'end-requested'; reason: CallEndReason }
  /** Whoever requested the end has called that off, before it came. */
  | { type: 'end-called-off' }
  /** The call is to end now. */
  | { type: 'end-ordered'; reason: CallEndReason; error?: LivelineError }
  | { type: 'drained' };

export type CallEffect =
  | { type: 'open-model' }
  | { type: 'retry-after'; delayMs: number }
  /**
   * Close the connection, and open another once it is gone.
   * @param fresh with a session that is told what was said, rather than with the one that there was
   */
  | { type: 'replace-model'; fresh: boolean }
  | { type: 'close-model' }
  /** Find out whether somebody took the caller; `caller-found` follows. */
  | { type: 'find-caller' }
  /** @param code RFC 6455 close code */
  | { type: 'close-caller'; code: number; reason: string }
  /** The session stands: both sides may talk. */
  | { type: 'attach-model' };

export interface CallStep {
  state: CallState;
  effects: readonly CallEffect[];
  /** False when the state did not expect this input, and ignored it. */
  expected: boolean;
}

/** Tries to open a session. Two retries cover a passing fault without leaving the caller in silence. */
const MAX_ATTEMPTS = 3;
const RETRY_DELAY_MS = 400;
/** A connection that stood this long, in milliseconds, proves that the service is well again. */
export const STEADY_SESSION_MS = 10_000;
/** This many in a row that did not, and the service is given up. */
const MAX_REOPENED = 3;

/** How long a state may last, in milliseconds; `active` is bounded by the call's own limit. */
export const STATE_DEADLINES_MS: Partial<Record<CallState['name'], number>> = {
  'awaiting-start': 10_000,
  connecting: 10_000,
  resuming: 8_000,
  draining: 30_000,
  departing: 3_000,
};

/** Every rule of what follows what. Pure: no clock, no I/O. */
export function step(state: CallState, input: CallInput): CallStep {
  if (state.name === 'ended') return stepEnded(state, input);
  switch (input.type) {
    case 'caller-closed':
      return stepCallerClosed(state, input);
    case 'end-ordered':
      return end(input);
    default:
  }
  switch (state.name) {
    case 'awaiting-start':
      return stepAwaitingStart(state, input);
    case 'connecting':
    case 'resuming':
      return stepOpening(state, input);
    case 'active':
      return stepActive(state, input);
    case 'draining':
      return stepDraining(state, input);
    case 'departing':
      return stepDeparting(state, input);
  }
}

function stepAwaitingStart(state: CallState, input: CallInput): CallStep {
  switch (input.type) {
    case 'caller-started':
      return go({ name: 'connecting', attempt: 1 }, { type: 'open-model' });
    case 'deadline-passed':
      return end({ reason: 'never-started', error: new CallError('CALL_REFUSED', 'no start message came in time') });
    case 'end-requested':
      return end(input);
    default:
      return ignore(state);
  }
}

/** A connection is being opened: the first one, or one in the place of another. */
function stepOpening(state: CallState & { name: 'connecting' | 'resuming' }, input: CallInput): CallStep {
  const hasTalked = state.name === 'resuming';
  switch (input.type) {
    case 'model-ready':
      return go({ name: 'active', reopened: hasTalked ? state.reopened : 0 }, { type: 'attach-model' });
    case 'model-closed':
      if (!input.retryable || state.attempt >= MAX_ATTEMPTS) return modelFailed(input.error);
      return go({ ...state, attempt: state.attempt + 1 }, retryAfter(state.attempt));
    case 'retry-due':
      return go(state, { type: 'open-model' });
    case 'deadline-passed':
      return modelFailed(setupTimedOut());
    case 'end-requested':
      return hasTalked ? go({ name: 'draining', reason: input.reason, isAlone: true }) : end(input);
    default:
      return ignore(state);
  }
}

function stepActive(state: CallState & { name: 'active' }, input: CallInput): CallStep {
  switch (input.type) {
    case 'model-closed': {
      const reopened = input.livedMs >= STEADY_SESSION_MS ? 0 : state.reopened;
      if (!input.retryable || reopened >= MAX_REOPENED) return modelFailed(input.error);
      const next: CallState = { name: 'resuming', reopened: reopened + 1, attempt: 1 };
      return go(next, reopened === 0 ? { type: 'open-model' } : retryAfter(reopened));
    }
    case 'handoff-due':
      return replace(state, false);
    case 'model-unwell':
      return input.remedy === 'give-up' ? modelFailed(input.error) : replace(state, input.remedy === 'renew');
    case 'end-requested':
      return go({ name: 'draining', reason: input.reason });
    default:
      return ignore(state);
  }
}

function stepDraining(state: CallState & { name: 'draining' }, input: CallInput): CallStep {
  switch (input.type) {
    case 'drained':
    case 'deadline-passed':
      return end({ reason: state.reason });
    case 'end-called-off': // Nobody would be there to talk to.
      return go(state.isAlone ? state : { name: 'active', reopened: 0 });
    case 'model-ready':
      return go({ name: 'draining', reason: state.reason }, { type: 'attach-model' });
    case 'model-closed': // What was said is at the carrier; nothing more is needed of the model.
      return go({ ...state, isAlone: true });
    case 'handoff-due':
    case 'model-unwell':
    case 'end-requested': // The first reason stands.
      return go(state);
    default:
      return ignore(state);
  }
}

function stepCallerClosed(state: CallState, input: CallInput & { type: 'caller-closed' }): CallStep {
  const reason = closedByCaller(state, input);
  if (input.reason !== 'stopped' || input.unsure !== true) return end({ reason });
  return go({ name: 'departing', otherwise: reason }, { type: 'close-model' }, { type: 'find-caller' });
}

function stepDeparting(state: CallState & { name: 'departing' }, input: CallInput): CallStep {
  switch (input.type) {
    case 'caller-found':
      return end({ reason: input.taken ?? state.otherwise });
    case 'deadline-passed':
      return end({ reason: state.otherwise });
    case 'end-requested': // Whoever asked speaks to nobody any more.
    case 'end-called-off':
    case 'model-closed':
      return go(state);
    default:
      return ignore(state);
  }
}

function stepEnded(state: CallState, input: CallInput): CallStep {
  // Both legs report their end after the call's own, tools are called off with it, and where the caller went may be known too late.
  const late: readonly CallInput['type'][] = [
    'caller-closed',
    'model-closed',
    'end-ordered',
    'end-called-off',
    'caller-found',
  ];
  return { state, effects: [], expected: late.includes(input.type) };
}

function go(state: CallState, ...effects: CallEffect[]): CallStep {
  return { state, effects, expected: true };
}

function ignore(state: CallState): CallStep {
  return { state, effects: [], expected: false };
}

function replace(state: CallState & { name: 'active' }, fresh: boolean): CallStep {
  return go({ name: 'resuming', reopened: state.reopened, attempt: 1 }, { type: 'replace-model', fresh });
}

function retryAfter(attempt: number): CallEffect {
  return { type: 'retry-after', delayMs: RETRY_DELAY_MS * attempt };
}

function modelFailed(error: ModelError): CallStep {
  return end({ reason: 'model-failed', error });
}

function end(outcome: { reason: CallEndReason; error?: LivelineError }): CallStep {
  const state: CallState = { name: 'ended', reason: outcome.reason };
  if (outcome.error) state.error = outcome.error;
  return go(state, { type: 'close-model' }, { type: 'close-caller', ...closeFrame(outcome.reason) });
}

/** RFC 6455 §7.4.1. The words are for Twilio's debugger. */
function closeFrame(reason: CallEndReason): { code: number; reason: string } {
  switch (reason) {
    case 'never-started':
    case 'refused':
      return { code: 1008, reason: 'no valid start' };
    case 'model-failed':
    case 'internal-error':
      return { code: 1011, reason: 'agent unavailable' };
    case 'server-stopping':
      return { code: 1001, reason: 'server stopping' };
    default:
      return { code: 1000, reason: 'call ended' };
  }
}

function closedByCaller(
  state: CallState,
  { reason, expected = 'caller-hung-up' }: CallInput & { type: 'caller-closed' },
): CallEndReason {
  switch (reason) {
    case 'stopped':
      // Hanging up on the agent's last words does not change why the call ended.
      return state.name === 'draining' ? state.reason : expected;
    case 'refused':
    case 'rubbish':
      return 'refused';
    case 'disconnected':
      return state.name === 'awaiting-start' ? 'never-started' : 'caller-lost';
    case 'unresponsive':
    case 'closed':
      return 'caller-lost';
  }
}

function setupTimedOut(): ModelError {
  return new ModelError('MODEL_TIMEOUT', 'the model did not answer in time', { phase: 'setup', retryable: true });
}
