import { z } from 'zod';
import { LivelineError } from '../errors.js';
import { parseTemplate, type Template } from '../template.js';
import { closeFrame, fault } from './fault-schema.js';

/** Adds a text's own mistake (a bad pattern, a bad template) to the others that the schema finds. */
function compiled<T>(what: string, compile: (source: string) => T) {
  return z.string().transform((source, context): T => {
    try {
      return compile(source);
    } catch (error) {
      const detail = error instanceof LivelineError ? error.detail : LivelineError.from(error).detail;
      context.issues.push({ code: 'custom', input: source, message: `${what}: ${detail}` });
      return z.NEVER;
    }
  });
}

const template = compiled('not a template', parseTemplate);
const pattern = compiled('not a pattern', (source) => new RegExp(source, 'iu'));
const wholePattern = compiled('not a pattern', (source) => new RegExp(`^(?:${source})$`, 'iu'));

/** What templates may speak of: `text`, `match`, `history`, `result`, `results`, `error`. */
export type ScriptVariables = Record<string, unknown>;

type Render = (variables: ScriptVariables) => unknown;

/** A function call as the script writes it; text anywhere in `args` is a template. */
const call = z.strictObject({
  name: z.string().min(1),
  args: z
    .record(z.string(), z.json())
    .default({})
    .transform((args, context): ((variables: ScriptVariables) => Record<string, unknown>) => {
      try {
        const entries = Object.entries(args).map(([name, value]) => [name, compileValue(value)] as const);
        return (variables) => Object.fromEntries(entries.map(([name, render]) => [name, render(variables)]));
      } catch (error) {
        context.issues.push({
          code: 'custom',
          input: args,
          message: `not a template: ${LivelineError.from(error).detail}`,
        });
        return z.NEVER;
      }
    }),
});

type ScriptedCall = z.output<typeof call>;

/** What the service looked up by itself; told where the session has tools of the service's. */
const grounding = z.strictObject({
  queries: z.array(z.string()).default([]),
  sources: z
    .array(
      z.strictObject({
        kind: z.enum(['web', 'place', 'document']).default('web'),
        title: z.string().exactOptional(),
        uri: z.string().exactOptional(),
      }),
    )
    .default([]),
  /** Pages whose addresses it was given. */
  pages: z.array(z.strictObject({ uri: z.string(), read: z.boolean().default(true) })).default([]),
});

/** A program that the service ran by itself; told where the session has `codeExecution`. */
const code = z.strictObject({ python: z.string(), output: z.string().default(''), ok: z.boolean().default(true) });

/** Something the model does: it may speak, then call functions, then go on with their answers. */
export interface Line {
  code?: z.output<typeof code> | undefined;
  say?: Template | undefined;
  grounding?: z.output<typeof grounding> | undefined;
  call?: ScriptedCall[] | undefined;
  meanwhile?: Line | undefined;
  then?: Line | undefined;
  failed?: Line | undefined;
}

const lineFields = {
  /** Before `say`. */
  code: code.optional(),
  /**
   * What is said. Liquid: `text` (what was typed), `match.*` (its named groups), `history` (what was said before,
   * `role` and `text` each), `result`, `results`, `error`.
   */
  say: template.optional(),
  /** Behind `say`. */
  grounding: grounding.optional(),
  /** One function call or several at once, after `say`. */
  call: z.preprocess((value) => (isPlainObject(value) ? [value] : value), z.array(call).min(1).optional()),
};

const line: z.ZodType<Line> = z.preprocess(
  (value) => (typeof value === 'string' ? { say: value } : value),
  z.strictObject({
    ...lineFields,
    get meanwhile() {
      return line.optional();
    },
    get then() {
      return line.optional();
    },
    get failed() {
      return line.optional();
    },
  }),
);

const reply = z.strictObject({
  /** What it answers; without it, anything. */
  on: z
    .union(
      [
        z.enum(['speech', 'text', 'image']),
        z.strictObject({ text: pattern }),
        z.strictObject({ digits: wholePattern }),
      ],
      {
        error: (issue) => ownMistake(issue) ?? 'expected speech, text, image, { text: pattern } or { digits: pattern }',
      },
    )
    .optional(),
  /** The transcript of the caller's speech: nothing here recognises speech. */
  heard: z.string().optional(),
  ...lineFields,
  /** What is said of a piece of an answer that continues (`willContinue`). */
  meanwhile: line.optional(),
  /** What follows the answers of `call`. */
  then: line.optional(),
  /** What follows instead when an answer is an error. */
  failed: line.optional(),
});

/** How the wire looks; each default is what the service does, or what the model's profile says. */
const wire = z.strictObject({
  frames: z.enum(['binary', 'text']).default('binary'),
  /** Several fields in one `serverContent`; default by model. */
  bundle: z.boolean().optional(),
  /** How much audio a piece holds; default 200 ms first, then 240. */
  chunk_ms: z.int().min(1).max(10_000).optional(),
  /** Audio pieces of odd length, so that samples are cut in two. */
  odd_chunks: z.boolean().default(false),
  /** A little more audio of the old reply after `interrupted`. */
  late_audio: z.boolean().default(false),
  /** Which comes first when the caller cuts in. */
  interrupted: z.enum(['before_turn_complete', 'after_turn_complete']).default('before_turn_complete'),
  /**
   * `twice`: each piece comes again; `late`: the caller's behind the first audio of the answer, the model's behind its
   * `generationComplete`.
   */
  transcripts: z.enum(['usual', 'twice', 'late']).default('usual'),
  /** Function calls carry ids. */
  call_ids: z.boolean().default(true),
  /** A blocking call ends its turn; default by model. */
  call_ends_turn: z.boolean().optional(),
  /** What an answer to a call that was never made comes to. */
  unknown_answers: z.enum(['refused', 'ignored']).default('refused'),
  /** What counts of the model's tokens are called; default by service. */
  usage_names: z.enum(['response', 'candidates']).optional(),
  /** `alone`: in a message of its own behind `turnComplete`. */
  usage: z.enum(['with_turn_complete', 'alone']).default('with_turn_complete'),
  /**
   * Where the client says when the caller speaks, a turn in which nobody does. `stall`: neither it nor any later one is
   * answered, as was seen of 3.1.
   */
  noise_turns: z.enum(['answered', 'stall']).default('answered'),
  /** How late pings are answered. */
  pong_ms: z.int().min(0).default(0),
});

/** How sessions are taken up again. */
const resumption = z.strictObject({
  /** How long a handle is good after its session's last connection; default 2 h, on Vertex AI 24 h. */
  ttl_ms: z.int().min(0).optional(),
  /** A connection of the same session is still open: 1011, or nothing. */
  while_open: z.enum(['refused', 'allowed']).default('refused'),
  /** How a handle that is unknown or too old is refused. */
  unknown: closeFrame.prefault({ code: 1007, reason: 'Request contains an invalid argument.' }),
});

export const scriptSchema = z.strictObject({
  /** What it says when the first turn of a session is text: it was told to begin. */
  greeting: line.optional(),
  replies: z.array(reply).default([]),
  faults: z.array(fault).default([]),
  wire: wire.prefault({}),
  resumption: resumption.prefault({}),
  /** The size of the model's context; default by model. */
  context_tokens: z.int().min(1).optional(),
  /** Credentials it takes; without a list, any that is not empty. */
  keys: z.array(z.string().min(1)).optional(),
  /** Models it offers beside the known ones. */
  models: z.array(z.string().min(1)).default([]),
});

/** What the emulator says, does and gets wrong, checked and with its patterns and templates compiled. */
export type EmulatorScript = z.output<typeof scriptSchema>;
/** A script as it is written. */
export type EmulatorScriptInput = z.input<typeof scriptSchema>;
export type Reply = EmulatorScript['replies'][number];
export type WireSettings = EmulatorScript['wire'];

/** A bad pattern says more than that no alternative fits. */
function ownMistake(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'invalid_union') return undefined;
  return issue.errors.flat().find(({ code }) => code === 'custom')?.message;
}

function compileValue(value: unknown): Render {
  if (typeof value === 'string') {
    const text = parseTemplate(value);
    return (variables) => text.value(variables);
  }
  if (Array.isArray(value)) {
    const items = value.map(compileValue);
    return (variables) => items.map((item) => item(variables));
  }
  if (isPlainObject(value)) {
    const entries = Object.entries(value as object).map(([name, item]) => [name, compileValue(item)] as const);
    return (variables) => Object.fromEntries(entries.map(([name, item]) => [name, item(variables)]));
  }
  return () => value;
}

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
