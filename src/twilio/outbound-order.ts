import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { z } from 'zod';

const orderSchema = z.strictObject({
  /** Our own name for the call: the carrier's is not known when it is ordered, and may be late afterwards. */
  id: z.string().min(1),
  agent: z.string().min(1),
  /** What the agent's templates are told. */
  variables: z.record(z.string(), z.string()),
  /** A machine listens: the agent leaves its message and hangs up. */
  leavesMessage: z.boolean().default(false),
});

/** What a call that we make is about, for whichever instance is asked about it. */
export type OutboundOrder = z.output<typeof orderSchema>;

/** Writes orders into urls that only our own instances can read: urls are logged by everyone on the way. */
export interface OrderSeal {
  seal(order: OutboundOrder): string;
  /** The order, or undefined for text that none of the secrets has sealed. */
  open(sealed: string): OutboundOrder | undefined;
}

const CIPHER = 'aes-256-gcm';
/** NIST SP 800-38D §5.2.1: 96 bits of initialisation vector, 128 of tag. */
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** @param secrets the first one seals, all of them open */
export function createOrderSeal(secrets: readonly [string, ...string[]]): OrderSeal {
  const keys = secrets.map((secret) => Buffer.from(hkdfSync('sha256', secret, '', 'liveline outbound order', 32)));
  const [first = Buffer.alloc(0)] = keys;
  return {
    seal(order) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(CIPHER, first, iv);
      const text = Buffer.concat([cipher.update(JSON.stringify(order)), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64url');
    },
    open(sealed) {
      const bytes = Buffer.from(sealed, 'base64url');
      for (const key of keys) {
        const text = decipher(key, bytes);
        if (text !== undefined) return orderSchema.safeParse(JSON.parse(text)).data;
      }
      return undefined;
    },
  };
}

function decipher(key: Buffer, bytes: Buffer): string | undefined {
  try {
    const opened = createDecipheriv(CIPHER, key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
    opened.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    return Buffer.concat([opened.update(bytes.subarray(IV_BYTES + TAG_BYTES)), opened.final()]).toString();
  } catch {
    return undefined;
  }
}

/** What Twilio asks and tells of a call, by url: any instance may be asked. */
export function outboundUrls(baseUrl: string, sealed: string): { voice: string; status: string; answeredBy: string } {
  const url = (what: string) => `${baseUrl}/twilio/outbound/${what}?order=${sealed}`;
  return { voice: url('voice'), status: url('status'), answeredBy: url('answered-by') };
}
