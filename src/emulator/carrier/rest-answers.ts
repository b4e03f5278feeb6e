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

/** Source: Twilio, Conference resource: read without a status, those in progress. One that is over is not kept here. */
export function conferencePage(network: Network, friendlyName: unknown, wanted: unknown = 'in-progress') {
  const conferences = network.rooms
    .filter(({ name, status }) => status === wanted && (friendlyName === undefined || friendlyName === name))
    .map(({ name, sid, status }) => ({
      ...common(network, `Conferences/${sid}`),
      sid,
      friendly_name: name,
      status,
      region: 'us1',
    }));
  const uri = `/2010-04-01/Accounts/${network.options.accountSid}/Conferences.json`;
  return { conferences, page: 0, page_size: 50, start: 0, end: 0, uri, first_page_uri: uri, next_page_uri: null };
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
