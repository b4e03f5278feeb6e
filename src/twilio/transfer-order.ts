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

/** Sealed and in a url, an order is part of TwiML that may have 4,000 characters. Source: Twilio, Call resource, `Twiml`. */
const MAX_ORDER_CHARACTERS = 2_000;

/** The order with as much of what is useful as there is room for: the session is worth more than parameters. */
export function fittedOrder(order: TransferOrder): TransferOrder {
  const { handle, parameters, sipHeaders, ...needed } = order;
  const extras = [handle !== undefined && { handle }, parameters && { parameters }, sipHeaders && { sipHeaders }];
  let fitted: TransferOrder = needed;
  for (const extra of extras) {
    const more = { ...fitted, ...extra };
    if (JSON.stringify(more).length <= MAX_ORDER_CHARACTERS) fitted = more;
  }
  return fitted;
}

/** What Twilio asks of a transfer, by url. */
export function transferUrls(serverUrl: string, sealed: string): { after: string; brief: string; decide: string } {
  const url = (what: string) => `${serverUrl}/twilio/transfer/${what}?order=${sealed}`;
  return { after: url('after'), brief: url('brief'), decide: url('decide') };
}
