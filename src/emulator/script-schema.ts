import { z } from 'zod';
import { LivelineError } from '../errors.js';
import { parseTemplate, type Template } from '../template.js';

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

/** What templates may speak of: `text`, `match`, `result`, `results`, `error`. */
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

/** Something the model does: it may speak, then call functions, then go on with their answers. */
export interface Line {
  say?: Template | undefined;
  call?: ScriptedCall[] | undefined;
  then?: Line | undefined;
  failed?: Line | undefined;
}

const lineFields = {
  /** What is said. Liquid: `text` (what was typed), `match.*` (its named groups), `result`, `results`, `error`. */
  say: template.optional(),
  /** One function call or several at once, after `say`. */
  call: z.preprocess((value) => (isPlainObject(value) ? [value] : value), z.array(call).min(1).optional()),
};

const line: z.ZodType<Line> = z.preprocess(
  (value) => (typeof value === 'string' ? { say: value } : value),
  z.strictObject({
    ...lineFields,
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
    .union([z.enum(['speech', 'text']), z.strictObject({ text: pattern }), z.strictObject({ digits: wholePattern })], {
      error: (issue) => ownMistake(issue) ?? 'expected speech, text, { text: pattern } or { digits: pattern }',
    })
    .optional(),
  /** The transcript of the caller's speech: nothing here recognises speech. */
  heard: z.string().optional(),
  ...lineFields,
  /** What follows the answers of `call`. */
  then: line.optional(),
  /** What follows instead when an answer is an error. */
  failed: line.optional(),
});

const closeFrame = z.strictObject({
  code: z.int().min(1000).max(4999),
  reason: z.string().default(''),
});

const ACTS = ['http', 'close', 'drop', 'stall', 'send'] as const;

const fault = z
  .strictObject({
    /**
     * `upgrade`: the HTTP request; `setup`: instead of `setupComplete`; `ready`: after it; `turn`: a reply begins;
     * `audio`: a reply's speech was sent up to `audio_ms`; `tool_call`: after it was sent; `tool_answer`: one arrived;
     * `interrupted`: after it was sent.
     */
    at: z.enum(['upgrade', 'setup', 'ready', 'turn', 'audio', 'tool_call', 'tool_answer', 'interrupted']),
    /** The first occurrence it strikes, counted over all sessions from 1. */
    nth: z.int().min(1).default(1),
    /** How many occurrences it strikes. */
    times: z.int().min(1).default(1),
    /** Only with `at: audio`: how much of the reply goes out first. */
    audio_ms: z.int().min(0).default(0),
    delay_ms: z.int().min(0).default(0),
    /** Refuses the upgrade with this status. */
    http: z.int().min(400).max(599).optional(),
    close: closeFrame.optional(),
    /** Cuts the TCP connection without a close frame. */
    drop: z.literal(true).optional(),
    /** Says nothing more, and reads nothing more. */
    stall: z.literal(true).optional(),
    /** Sends this message; a text is sent as it stands, valid JSON or not. */
    send: z.union([z.string(), z.record(z.string(), z.json())]).optional(),
  })
  .refine((value) => ACTS.filter((act) => value[act] !== undefined).length === 1, {
    error: `exactly one of ${ACTS.join(', ')}`,
  })
  .refine((value) => (value.at === 'upgrade') === (value.http !== undefined), {
    error: '`http` goes with `at: upgrade`, and only with it',
  });

/** How the wire looks; each default is what the service does, or what the model's profile says. */
const wire = z.strictObject({
  frames: z.enum(['binary', 'text']).default('binary'),
  /** Several fields in one `serverContent`; default by model. */
  bundle: z.boolean().optional(),
  /** Audio pieces of odd length, so that samples are cut in two. */
  odd_chunks: z.boolean().default(false),
  /** A little more audio of the old reply after `interrupted`. */
  late_audio: z.boolean().default(false),
  /** Which comes first when the caller cuts in. */
  interrupted: z.enum(['before_turn_complete', 'after_turn_complete']).default('before_turn_complete'),
  /** Function calls carry ids. */
  call_ids: z.boolean().default(true),
});

export const scriptSchema = z.strictObject({
  /** What it says when the first turn of a session is text: it was told to begin. */
  greeting: line.optional(),
  replies: z.array(reply).default([]),
  faults: z.array(fault).default([]),
  wire: wire.prefault({}),
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
export type Fault = EmulatorScript['faults'][number];
export type FaultMoment = Fault['at'];
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
