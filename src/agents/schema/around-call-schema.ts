import * as z from 'zod';
import { WEB_URL } from './common-fields.js';
import { fixedUrlMistake } from './fixed-url.js';
import { httpSchema, privateHosts } from './http-schema.js';

/** The caller waits for it. */
const MAX_LOOKUP_MS = 2_000;

/** What is asked before the agent speaks. */
export const beforeCallSchema = httpSchema
  .safeExtend({
    timeout_ms: z
      .int()
      .min(100)
      .max(MAX_LOOKUP_MS)
      .default(MAX_LOOKUP_MS)
      .describe('How long the caller waits for it, in milliseconds.'),
  })
  .describe(
    'One HTTP request before the agent speaks; its answer is `{{ lookup }}` in templates. It has at most 2 s, and the call goes on without it.',
  );

/** Source: Standard Webhooks 1.0.0, "Signature scheme": what marks a key, and how long it is. */
const KEY_PREFIX = 'whsec_';
const MIN_KEY_BYTES = 24;
const MAX_KEY_BYTES = 64;

/** Whether it is base64 as the libraries of receivers read it, padded, of a length that they take. */
function isKey(base64: string): boolean {
  const key = Buffer.from(base64, 'base64');
  return key.toString('base64') === base64 && key.length >= MIN_KEY_BYTES && key.length <= MAX_KEY_BYTES;
}

/** Whom to tell of a call that is over. */
export const afterCallSchema = z
  .strictObject({
    url: z.string().meta(WEB_URL).describe('Where the report goes, by POST.'),
    secret: z
      .string()
      .min(16)
      .refine(
        (text) => !text.startsWith(KEY_PREFIX) || isKey(text.slice(KEY_PREFIX.length)),
        'needs base64 of 24 to 64 bytes behind `whsec_` (Standard Webhooks), such as `openssl rand -base64 32` gives',
      )
      .describe(
        'Signs the report, by Standard Webhooks: `whsec_` and base64 of 24 to 64 bytes, or any text of 16 characters or more. From the environment: `${…}`.',
      ),
    allow_private_hosts: privateHosts,
  })
  .superRefine(({ url, allow_private_hosts }, context) => {
    const message = fixedUrlMistake(url, allow_private_hosts);
    if (message !== undefined) context.addIssue({ code: 'custom', path: ['url'], message });
  })
  .describe('A signed report of each call to a service of yours, kept until it is delivered.');
