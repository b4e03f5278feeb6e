import * as z from 'zod';
import { languageTag, telephoneAddress, telephoneNumber } from './common-fields.js';
import { limitFields, reportLimits, runFields } from './function-fields.js';
import { templateText } from './template-field.js';

/** Somebody of whom only the name is known to the model. */
function destinations(address: z.ZodType<string>) {
  return z
    .record(
      z.string().regex(/^[A-Za-z][\w-]{0,63}$/, 'is no name: a letter first, then letters, digits, `_` and `-`'),
      address,
    )
    .refine((named) => Object.keys(named).length > 0, 'names nobody');
}

/** The model calls the caller so. */
function reportCaller(named: Readonly<Record<string, string>>, context: z.RefinementCtx): void {
  if (!Object.hasOwn(named, 'caller')) return;
  const message = 'is the caller of the call; somebody else needs another name';
  context.addIssue({ code: 'custom', path: ['caller'], message });
}

const descriptionField = z
  .string()
  .min(1)
  .exactOptional()
  .describe('What the function does and when to use it; the model reads this. Left out: a text that goes with it.');

const spokenEnd = z.strictObject({
  say: z.string().min(1).max(1_000).describe('What is read to the caller; then the call ends.'),
  language: languageTag.default('en-US').describe('The language it is read in, BCP-47.'),
});

const BRIEFING = 'You have a call. {{ summary }} To take it, press 1. To decline, press 2.';

const briefingSchema = z.strictObject({
  say: templateText('What is read to whoever answers. Liquid; `summary` is what the model wrote.').default(BRIEFING),
  language: languageTag.default('en-US').describe('The language it is read in, BCP-47.'),
});

/** `built_in: transfer`. */
export const transferSchema = z
  .strictObject({
    built_in: z.literal('transfer').describe('`transfer`: the agent can put the caller through to somebody.'),
    description: descriptionField,
    to: destinations(telephoneAddress).describe(
      'Whom, by name: numbers (E.164) or SIP addresses. The model knows the names alone.',
    ),
    mode: z
      .enum(['cold', 'warm'])
      .default('cold')
      .describe(
        '`warm`: whoever answers hears first who is calling and why, and takes the call by a key; the caller stays with the agent until then.',
      ),
    caller_id: telephoneNumber
      .exactOptional()
      .describe('The number that calls, one of the Twilio account. Left out: cold the caller’s, warm the called one.'),
    ring_timeout_s: z.int().min(5).max(120).default(25).describe('How long it may ring, in seconds.'),
    on_no_answer: z
      .union([z.literal('agent'), spokenEnd])
      .default('agent')
      .describe(
        'What becomes of a caller who was let go and whom nobody took: back to the agent, or a line and the end.',
      ),
    briefing: briefingSchema.prefault({}).describe('What is said to whoever answers, warm.'),
    ...runFields,
    ...limitFields,
  })
  .superRefine(reportLimits)
  .describe('The agent can put the caller through.');

/** `built_in: send_sms`. */
export const sendSmsSchema = z
  .strictObject({
    built_in: z.literal('send_sms').describe('`send_sms`: the agent can send the caller a text message.'),
    description: descriptionField,
    from: telephoneNumber.exactOptional().describe('The number it comes from, one of the Twilio account.'),
    messaging_service: z
      .string()
      .regex(/^MG[0-9a-zA-Z]{32}$/, 'must be MG and 32 characters, as the Twilio Console shows it')
      .exactOptional()
      .describe('A Twilio messaging service in the place of `from`.'),
    to: destinations(telephoneNumber)
      .superRefine(reportCaller)
      .exactOptional()
      .describe('Others who may be sent a message, by name. The model knows the names alone.'),
    ...runFields,
    ...limitFields,
  })
  .superRefine(reportLimits)
  .refine(({ from, messaging_service: service }) => (from === undefined) !== (service === undefined), {
    message: 'takes either `from` or `messaging_service`',
  })
  .describe('The agent can send text messages.');

/** Heard before the agent is. */
export const disclosureSchema = z
  .strictObject({
    say: z.string().min(1).max(1_000).exactOptional().describe('What is read to the caller.'),
    language: languageTag.default('en-US').describe('The language it is read in, BCP-47.'),
    play: z
      .string()
      .regex(/^https?:\/\/[^\s/]+\S*$/, 'is not a url')
      .exactOptional()
      .describe('A recording in its place: the url of a WAV or MP3.'),
  })
  .refine(({ say, play }) => (say === undefined) !== (play === undefined), { message: 'takes either `say` or `play`' });
