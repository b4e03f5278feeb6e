import * as z from 'zod';

/** How long a function may take, in milliseconds. */
export const timeoutMs = z.int().min(100).max(60_000);

/** How a function is run, whatever answers it. */
export const runFields = {
  blocking: z
    .boolean()
    .exactOptional()
    .describe("Whether the model waits for the answer before it goes on. Left out: the model's own default."),
  when_done: z
    .enum(['interrupt', 'when_idle', 'silent'])
    .exactOptional()
    .describe('When the model speaks of the answer; only for a function that does not block.'),
};

/** A line of text for a model is one or two sentences. */
const MAX_LINE_CHARS = 500;

/** What happens while a function runs, whatever answers it. */
export const whileRunningFields = {
  while_running: z
    .union([
      z.literal(false),
      z.strictObject({
        after_ms: z
          .int()
          .min(500)
          .max(30_000)
          .default(2_000)
          .describe('How long it may run, and nobody be heard, before anything happens, in milliseconds.'),
        sound: z
          .union([z.literal(false), z.string().min(1)])
          .exactOptional()
          .describe(
            'What the caller hears: a WAV of 0.2 to 30 s, relative to this file, played over and over; `false` for ' +
              'nothing. Left out: two soft notes.',
          ),
        say: z
          .string()
          .min(1)
          .max(MAX_LINE_CHARS)
          .exactOptional()
          .describe('What the model is asked to say meanwhile, once; only for a function that does not block.'),
      }),
    ])
    .exactOptional()
    .describe('What fills the silence while it runs; `false` for nothing. Left out: a soft sound after two seconds.'),
};

/** What the model may do with a function in one call, whatever it is told. */
export const limitFields = {
  confirm: z
    .boolean()
    .exactOptional()
    .describe('Run it only after the caller was asked, has answered, and it is asked for again, exactly so.'),
  once_per_call: z.boolean().exactOptional().describe('Do not run it again once it has succeeded, or may have.'),
  max_per_call: z
    .int()
    .min(1)
    .max(1_000)
    .exactOptional()
    .describe('How often it runs in one call at most, whatever came of it.'),
};

/** Limits as they stand in the file. */
export interface LimitFields {
  confirm?: boolean;
  once_per_call?: boolean;
  max_per_call?: number;
}

/** Limits that say two things at once. */
export function reportLimits(
  fields: LimitFields & { when_done?: 'interrupt' | 'when_idle' | 'silent' },
  context: z.RefinementCtx,
): void {
  function report(key: string, message: string): void {
    context.addIssue({ code: 'custom', path: [key], message });
  }
  if (fields.once_per_call === true && fields.max_per_call !== undefined) {
    report('max_per_call', '`once_per_call` already says how often; use one of them');
  }
  if (fields.confirm === true && fields.when_done === 'silent') {
    report('when_done', 'the model must speak to ask the caller: with `confirm`, use `interrupt` or `when_idle`');
  }
}
