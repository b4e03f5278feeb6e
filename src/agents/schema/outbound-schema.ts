import * as z from 'zod';
import { telephoneNumber } from './common-fields.js';
import { templateText } from './template-field.js';

const prefixes = z
  .array(z.string().regex(/^\+[1-9]\d{0,14}$/, 'is neither a number nor the beginning of one, such as "+1555"'))
  .max(10_000);

const from = telephoneNumber.describe('The number that calls, E.164: one of the Twilio account.');

/** How one agent calls people. */
export const outboundSchema = z
  .strictObject({
    allow: prefixes
      .exactOptional()
      .describe('Whom this agent may call: numbers or their beginnings, in place of those of the file.'),
    deny: prefixes.default([]).describe('Whom it may not call although `allow` covers them.'),
    from: from.exactOptional(),
    speak_first: z
      .boolean()
      .default(true)
      .describe('Whether the agent speaks as soon as somebody answers, or waits for their first words.'),
    machine: z
      .enum(['hang_up', 'message', 'ignore'])
      .default('hang_up')
      .describe('What to do when an answering machine answers: `message` is left after the beep.'),
    // Half a minute of speech: after that a call that is to end does.
    message: templateText('What is said to a machine, in at most 400 characters. Liquid.').max(400).exactOptional(),
    ring_timeout_s: z.int().min(5).max(120).default(30).describe('How long it may ring, in seconds.'),
  })
  .refine(({ machine, message }) => machine !== 'message' || message !== undefined, {
    path: ['message'],
    message: '`machine: message` needs the message',
  });

/** What holds for all calls of the file. */
export const outboundLineSchema = z.strictObject({
  allow: prefixes.default([]).describe('Whom the agents may call: numbers or their beginnings. Empty: nobody.'),
  deny: prefixes.default([]).describe('Whom they may not call although `allow` covers them.'),
  from: from.exactOptional(),
  calls_per_second: z
    .number()
    .min(0.1)
    .max(30)
    .default(1)
    .describe('How fast an instance makes calls; what the Twilio account allows, mostly 1.'),
  max_calls: z.int().min(1).max(1_000).default(10).describe('Calls that an instance makes and holds at once.'),
  max_queued: z.int().min(0).max(10_000).default(100).describe('Calls that may wait for their turn.'),
});

export type OutboundLineConfig = z.infer<typeof outboundLineSchema>;
