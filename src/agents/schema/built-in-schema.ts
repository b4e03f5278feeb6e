import * as z from 'zod';
import { FUNCTION_NAME } from './common-fields.js';
import { sendSmsSchema, transferSchema } from './telephone-schema.js';

/** As a Liquid variable has it. */
const VARIABLE_NAME = /^[a-z][a-z0-9_]{0,63}$/i;
/** More is a menu that no model finds its way through. */
const MAX_SUCCESSORS = 32;
/** The longest pattern that is tried on what a caller pressed. */
const MAX_PATTERN_CHARS = 200;

const descriptionField = z
  .string()
  .min(1)
  .exactOptional()
  .describe('What the function does and when to use it; the model reads this. Left out: a text that goes with it.');

const hangUpSchema = z
  .strictObject({
    built_in: z.literal('hang_up').describe('`hang_up`: the agent can end the call once its goodbye was heard.'),
    description: descriptionField,
  })
  .describe('The agent can end the call.');

const sendDigitsSchema = z
  .strictObject({
    built_in: z
      .literal('send_digits')
      .describe('`send_digits`: the agent can press keys, for a machine that it talks to.'),
    description: descriptionField,
  })
  .describe('The agent can press keys: tones in the call itself.');

const seconds = z.number().min(0.5).max(60);

const collectDigitsSchema = z
  .strictObject({
    built_in: z.literal('collect_digits').describe('`collect_digits`: the agent can have the caller enter a number.'),
    name: z
      .string()
      .regex(FUNCTION_NAME, 'is not the name of a function: a letter or `_` first, then A-Z a-z 0-9 _ . : -')
      .default('collect_digits')
      .describe('What the model calls the function, where an agent has several of these.'),
    description: descriptionField,
    as: z
      .string()
      .regex(VARIABLE_NAME, 'is not the name of a variable: a letter first, then letters, digits and `_`')
      .exactOptional()
      .describe('Keeps the digits for the call: HTTP tools use them as `{{ collected.NAME }}`.'),
    min: z.int().min(1).max(32).default(1).describe('Fewer digits are not accepted.'),
    max: z
      .int()
      .min(1)
      .max(32)
      .exactOptional()
      .describe('Complete with so many digits. Left out: the model may say how many, and 32 at most.'),
    terminator: z
      .enum(['#', '*', 'none'])
      .default('#')
      .describe('The key that ends the entry; with `none`, `*` and `#` are digits like any other.'),
    first_digit_s: seconds.default(10).describe('How long the first digit may take once the question was heard.'),
    next_digit_s: seconds.default(4).describe('How long each further digit may take; then the entry is complete.'),
    pattern: z
      .string()
      .min(1)
      .max(MAX_PATTERN_CHARS)
      .superRefine(reportPattern)
      .exactOptional()
      .describe('A regular expression that the whole entry must match.'),
    sensitive: z
      .boolean()
      .default(false)
      .describe('The digits are kept from events, logs, transcript and model; recordings pause meanwhile.'),
  })
  .superRefine(({ min, max }, context) => {
    if (max !== undefined && min > max)
      context.addIssue({ code: 'custom', path: ['min'], message: 'must not be more than `max`' });
  })
  .describe('The agent can have the caller enter a number on the keypad.');

const handOverSchema = z
  .strictObject({
    built_in: z
      .literal('hand_over')
      .describe('`hand_over`: the agent can give the call to another agent of this file.'),
    description: descriptionField,
    to: z
      .union([
        z.array(z.string()).min(1).max(MAX_SUCCESSORS),
        z.record(z.string(), z.string().min(1)).refine((to) => Object.keys(to).length > 0, 'must name an agent'),
      ])
      .describe('The agents that may take over: their names, or names with what each is for.'),
    greet: z
      .boolean()
      .default(false)
      .describe('The agent that takes over opens with its own `greeting`, as on a call of its own.'),
  })
  .describe('The agent can give the call to another agent of this file.');

/** What the bridge itself does for a model, told apart by `built_in`. */
export const builtInSchema = z
  .discriminatedUnion('built_in', [
    hangUpSchema,
    sendDigitsSchema,
    collectDigitsSchema,
    handOverSchema,
    transferSchema,
    sendSmsSchema,
  ])
  .describe('A function that the bridge itself answers.');

/** What the model calls a built-in function. */
export function builtInName(tool: z.infer<typeof builtInSchema>): string {
  return 'name' in tool ? tool.name : tool.built_in;
}

function reportPattern(pattern: string, context: z.RefinementCtx): void {
  // Without the engine's words: they repeat the pattern, which a variable may have brought in.
  if (!compile(pattern)) context.addIssue({ code: 'custom', message: 'is not a regular expression' });
  else if (!hasKey(pattern)) context.addIssue({ code: 'custom', message: 'matches nothing that keys can enter' });
}

/** Whether a digit, `*` or `#` can stand anywhere in what a pattern matches. */
function hasKey(pattern: string): boolean {
  const withoutCounts = pattern.replaceAll(/\{\d+(?:,\d*)?\}/g, '');
  const atoms = withoutCounts.match(/\\p\{[^}]*\}|\\.|\[(?:\\.|[^\]\\])*\]|./gisu) ?? [];
  return atoms.some((atom) => Array.from('0123456789*#').some((key) => compile(`^${atom}$`)?.test(key) === true));
}

function compile(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern, 'u');
  } catch {
    return undefined;
  }
}
