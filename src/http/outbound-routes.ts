import express, { type Request, type Response, type Router } from 'express';
import type { CallRegistry } from '../call/registry.js';
import { WebhookError } from '../errors.js';
import type { OutboundNews } from '../twilio/dialer.js';
import { parseOutboundStatus } from '../twilio/outbound-call.js';
import type { OutboundOrder } from '../twilio/outbound-order.js';
import { publicBase, readRequestFacts } from '../twilio/public-url.js';
import type { StreamTokens } from '../twilio/stream-token.js';
import { parseVoiceRequest } from '../twilio/voice-request.js';
import { fallbackTwiml, hangupTwiml } from '../twilio/voice-twiml.js';
import { type AnsweringAgent, connectToAgent } from './connect-agent.js';
import { fieldsOf, sendTwiml } from './twilio-request.js';

/** What Twilio tells of calls that we make; each url holds the order, as any instance may be asked. */
export interface OutboundHooks {
  /** The order of a url, or undefined for one that is none of ours. */
  openOrder(sealed: string): OutboundOrder | undefined;
  /** Whether the call was given up, as far as this instance knows. */
  isGivenUp(order: OutboundOrder): boolean;
  /** The call has another status; `order.id` may be unknown here. */
  onNews(order: OutboundOrder, news: OutboundNews): void;
  /** The detection of machines has found who answered. */
  onAnsweredBy(order: OutboundOrder, found: { callSid: string; answeredBy: string; baseUrl: string }): void;
}

export interface OutboundRouteOptions {
  calls: CallRegistry;
  tokens: StreamTokens;
  publicUrl: string | undefined;
  findAgent: (wanted: { name?: string }) => AnsweringAgent | undefined;
  outbound: OutboundHooks;
}

/** Twilio's webhooks for calls that we make. Whoever mounts them has checked the signature. */
export function createOutboundRoutes(options: OutboundRouteOptions): Router {
  const { outbound, publicUrl } = options;
  const router = express.Router();
  router.all('/voice', (request, response) => answerOutbound(options, request, response));
  router.all('/status', (request, response) => {
    const { CallSid, CallStatus, CallDuration } = fieldsOf(request);
    const durationS = typeof CallDuration === 'string' && /^\d+$/.test(CallDuration) ? Number(CallDuration) : undefined;
    const callSid = typeof CallSid === 'string' ? CallSid : undefined;
    outbound.onNews(orderOf(outbound, request), { callSid, status: parseOutboundStatus(CallStatus), durationS });
    response.status(204).end();
  });
  router.all('/answered-by', (request, response) => {
    const { callSid } = parseVoiceRequest(fieldsOf(request));
    const { AnsweredBy: answeredBy } = fieldsOf(request);
    const baseUrl = publicBase(readRequestFacts(request), publicUrl).http;
    if (typeof answeredBy === 'string') {
      outbound.onAnsweredBy(orderOf(outbound, request), { callSid, answeredBy, baseUrl });
    }
    response.status(204).end();
  });
  return router;
}

function answerOutbound(options: OutboundRouteOptions, request: Request, response: Response): void {
  const { calls, findAgent, outbound } = options;
  const order = orderOf(outbound, request);
  const { order: _sealed, ...fields } = fieldsOf(request);
  const voice = parseVoiceRequest(fields);
  outbound.onNews(order, { callSid: voice.callSid, status: 'in-progress' });
  if (outbound.isGivenUp(order)) {
    sendTwiml(response, hangupTwiml());
    return;
  }
  const agent = findAgent({ name: order.agent });
  if (!agent || !calls.hasRoom) {
    sendTwiml(response, fallbackTwiml(agent?.fallback));
    return;
  }
  // The order's own variables come first: they are carried even where Twilio has a lot to say.
  const parameters = { ...order.variables, ...voice.parameters, ...order.variables };
  const { id, leavesMessage } = order;
  sendTwiml(
    response,
    connectToAgent(options, request, { ...voice, parameters, outbound: { id, leavesMessage } }, agent),
  );
}

function orderOf(outbound: OutboundHooks, request: Request): OutboundOrder {
  const { order: sealed } = request.query;
  const order = typeof sealed === 'string' ? outbound.openOrder(sealed) : undefined;
  if (!order)
    throw new WebhookError('FIELDS_MISSING', 'the order in the url is none of ours, or of another secret', 400);
  return order;
}
