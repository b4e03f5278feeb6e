import { randomBytes } from 'node:crypto';
import type { Clock } from '../../clock.js';
import type { PhoneEndReason, PhoneEvent } from '../phone/phone-event.js';
import type { PhoneLeg } from '../phone/phone-leg.js';
import type { HttpMethod } from '../phone/twiml.js';
import { notify } from '../phone/webhook.js';

/** Source: Twilio, Call resource, `status`. */
export type CallStatus =
  'queued' | 'initiated' | 'ringing' | 'in-progress' | 'completed' | 'busy' | 'no-answer' | 'failed' | 'canceled';

const FINAL: ReadonlySet<CallStatus> = new Set(['completed', 'busy', 'no-answer', 'failed', 'canceled']);

/** Who is told of a call's statuses, and of which: as `StatusCallbackEvent` has them. */
export interface StatusCallback {
  url: string;
  method: HttpMethod;
  events: ReadonlySet<string>;
}

export interface CarrierRecording {
  readonly sid: string;
  /** Every status it had, the present one last. */
  readonly statuses: ('in-progress' | 'paused' | 'stopped')[];
}

export interface CarrierCallOptions {
  clock: Clock;
  authToken: string;
  statusCallback?: StatusCallback | undefined;
  /** Every callback comes twice, as Twilio's may. */
  duplicateCallbacks: boolean;
}

/** One call as the API has it: its leg, its status, and what is told of it. */
export class CarrierCall {
  readonly leg: PhoneLeg;
  readonly recordings: CarrierRecording[] = [];
  answeredBy: string | undefined;
  readonly #options: CarrierCallOptions;
  #status: CallStatus = 'queued';
  #sequence = 0;
  #answeredMs: number | undefined;
  #durationMs = 0;
  #told: Promise<void> = Promise.resolve();

  constructor(leg: PhoneLeg, options: CarrierCallOptions) {
    this.leg = leg;
    this.#options = options;
  }

  get sid(): string {
    return this.leg.callSid;
  }

  get status(): CallStatus {
    return this.#status;
  }

  get isOver(): boolean {
    return FINAL.has(this.#status);
  }

  /** Whole seconds since it was answered; 0 for a call that never was. */
  get durationS(): number {
    const { clock } = this.#options;
    const ms = this.isOver ? this.#durationMs : clock.nowMs() - (this.#answeredMs ?? clock.nowMs());
    return Math.round(ms / 1000);
  }

  /** Resolves when everything so far was told. */
  get told(): Promise<void> {
    return this.#told;
  }

  /** Takes the status from what the telephone does. */
  onPhoneEvent(event: PhoneEvent): void {
    if (event.type === 'answered' || event.type === 'twiml') this.advance('in-progress');
    if (event.type === 'ended') this.advance(finalStatus(event.reason, this.#answeredMs !== undefined));
  }

  advance(status: CallStatus): void {
    if (this.isOver || status === this.#status) return;
    const { clock, statusCallback } = this.#options;
    if (status === 'in-progress') this.#answeredMs = clock.nowMs();
    if (FINAL.has(status) && this.#answeredMs !== undefined) this.#durationMs = clock.nowMs() - this.#answeredMs;
    this.#status = status;
    if (!statusCallback) return;
    const event = FINAL.has(status) ? 'completed' : status === 'in-progress' ? 'answered' : status;
    if (!statusCallback.events.has(event)) return;
    this.#tell(statusCallback, {
      CallStatus: status,
      SequenceNumber: String(this.#sequence++),
      CallbackSource: 'call-progress-events',
      Timestamp: rfc2822(clock.wallMs()),
      ...(FINAL.has(status) && {
        CallDuration: String(this.durationS),
        Duration: String(Math.ceil(this.durationS / 60)),
        SipResponseCode: sipResponse(status),
      }),
    });
  }

  /** What the detection of machines found. Source: Twilio, Answering Machine Detection, `AsyncAmdStatusCallback`. */
  detected(answeredBy: string, afterMs: number, callback: Omit<StatusCallback, 'events'> | undefined): void {
    if (this.isOver) return;
    this.answeredBy = answeredBy;
    if (!callback) return;
    this.#tell(callback, { AnsweredBy: answeredBy, MachineDetectionDuration: String(Math.round(afterMs)) });
  }

  #tell({ url, method }: Omit<StatusCallback, 'events'>, more: Record<string, string>): void {
    const { authToken, duplicateCallbacks } = this.#options;
    const fields = { ...this.leg.fields(), ...more };
    const send = (): Promise<void> => notify({ url, method, fields, authToken });
    this.#told = this.#told.then(send);
    if (duplicateCallbacks) this.#told = this.#told.then(send);
  }
}

function finalStatus(reason: PhoneEndReason, answered: boolean): CallStatus {
  if (answered) return 'completed';
  switch (reason) {
    case 'busy':
    case 'no-answer':
    case 'canceled':
      return reason;
    case 'agent-hung-up':
      // Completed by REST while it rang.
      return 'canceled';
    default:
      return 'failed';
  }
}

/** Source: RFC 3261 §21. */
function sipResponse(status: CallStatus): string {
  if (status === 'busy') return '486';
  if (status === 'no-answer' || status === 'canceled') return '487';
  return status === 'failed' ? '404' : '200';
}

export function rfc2822(wallMs: number): string {
  return new Date(wallMs).toUTCString().replace('GMT', '+0000');
}

/** A Twilio SID of the given kind. */
export function newSid(prefix: string): string {
  return prefix + randomBytes(16).toString('hex');
}
