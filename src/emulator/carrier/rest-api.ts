import { timingSafeEqual } from 'node:crypto';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { LivelineError } from '../../errors.js';
import { parseTwiml, type HttpMethod } from '../phone/twiml.js';
import type { Network, OutboundOrder } from './network.js';
import { newSid, type CarrierCall } from './carrier-call.js';
import { callResource, conferencePage, messageResource, recordingResource, RestRefusal } from './rest-answers.js';

/** Source: Twilio, Call resource, `Twiml`. */
const MAX_TWIML_CHARACTERS = 4000;
/** Source: Twilio, Message resource, `Body`. */
const MAX_BODY_CHARACTERS = 1600;
const E164 = /^\+[1-9]\d{6,14}$/;
/** Source: Twilio, `Timeout` of a new call, in seconds. */
const DEFAULT_TIMEOUT_S = 60;

type Form = Readonly<Record<string, string | string[] | undefined>>;

/** Twilio's REST API over the telephones of a network, as far as a voice bridge uses it. */
export function createRestApi(network: Network): Express {
  const api = express();
  api.use(express.urlencoded({ extended: false, limit: '64kb' }));
  const account = '/2010-04-01/Accounts/:account';
  api.use(account, (request, _response, next) => {
    admit(network, request);
    refuseIfTold(network);
    next();
  });
  api.post(`${account}/Calls.json`, (request, response) => createCall(network, request, response));
  api.get(`${account}/Calls/:call.json`, (request, response) => {
    response.json(callResource(network, callOf(network, request)));
  });
  api.post(`${account}/Calls/:call.json`, (request, response) => {
    const call = callOf(network, request);
    updateCall(call, formOf(request));
    response.json(callResource(network, call));
  });
  api.post(`${account}/Calls/:call/Recordings.json`, (request, response) => {
    const call = callOf(network, request);
    if (call.status !== 'in-progress') throw new RestRefusal(400, 21220, 'Requested resource is not eligible');
    const recording = { sid: newSid('RE'), statuses: ['in-progress' as const] };
    call.recordings.push(recording);
    response.status(201).json(recordingResource(network, call, recording));
  });
  api.post(`${account}/Calls/:call/Recordings/:recording.json`, (request, response) => {
    updateRecording(network, request, response);
  });
  api.get(`${account}/Conferences.json`, (request, response) => {
    response.json(conferencePage(network, request.query['FriendlyName'], request.query['Status']));
  });
  api.post(`${account}/Messages.json`, (request, response) => createMessage(network, request, response));
  api.use((request: Request, _response: Response) => {
    throw notFound(request);
  });
  api.use((thrown: unknown, _request: Request, response: Response, next: NextFunction) => {
    if (!(thrown instanceof RestRefusal)) {
      next(thrown);
      return;
    }
    const { httpStatus: status, twilioCode: code, detail: message } = thrown;
    response.status(status).json({ code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status });
  });
  return api;
}

/** Basic authentication, by the account's own token or an API key. */
function admit({ options }: Network, request: Request): void {
  const [scheme, encoded = ''] = (request.get('authorization') ?? '').split(' ');
  const [user = '', ...rest] = Buffer.from(encoded, 'base64').toString().split(':');
  const secret = user === options.accountSid ? options.authToken : options.apiKeys?.[user];
  const given = Buffer.from(rest.join(':'));
  const known = Buffer.from(secret ?? '');
  const matches = secret !== undefined && given.length === known.length && timingSafeEqual(given, known);
  if (scheme?.toLowerCase() !== 'basic' || !matches) throw new RestRefusal(401, 20003, 'Authenticate');
  if (request.params['account'] !== options.accountSid) throw notFound(request);
}

function refuseIfTold({ refusals }: Network): void {
  const [refusal] = refusals;
  if (!refusal) return;
  refusal.times = (refusal.times ?? 1) - 1;
  if (refusal.times === 0) refusals.shift();
  throw new RestRefusal(refusal.status, refusal.code, refusal.message ?? 'Refused');
}

function createCall(network: Network, request: Request, response: Response): void {
  const form = formOf(request);
  const call = network.create(readOrder(network, form));
  const answer = callResource(network, call, 'queued');
  const { createAnswerDelayMs = 0 } = network.options;
  if (createAnswerDelayMs === 0) response.status(201).json(answer);
  else network.clock.after(createAnswerDelayMs, () => response.status(201).json(answer));
}

function readOrder({ options }: Network, form: Form): OutboundOrder {
  const [to, from] = [text(form, 'To'), text(form, 'From')];
  if (!E164.test(to) && !/^sips?:/i.test(to)) throw new RestRefusal(400, 21211, `Invalid 'To' Phone Number: ${to}`);
  if (from === '') throw new RestRefusal(400, 21213, "'From' phone number is required");
  if (options.ownNumbers && !options.ownNumbers.includes(from)) {
    throw new RestRefusal(400, 21210, "'From' phone number not verified");
  }
  const timeLimitS = whole(form, 'TimeLimit');
  return {
    to,
    from,
    source: readSource(form) ?? missing('Url or Twiml'),
    timeoutMs: (whole(form, 'Timeout') ?? DEFAULT_TIMEOUT_S) * 1000,
    ...(timeLimitS !== undefined && { timeLimitMs: timeLimitS * 1000 }),
    ...readStatusCallback(form),
    ...readDetection(form),
  };
}

function readStatusCallback(form: Form): Pick<OutboundOrder, 'statusCallback'> {
  const url = text(form, 'StatusCallback');
  if (url === '') return {};
  // Source: Twilio, `StatusCallbackEvent`: without any, the end alone is told.
  const events = list(form, 'StatusCallbackEvent');
  return {
    statusCallback: {
      url,
      method: methodOf(form, 'StatusCallbackMethod'),
      events: new Set(events.length === 0 ? ['completed'] : events),
    },
  };
}

function readDetection(form: Form): Pick<OutboundOrder, 'detection'> {
  const mode = text(form, 'MachineDetection');
  if (mode === '') return {};
  if (mode !== 'Enable' && mode !== 'DetectMessageEnd') throw new RestRefusal(400, 20001, 'Invalid MachineDetection');
  if (text(form, 'AsyncAmd') !== 'true') {
    throw new RestRefusal(400, 20001, 'this stand-in for Twilio detects machines asynchronously only: AsyncAmd=true');
  }
  const url = text(form, 'AsyncAmdStatusCallback');
  const callback = url === '' ? {} : { callback: { url, method: methodOf(form, 'AsyncAmdStatusCallbackMethod') } };
  return { detection: { mode, ...callback } };
}

/** @returns undefined when the form has neither */
function readSource(form: Form): OutboundOrder['source'] | undefined {
  const [url, twiml] = [text(form, 'Url'), text(form, 'Twiml')];
  if (url !== '') return { url, method: methodOf(form, 'Method') };
  if (twiml === '') return undefined;
  if (twiml.length > MAX_TWIML_CHARACTERS) throw new RestRefusal(400, 21621, 'Twiml is longer than 4000 characters');
  try {
    return { verbs: parseTwiml(twiml) };
  } catch (error) {
    // Twilio takes it and fails when it is run; told here, the mistake is found where it was made.
    throw new RestRefusal(400, 12100, LivelineError.from(error).detail);
  }
}

function updateCall(call: CarrierCall, form: Form): void {
  const status = text(form, 'Status');
  if (call.isOver) throw new RestRefusal(400, 21220, 'Call is not in-progress. Cannot redirect.');
  if (status === 'completed' || (status === 'canceled' && !call.leg.answered)) {
    call.leg.hangUp('agent-hung-up');
    return;
  }
  const source = status === '' ? readSource(form) : undefined;
  if (!source) throw new RestRefusal(400, 20001, 'Status, Url or Twiml is needed');
  if (call.status !== 'in-progress') throw new RestRefusal(400, 21220, 'Call is not in-progress. Cannot redirect.');
  if (call.leg.options.direction === 'outbound-dial') {
    throw new RestRefusal(400, 20001, 'this stand-in for Twilio does not move a leg that <Dial> has made');
  }
  call.leg.replace(source);
}

function updateRecording(network: Network, request: Request, response: Response): void {
  const call = callOf(network, request);
  const wanted = request.params['recording'];
  const recording =
    wanted === 'Twilio.CURRENT' ? call.recordings.at(-1) : call.recordings.find(({ sid }) => sid === wanted);
  if (!recording || recording.statuses.at(-1) === 'stopped') throw notFound(request);
  const status = text(formOf(request), 'Status');
  if (status !== 'paused' && status !== 'in-progress' && status !== 'stopped') {
    throw new RestRefusal(400, 20001, 'Invalid Status');
  }
  recording.statuses.push(status);
  response.json(recordingResource(network, call, recording));
}

function createMessage(network: Network, request: Request, response: Response): void {
  const form = formOf(request);
  const [to, body] = [text(form, 'To'), text(form, 'Body')];
  const [from, messagingServiceSid] = [text(form, 'From'), text(form, 'MessagingServiceSid')];
  if (!E164.test(to)) throw new RestRefusal(400, 21211, `Invalid 'To' Phone Number: ${to}`);
  if (body === '') throw new RestRefusal(400, 21602, 'Message body is required');
  if (body.length > MAX_BODY_CHARACTERS)
    throw new RestRefusal(400, 21617, 'The concatenated message body exceeds the limit');
  if (from === '' && messagingServiceSid === '') throw new RestRefusal(400, 21603, "A 'From' phone number is required");
  const sender = messagingServiceSid === '' ? { from } : { messagingServiceSid };
  const message = { sid: newSid('SM'), to, body, ...sender };
  network.messages.push(message);
  response.status(201).json(messageResource(network, message));
}

function callOf(network: Network, request: Request): CarrierCall {
  const call = network.find(String(request.params['call']));
  if (!call) throw notFound(request);
  return call;
}

function notFound(request: Request): RestRefusal {
  return new RestRefusal(404, 20404, `The requested resource ${request.originalUrl} was not found`);
}

function missing(what: string): never {
  throw new RestRefusal(400, 21205, `${what} is required`);
}

function formOf(request: Request): Form {
  return (request.body ?? {}) as Form;
}

function list(form: Form, key: string): string[] {
  const value = form[key] ?? [];
  return Array.isArray(value) ? value : [value];
}

function text(form: Form, key: string): string {
  return list(form, key).at(-1) ?? '';
}

function whole(form: Form, key: string): number | undefined {
  const value = text(form, key);
  if (value === '') return undefined;
  if (!/^\d+$/.test(value)) throw new RestRefusal(400, 20001, `Invalid ${key}`);
  return Number(value);
}

function methodOf(form: Form, key: string): HttpMethod {
  return text(form, key).toUpperCase() === 'GET' ? 'GET' : 'POST';
}
