import * as z from 'zod';
import { httpSchema, privateHosts } from './http-schema.js';
import { isRefusedHost } from './private-hosts.js';

/** What is asked before the agent speaks. */
export const beforeCallSchema = httpSchema.describe(
  'One HTTP request before the agent speaks; its answer is `{{ lookup }}` in templates. It has at most 2 s, and the call goes on without it.',
);

/** Whom to tell of a call that is over. */
export const afterCallSchema = z
  .strictObject({
    url: z
      .string()
      .refine(
        (text) => /^https?:\/\//i.test(text) && URL.canParse(text),
        'must be a url that starts with `http://` or `https://`',
      )
      .describe('Where the report goes, by POST.'),
    secret: z
      .string()
      .min(16)
      .describe(
        'Signs the report, by Standard Webhooks: `whsec_` and base64, or any text. From the environment: `${…}`.',
      ),
    allow_private_hosts: privateHosts,
  })
  .superRefine(({ url, allow_private_hosts }, context) => {
    if (!isRefusedHost(url, allow_private_hosts)) return;
    const message = 'the host is a private address; to reach it, list it under `allow_private_hosts`';
    context.addIssue({ code: 'custom', path: ['url'], message });
  })
  .describe('A signed report of each call to a service of yours, kept until it is delivered.');
