import type { OutboundStatus } from '../call/ports.js';

/** A call that we make, as far as this instance knows. */
export interface OutboundCall {
  readonly id: string;
  readonly agent: string;
  readonly to: string;
  readonly from: string;
  /** Absent until Twilio has said it. */
  readonly callSid?: string;
  readonly status: OutboundStatus;
  /** What the detection of machines found, in Twilio's words; absent until it did. */
  readonly answeredBy?: string;
  /** The agent's message was heard on a machine to its end; only known to the instance where it was spoken. */
  readonly messageLeft?: true;
  /** How long it was up, in whole seconds; only of one that is over. */
  readonly durationS?: number;
  /** Why it failed, where we know. */
  readonly error?: { code: string; detail: string };
  /** Milliseconds since the Unix epoch. */
  readonly orderedMs: number;
}

/** Source: Twilio, Call resource, `status`, and `initiated` of its callbacks. */
const RANKS: Readonly<Record<OutboundStatus, number>> = {
  queued: 0,
  initiated: 1,
  ringing: 2,
  'in-progress': 3,
  completed: 4,
  busy: 4,
  'no-answer': 4,
  failed: 4,
  canceled: 4,
};

/** Whether nothing follows this status. */
export function isFinal(status: OutboundStatus): boolean {
  return RANKS[status] === RANKS.completed;
}

/** Whether one status follows another: callbacks come twice, late, and in any order, and none leads back. */
export function follows(status: OutboundStatus, next: OutboundStatus): boolean {
  return RANKS[next] > RANKS[status];
}

/** A status as Twilio writes it, or undefined for a word that is none. */
export function parseOutboundStatus(text: unknown): OutboundStatus | undefined {
  return typeof text === 'string' && Object.hasOwn(RANKS, text) ? (text as OutboundStatus) : undefined;
}
