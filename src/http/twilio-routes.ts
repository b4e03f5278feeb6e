import express, { type NextFunction, type Request, type Response, type Router } from 'express';
import type { CallRegistry } from '../call/registry.js';
import type { CallEndReason } from '../call/ports.js';
import { WebhookError } from '../errors.js';
import { type MessageRequest, NO_REPLY_TWIML, parseMessageRequest } from '../twilio/message-request.js';
import { isDirectLoopback, publicBase, readRequestFacts } from '../twilio/public-url.js';
import type { SignatureCheck } from '../twilio/signature.js';
import type { StreamTokens } from '../twilio/stream-token.js';
import { parseVoiceRequest } from '../twilio/voice-request.js';
import { fallbackTwiml, hangupTwiml, refusalTwiml, type SpokenLine } from '../twilio/voice-twiml.js';
import { type AnsweringAgent, connectToAgent } from './connect-agent.js';
import { createOutboundRoutes, type OutboundRouteOptions } from './outbound-routes.js';
import { createTransferRoutes, type TransferDesk, type TransferRouteOptions } from './transfer-routes.js';
import { fieldsOf, formOf, sendTwiml } from './twilio-request.js';

/** Who calls. */
export interface CallerSeat {
  /** As the carrier gave it; may be no number at all. */
  address: string;
  /** The call comes straight from this machine, as tests and `liveline call` make it. */
  isLocal: boolean;
}

/** Whether a call is taken, and by whom. */
export type CallVerdict =
  | { kind: 'admitted'; agent: AnsweringAgent }
  /** Nobody answers: the caller is told so. */
  | { kind: 'closed'; line: SpokenLine }
  | { kind: 'refused'; because: 'blocked' | 'too-often' }
  /** There is no such agent. */
  | { kind: 'unknown' };

export interface TwilioRouteOptions extends OutboundRouteOptions, Omit<TransferRouteOptions, 'transfers'> {
  /** Absent: there are no credentials, and nobody is put through. */
  transfers: TransferDesk | undefined;
  calls: CallRegistry;
  tokens: StreamTokens;
  /** Absent: no auth token is configured, and only this machine is answered. */
  signatures: SignatureCheck | undefined;
  publicUrl: string | undefined;
  /** The agent asked for by name, or by the called number, or the default one; undefined when there is none such. */
  findAgent: (wanted: { name?: string; calledNumber?: string }) => AnsweringAgent | undefined;
  /** As `findAgent`, under the rules for this caller at this time. */
  admit: (wanted: { name?: string; calledNumber?: string }, caller: CallerSeat) => CallVerdict;
  /** A text message came. It must not throw. */
  onMessage(message: MessageRequest): void;
  /** Told of calls that were not taken by an agent's own rules. */
  onTurnedAway(callSid: string, why: string): void;
}

/** Endings after which there is nothing to say: the caller left, or has heard the goodbye. Any other is a failure. */
const SPOKEN_OUT: ReadonlySet<CallEndReason> = new Set<CallEndReason>([
  'caller-hung-up',
  'agent-hung-up',
  'operator-hung-up',
  'time-limit',
  'no-input',
  'machine-answered',
  'transferred',
]);

/** `CallStatus` values that are final. Source: Twilio, Call resource. */
const FINAL_STATUSES = new Set(['completed', 'busy', 'no-answer', 'failed', 'canceled']);

/** Twilio's webhooks. They answer from memory: no connection is opened and no disk is read before the answer. */
export function createTwilioRoutes(options: TwilioRouteOptions): Router {
  const router = express.Router();
  router.use(express.urlencoded({ extended: false, limit: '64kb', parameterLimit: 500 }));
  router.use(requireTwilio(options));
  router.all(['/voice', '/voice/:agent'], (request, response) => answerCall(options, request, response));
  router.use('/outbound', createOutboundRoutes(options));
  router.all('/message', (request, response) => {
    options.onMessage(parseMessageRequest(fieldsOf(request)));
    sendTwiml(response, NO_REPLY_TWIML);
  });
  const { transfers } = options;
  if (transfers) router.use('/transfer', createTransferRoutes({ ...options, transfers }));
  router.all('/after-stream', (request, response) => afterStream(options, request, response));
  router.all('/status', (request, response) => {
    const { CallSid, CallStatus } = fieldsOf(request);
    if (typeof CallSid === 'string' && FINAL_STATUSES.has(String(CallStatus))) {
      options.calls.find(CallSid)?.end('caller-hung-up');
    }
    response.status(204).end();
  });
  router.all('/stream-status', (_request, response) => {
    response.status(204).end();
  });
  return router;
}

function requireTwilio({ signatures, publicUrl }: TwilioRouteOptions) {
  return (request: Request, _response: Response, next: NextFunction) => {
    const facts = readRequestFacts(request);
    if (!signatures) {
      const detail = 'without TWILIO_AUTH_TOKEN only this machine itself is answered';
      next(isDirectLoopback(facts) ? undefined : new WebhookError('ACCESS_DENIED', detail, 403));
      return;
    }
    const signed = signatures.verifyRequest({
      signature: request.get('x-twilio-signature'),
      url: publicBase(facts, publicUrl).http + request.originalUrl,
      params: request.method === 'GET' ? {} : formOf(request),
    });
    next(signed ? undefined : new WebhookError('SIGNATURE_INVALID', 'the request is not signed by Twilio', 403));
  };
}

function answerCall(options: TwilioRouteOptions, request: Request, response: Response): void {
  const voice = parseVoiceRequest(fieldsOf(request));
  const name = request.params['agent'];
  const wanted = typeof name === 'string' ? { name } : { calledNumber: voice.to };
  const isLocal = isDirectLoopback(readRequestFacts(request));
  const verdict = options.admit(wanted, { address: voice.from, isLocal });
  if (verdict.kind === 'refused') {
    options.onTurnedAway(voice.callSid, verdict.because);
    sendTwiml(response, refusalTwiml(verdict.because === 'blocked' ? 'rejected' : 'busy'));
    return;
  }
  if (verdict.kind === 'closed') {
    options.onTurnedAway(voice.callSid, 'outside opening hours');
    sendTwiml(response, fallbackTwiml(verdict.line));
    return;
  }
  const agent = verdict.kind === 'admitted' ? verdict.agent : undefined;
  if (!agent || !options.calls.hasRoom) {
    sendTwiml(response, fallbackTwiml((agent ?? options.findAgent({}))?.fallback));
    return;
  }
  sendTwiml(response, connectToAgent(options, request, voice, agent));
}

function afterStream({ calls, findAgent }: TwilioRouteOptions, request: Request, response: Response): void {
  const { CallSid, CallStatus } = fieldsOf(request);
  const { agent: name, outcome: told } = request.query;
  const outcome = typeof CallSid === 'string' ? calls.outcome(CallSid) : undefined;
  const spokenOut = SPOKEN_OUT.has(outcome?.reason ?? (told as CallEndReason));
  if (spokenOut || FINAL_STATUSES.has(String(CallStatus))) {
    sendTwiml(response, hangupTwiml());
    return;
  }
  // The agent that had the call last may not be the one that it began with.
  const last = outcome?.agent ?? name;
  const agent = (typeof last === 'string' ? findAgent({ name: last }) : undefined) ?? findAgent({});
  sendTwiml(response, fallbackTwiml(agent?.fallback));
}
