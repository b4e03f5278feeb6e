import { z } from 'zod';
import { createUrlSeal, type UrlSeal } from './url-seal.js';

const orderSchema = z.strictObject({
  /** Our own name for the call: the carrier's is not known when it is ordered, and may be late afterwards. */
  id: z.string().min(1),
  agent: z.string().min(1),
  /** What the agent's templates are told. */
  variables: z.record(z.string(), z.string()),
  /** A machine listens: the agent leaves its message and hangs up. */
  leavesMessage: z.boolean(),
});

/** What a call that we make is about, for whichever instance is asked about it. */
export type OutboundOrder = z.infer<typeof orderSchema>;

export type OrderSeal = UrlSeal<OutboundOrder>;

/** @param secrets the first one seals, all of them open */
export function createOrderSeal(secrets: readonly [string, ...string[]]): OrderSeal {
  return createUrlSeal(secrets, 'outbound order', orderSchema);
}

/** What Twilio asks and tells of a call, by url: any instance may be asked. */
export function outboundUrls(baseUrl: string, sealed: string): { voice: string; status: string; answeredBy: string } {
  const url = (what: string) => `${baseUrl}/twilio/outbound/${what}?order=${sealed}`;
  return { voice: url('voice'), status: url('status'), answeredBy: url('answered-by') };
}
