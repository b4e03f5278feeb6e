import express, { type Request, type Response, type Router } from 'express';
import type { CallRegistry } from '../call/registry.js';
import { WebhookError } from '../errors.js';
import { publicBase, readRequestFacts } from '../twilio/public-url.js';
import type { StreamTokens } from '../twilio/stream-token.js';
import type { TransferOrder } from '../twilio/transfer-order.js';
import { parseVoiceRequest } from '../twilio/voice-request.js';
import { fallbackTwiml, hangupTwiml, type SpokenLine } from '../twilio/voice-twiml.js';
import { type AnsweringAgent, connectToAgent } from './connect-agent.js';
import { fieldsOf, sendTwiml } from './twilio-request.js';

/** What somebody who was asked has said. */
export interface Decision {
  key: string;
  /** Their call. */
  answeringSid: string;
}

/** Whoever puts callers through. */
export interface TransferDesk {
  /** The order of a url, or undefined for one that is none of ours. */
  openOrder(sealed: string): TransferOrder | undefined;
  /**
   * What a caller hears whom nobody took, before the call ends; undefined: they go back to their agent, which has time left
   * for them.
   */
  unansweredLine(order: TransferOrder): SpokenLine | undefined;
  /** TwiML for somebody who has answered, and is to be asked. */
  brief(order: TransferOrder, answeringSid: string, serverUrl: string): string;
  /** TwiML for somebody who was asked and has pressed a key. */
  decide(order: TransferOrder, decision: Decision, serverUrl: string): Promise<string>;
}

export interface TransferRouteOptions {
  calls: CallRegistry;
  tokens: StreamTokens;
  publicUrl: string | undefined;
  findAgent: (wanted: { name?: string }) => AnsweringAgent | undefined;
  transfers: TransferDesk;
}

/** `CallStatus` values of a caller who is gone. Source: Twilio, Call resource. */
const GONE = new Set(['completed', 'busy', 'no-answer', 'failed', 'canceled']);
/** `DialCallStatus` values of somebody who answered; the second is that of a room. Source: Twilio, TwiML `<Dial>`. */
const ANSWERED = new Set(['completed', 'answered']);

/** Twilio's webhooks for callers who are put through. Whoever mounts them has checked the signature. */
export function createTransferRoutes(options: TransferRouteOptions): Router {
  const { transfers, publicUrl } = options;
  const serverUrl = (request: Request) => publicBase(readRequestFacts(request), publicUrl).http;
  const router = express.Router();
  router.all('/after', (request, response) => afterTransfer(options, request, response));
  router.all('/brief', (request, response) => {
    const { CallSid } = fieldsOf(request);
    sendTwiml(response, transfers.brief(orderOf(transfers, request), String(CallSid), serverUrl(request)));
  });
  router.all('/decide', async (request, response) => {
    const { Digits, CallSid } = fieldsOf(request);
    const decision = { key: String(Digits), answeringSid: String(CallSid) };
    sendTwiml(response, await transfers.decide(orderOf(transfers, request), decision, serverUrl(request)));
  });
  return router;
}

function afterTransfer(options: TransferRouteOptions, request: Request, response: Response): void {
  const { calls, findAgent, transfers } = options;
  const order = orderOf(transfers, request);
  const { order: _sealed, ...fields } = fieldsOf(request);
  const { CallStatus, DialCallStatus, DialBridged } = fields;
  // Somebody who answered and declined was never joined to the caller.
  const answered = ANSWERED.has(String(DialCallStatus));
  if ((answered && DialBridged !== 'false') || GONE.has(String(CallStatus))) {
    sendTwiml(response, hangupTwiml());
    return;
  }
  const agent = findAgent({ name: order.agent });
  const line = transfers.unansweredLine(order);
  if (line || !agent || !calls.hasRoom) {
    sendTwiml(response, fallbackTwiml(line ?? agent?.fallback));
    return;
  }
  const { parameters = {}, sipHeaders = {}, to: from, handle, spentMs, beganWallMs } = order;
  // A caller who is led here, from no `<Dial>`, was alone in a room: whoever took the call had hung up before they met.
  const why = answered || typeof DialCallStatus !== 'string' ? 'declined' : DialCallStatus;
  const returned = { from, why, spentMs, beganWallMs, ...(handle !== undefined && { handle }) };
  const voice = { ...parseVoiceRequest(fields), parameters, sipHeaders, returned };
  sendTwiml(response, connectToAgent(options, request, voice, agent));
}

function orderOf(transfers: TransferDesk, request: Request): TransferOrder {
  const { order: sealed } = request.query;
  const order = typeof sealed === 'string' ? transfers.openOrder(sealed) : undefined;
  if (!order)
    throw new WebhookError('FIELDS_MISSING', 'the order in the url is none of ours, or of another secret', 400);
  return order;
}
