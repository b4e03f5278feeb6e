import type { CallStart, ReturnedCall } from '../call/ports.js';
import { WebhookError } from '../errors.js';
import type { StreamStart } from './wire.js';

/** A call that asks what to do: Twilio's voice webhook, as far as it is used. */
export type VoiceRequest = Omit<CallStart, 'agent'>;

const SIP_HEADER_PREFIX = 'SipHeader_';

// Fields that are no parameters of the call: carried elsewhere, doubled by Twilio, opaque, or the plumbing of SIP.
const NO_PARAMETER =
  /^(CallSid|AccountSid|ApplicationSid|ParentCallSid|From|To|Direction|CallStatus|ApiVersion|CallToken|StirPassportToken|bodySHA256|Call(er|ed)(City|State|Zip|Country)?|Sip(Domain|DomainSid|CallId|SourceIp|Header_.*))$/;

/**
 * Reads the fields of the voice webhook. Everything that is not Twilio's own bookkeeping becomes a parameter of the
 * call: what a Voice SDK client or the webhook's url adds, and facts such as `FromCity`.
 * @param fields form or query fields; Twilio's are all strings, and a field given twice counts as absent
 * @throws WebhookError `FIELDS_MISSING`, 400
 */
export function parseVoiceRequest(fields: Readonly<Record<string, unknown>>): VoiceRequest {
  const texts = Object.entries(fields).filter((field): field is [string, string] => typeof field[1] === 'string');
  const text = new Map(texts);
  const missing = ['CallSid', 'AccountSid'].filter((name) => (text.get(name) ?? '') === '');
  if (missing.length > 0) throw new WebhookError('FIELDS_MISSING', `missing form fields: ${missing.join(', ')}`, 400);
  return {
    callSid: text.get('CallSid') ?? '',
    accountSid: text.get('AccountSid') ?? '',
    from: text.get('From') ?? '',
    to: text.get('To') ?? '',
    // `outbound-api`, `outbound-dial`, or `inbound`.
    direction: text.get('Direction')?.startsWith('outbound') === true ? 'outbound' : 'inbound',
    sipHeaders: Object.fromEntries(unprefixed(texts, SIP_HEADER_PREFIX)),
    parameters: Object.fromEntries(texts.filter(([name]) => !NO_PARAMETER.test(name))),
  };
}

const SIP_PREFIX = 'sip_';
const PARAMETER_PREFIX = 'parameter_';
const HANDLE_PREFIX = 'returned_handle_';

/** Name and value of one `<Parameter>` together must stay below 500 characters. Source: Twilio, TwiML `<Stream>`. */
const MAX_PARAMETER_CHARS = 499;
/** Headers and further parameters that are carried; keeps the TwiML far below Twilio's 64 KB. */
const MAX_CARRIED = 40;
/** A SIP URI can be long; what is cut off here is nothing a person would miss. */
const MAX_ADDRESS_CHARS = 400;

/**
 * What the stream has to know of its call, as `<Parameter>`s: the stream may reach another instance than the webhook.
 * A header or parameter that does not fit, or has an unusual name, is left out.
 */
export function streamParameters(request: VoiceRequest, agent: string): Record<string, string> {
  const { from, to, direction, outbound, serverUrl = '', returned } = request;
  const own = {
    ...{ agent, from, to, direction, server: serverUrl },
    ...(outbound && { outbound: outbound.id, leaves_message: String(outbound.leavesMessage) }),
    ...(returned && returnedParameters(returned)),
  };
  const carried = [...prefixed(request.sipHeaders, SIP_PREFIX), ...prefixed(request.parameters, PARAMETER_PREFIX)];
  return Object.fromEntries([
    ...Object.entries(own)
      .map(([name, value]) => [name, plain(value.slice(0, MAX_ADDRESS_CHARS))] as const)
      .filter(([, value]) => value !== ''),
    ...carried.slice(0, MAX_CARRIED),
  ]);
}

/** A handle may be longer than a parameter. */
function returnedParameters(returned: ReturnedCall): Record<string, string> {
  const { from, why, spentMs, beganWallMs, handle = '' } = returned;
  const pieces = handle.match(new RegExp(`.{1,${MAX_ADDRESS_CHARS}}`, 'g')) ?? [];
  const named = pieces.map((piece, index) => [`${HANDLE_PREFIX}${index}`, piece] as const);
  return {
    returned_from: from,
    returned_why: why,
    returned_spent_ms: String(spentMs),
    returned_began_wall_ms: String(beganWallMs),
    ...Object.fromEntries(named),
  };
}

function readReturned(parameters: Readonly<Record<string, string>>): Pick<CallStart, 'returned'> {
  const { returned_from: from, returned_why: why = '' } = parameters;
  if (from === undefined) return {};
  const spentMs = Number(parameters['returned_spent_ms'] ?? 0);
  const beganWallMs = Number(parameters['returned_began_wall_ms'] ?? 0);
  let handle = '';
  for (let index = 0; `${HANDLE_PREFIX}${index}` in parameters; index += 1)
    handle += parameters[`${HANDLE_PREFIX}${index}`] ?? '';
  return { returned: { from, why, spentMs, beganWallMs, ...(handle !== '' && { handle }) } };
}

/** The call that a stream's `start` speaks of, or undefined when its parameters name no agent. */
export function readStreamParameters({ callSid, accountSid, customParameters }: StreamStart): CallStart | undefined {
  const { agent, from = '', to = '', direction, server, outbound, leaves_message: leavesMessage } = customParameters;
  if (agent === undefined) return undefined;
  const all = Object.entries(customParameters);
  return {
    callSid,
    accountSid,
    agent,
    from,
    to,
    direction: direction === 'outbound' ? 'outbound' : 'inbound',
    sipHeaders: Object.fromEntries(unprefixed(all, SIP_PREFIX)),
    parameters: Object.fromEntries(unprefixed(all, PARAMETER_PREFIX)),
    ...(server !== undefined && { serverUrl: server }),
    ...readReturned(customParameters),
    ...(outbound !== undefined && { outbound: { id: outbound, leavesMessage: leavesMessage === 'true' } }),
  };
}

function prefixed(values: Readonly<Record<string, string>>, prefix: string): [string, string][] {
  return Object.entries(values)
    .map(([name, value]): [string, string] => [prefix + name, plain(value)])
    .filter(([name, value]) => {
      return /^[\w.-]+$/.test(name) && value !== '' && name.length + value.length <= MAX_PARAMETER_CHARS;
    });
}

function unprefixed(entries: readonly [string, string][], prefix: string): [string, string][] {
  return entries.filter(([name]) => name.startsWith(prefix)).map(([name, value]) => [name.slice(prefix.length), value]);
}

/**
 * Text that comes back from Twilio as it went: the stream's token covers every parameter, so none may be changed by
 * XML, which has no control characters and folds white space, and none may be empty, which may be left out.
 */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}\s\uFFFE\uFFFF]+/gu, ' ').trim();
}
