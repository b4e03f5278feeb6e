import { WebhookError } from '../../errors.js';
import type { CarrierMessage, Network } from './network.js';
import { rfc2822, type CallStatus, type CarrierCall, type CarrierRecording } from './carrier-call.js';

/** A request that the API refuses, in Twilio's words. */
export class RestRefusal extends WebhookError {
  readonly twilioCode: number;

  constructor(httpStatus: number, twilioCode: number, message: string) {
    super('CALL_REFUSED', message, httpStatus);
    this.twilioCode = twilioCode;
  }
}

/** Source: Twilio, Call resource. */
export function callResource(network: Network, call: CarrierCall, status: CallStatus = call.status) {
  const { from, to, direction, parentCallSid } = call.leg.options;
  return {
    ...common(network, `Calls/${call.sid}`),
    sid: call.sid,
    parent_call_sid: parentCallSid ?? null,
    to,
    from,
    direction,
    // The API has no word for what the callback calls `initiated`.
    status: status === 'initiated' ? 'queued' : status,
    answered_by: call.answeredBy ?? null,
    duration: call.isOver ? String(call.durationS) : null,
    price: null,
    price_unit: 'USD',
  };
}

/** Source: Twilio, Message resource. */
export function messageResource(network: Network, message: CarrierMessage) {
  const { sid, to, body, from, messagingServiceSid } = message;
  return {
    ...common(network, `Messages/${sid}`),
    sid,
    to,
    from: from ?? null,
    messaging_service_sid: messagingServiceSid ?? null,
    body,
    status: messagingServiceSid === undefined ? 'queued' : 'accepted',
    direction: 'outbound-api',
    num_segments: '1',
    num_media: '0',
    error_code: null,
    error_message: null,
  };
}

/** Source: Twilio, Recording resource of a call. */
export function recordingResource(network: Network, call: CarrierCall, { sid, statuses }: CarrierRecording) {
  return {
    ...common(network, `Calls/${call.sid}/Recordings/${sid}`),
    sid,
    call_sid: call.sid,
    status: statuses.at(-1),
    channels: 1,
    source: 'StartCallRecordingAPI',
    duration: null,
  };
}

function common({ options, clock }: Network, path: string) {
  const now = rfc2822(clock.wallMs());
  return {
    account_sid: options.accountSid,
    api_version: '2010-04-01',
    date_created: now,
    date_updated: now,
    uri: `/2010-04-01/Accounts/${options.accountSid}/${path}.json`,
  };
}
