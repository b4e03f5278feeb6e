import type { CallEvent } from '../../call/events.js';
import type { CallEndReason } from '../../call/ports.js';

/** The words of a union of types; the compiler sees to it that none is missing, and none is invented. */
function wordsOf<Word extends string>(words: Readonly<Record<Word, true>>): Word[] {
  return Object.keys(words) as Word[];
}

/** Every type of event that a test can wait for. */
export const EVENT_TYPES = wordsOf<CallEvent['type']>({
  started: true,
  'looked-up': true,
  outbound: true,
  'model-opening': true,
  'model-ready': true,
  'model-lost': true,
  'model-going-away': true,
  'model-unwell': true,
  'model-waiting': true,
  'greeting-protected': true,
  'greeting-released': true,
  transcript: true,
  turn: true,
  'turn-empty': true,
  interrupted: true,
  activity: true,
  'turn-closed': true,
  'reply-heard': true,
  tool: true,
  'tool-server': true,
  grounded: true,
  code: true,
  'activity-reported': true,
  'handed-over': true,
  digits: true,
  'digits-sent': true,
  'digits-collecting': true,
  'digits-collected': true,
  transfer: true,
  'sms-sent': true,
  said: true,
  'message-received': true,
  usage: true,
  prompted: true,
  'caller-audio-dropped': true,
  'playout-overflowed': true,
  irregular: true,
  unexpected: true,
  draining: true,
  'end-called-off': true,
  ended: true,
});

/** Every reason for which a call can end. */
export const END_REASONS = wordsOf<CallEndReason>({
  'caller-hung-up': true,
  'agent-hung-up': true,
  'operator-hung-up': true,
  'never-started': true,
  refused: true,
  'caller-lost': true,
  'model-failed': true,
  'time-limit': true,
  'no-input': true,
  'machine-answered': true,
  transferred: true,
  'server-stopping': true,
  'internal-error': true,
});
