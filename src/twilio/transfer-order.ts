import { z } from 'zod';
import { createUrlSeal, type UrlSeal } from './url-seal.js';

const orderSchema = z.strictObject({
  /** Ours; names the room where both meet. */
  id: z.string().min(1),
  agent: z.string().min(1),
  /** Whom the agents file calls so. */
  to: z.string().min(1),
  /** The caller's call. */
  callSid: z.string().min(1),
  /** What whoever answers is told first. */
  briefing: z.strictObject({ say: z.string(), language: z.string() }).exactOptional(),
  /** Until when it can be taken, in milliseconds since the epoch, and in which call whoever is asked is asked. */
  decision: z
    .strictObject({ untilWallMs: z.number(), answeringSid: z.string().min(1).exactOptional() })
    .exactOptional(),
  /** How long agents have had the call, in milliseconds. */
  spentMs: z.number(),
  /** When the conversation began in which it was ordered, in milliseconds since the epoch. */
  beganWallMs: z.number(),
  /** What takes the model's session up, should the caller come back. */
  handle: z.string().exactOptional(),
  /** What the call came with, for the same. */
  parameters: z.record(z.string(), z.string()).exactOptional(),
  sipHeaders: z.record(z.string(), z.string()).exactOptional(),
});

/** A caller who is being put through, for whichever instance is asked what comes next. */
export type TransferOrder = z.infer<typeof orderSchema>;

export type TransferSeal = UrlSeal<TransferOrder>;

/** @param secrets the first one seals, all of them open */
export function createTransferSeal(secrets: readonly [string, ...string[]]): TransferSeal {
  return createUrlSeal(secrets, 'transfer order', orderSchema);
}

/**
 * Sealed and in a url, an order is part of TwiML that may have 4,000 characters. A byte of it takes four thirds of one, and
 * a quarter of them is left for the rest. Source: Twilio, Call resource, `Twiml`.
 */
const MAX_ORDER_BYTES = 2_200;

/**
 * The order with as much of what is useful as there is room for: the session, which holds all that was said, then
 * parameters and SIP headers, each by itself in the order in which they came.
 */
export function fittedOrder(order: TransferOrder): TransferOrder {
  const { handle, parameters = {}, sipHeaders = {}, ...needed } = order;
  let fitted: TransferOrder = needed;
  const addIfFits = (more: Partial<TransferOrder>): void => {
    const candidate = { ...fitted, ...more };
    if (Buffer.byteLength(JSON.stringify(candidate)) <= MAX_ORDER_BYTES) fitted = candidate;
  };
  if (handle !== undefined) addIfFits({ handle });
  for (const [name, value] of Object.entries(parameters)) {
    addIfFits({ parameters: { ...fitted.parameters, [name]: value } });
  }
  for (const [name, value] of Object.entries(sipHeaders)) {
    addIfFits({ sipHeaders: { ...fitted.sipHeaders, [name]: value } });
  }
  return fitted;
}

/** What Twilio asks of a transfer, by url. */
export function transferUrls(serverUrl: string, sealed: string): { after: string; brief: string; decide: string } {
  const url = (what: string) => `${serverUrl}/twilio/transfer/${what}?order=${sealed}`;
  return { after: url('after'), brief: url('brief'), decide: url('decide') };
}
