import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { z } from 'zod';

/** Writes what an instance has to know into urls that only our own instances can read: urls are logged on the way. */
export interface UrlSeal<T> {
  seal(content: T): string;
  /** What was sealed, or undefined for text that none of the secrets has sealed. */
  open(sealed: string): T | undefined;
}

const CIPHER = 'aes-256-gcm';
/** NIST SP 800-38D §5.2.1: 96 bits of initialisation vector, 128 of tag. */
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * @param secrets the first one seals, all of them open
 * @param purpose what is sealed: nothing of another purpose can be opened
 */
export function createUrlSeal<T>(
  secrets: readonly [string, ...string[]],
  purpose: string,
  schema: z.ZodType<T>,
): UrlSeal<T> {
  const [first, ...others] = secrets;
  const firstKey = keyOf(first, purpose);
  const keys = [firstKey, ...others.map((secret) => keyOf(secret, purpose))];
  return {
    seal(content) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(CIPHER, firstKey, iv);
      const text = Buffer.concat([cipher.update(JSON.stringify(content)), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64url');
    },
    open(sealed) {
      const bytes = Buffer.from(sealed, 'base64url');
      for (const key of keys) {
        const text = decipher(key, bytes);
        if (text !== undefined) return schema.safeParse(JSON.parse(text)).data;
      }
      return undefined;
    },
  };
}

function keyOf(secret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `liveline ${purpose}`, 32));
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
