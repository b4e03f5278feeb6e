import * as z from 'zod';
import { nearest } from '../../agents/problem.js';
import { telephoneAddress } from '../../agents/schema/common-fields.js';
import { END_REASONS, EVENT_TYPES } from './test-vocabulary.js';

const seconds = z.number().min(0.1).max(300);

const pattern = z
  .string()
  .min(1)
  .refine((source) => canCompile(source), 'is not a regular expression')
  .describe('A regular expression, found anywhere; case does not count.');

const within = { within_s: seconds.default(15).describe('How long it may take.') };

/** Of a word that is repeated in a message. */
const MAX_SHOWN_CHARS = 40;

/** There are too many to name them all to somebody who got one wrong. */
const eventType = z.custom<(typeof EVENT_TYPES)[number]>((value) => EVENT_TYPES.some((type) => type === value), {
  error: ({ input }) => {
    const word = typeof input === 'string' ? input.slice(0, MAX_SHOWN_CHARS) : '';
    const meant = nearest(word, EVENT_TYPES);
    const hint = meant === undefined ? '' : ` (did you mean \`${meant}\`?)`;
    const what = typeof input === 'string' ? `\`${word}\` is no event` : 'must be the type of an event';
    return `${what} of a call${hint}; docs/events.md lists them`;
  },
});

/** One form of a step: told apart from the others by its first key. */
function form<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape).meta({ kind: Object.keys(shape)[0] });
}

/** What the caller does, and what is expected of the agent. */
const stepSchema = z.union([
  form({
    say: z.string().min(1).describe('The caller says this, by text-to-speech.'),
    interrupting: z.boolean().default(false).describe('While the agent is heard, rather than after it.'),
  }),
  form({ type: z.string().min(1).describe('The model is given this as text.') }),
  form({
    press: z
      .string()
      .regex(/^[0-9*#A-D]+$/, 'takes keys: 0-9, *, #, A-D')
      .describe('Keys.'),
  }),
  form({ hang_up: z.literal(true).describe('The caller hangs up.') }),
  form({
    hears: pattern,
    answers_within_ms: z
      .int()
      .min(1)
      .exactOptional()
      .describe('From the end of what the caller did to the first sound.'),
    ...within,
  }),
  form({
    tool: z.string().min(1).describe('The agent uses this tool.'),
    args: z.record(z.string(), z.unknown()).exactOptional().describe('With at least these arguments.'),
    ok: z.boolean().exactOptional().describe('Whether it succeeds.'),
    ...within,
  }),
  form({
    event: eventType.describe('An event of the call.'),
    where: z.record(z.string(), z.unknown()).exactOptional(),
    ...within,
  }),
  form({ sms: pattern, to: telephoneAddress.exactOptional().describe('Who gets it.'), ...within }),
  form({ rings: z.string().describe('This one of the `phones` is called.'), ...within }),
  form({
    outcome: z.record(z.string(), z.unknown()).describe('What became of a call that the agent makes, at least this.'),
    ...within,
  }),
  form({ silence_s: seconds.describe('The agent says nothing for so long.') }),
  form({ ends: z.enum(END_REASONS).describe('The call ends, for this reason.'), ...within }),
]);

const phoneSchema = z.strictObject({
  does: z.enum(['answers', 'is-busy', 'does-not-answer', 'fails']).default('answers'),
  /** It is a machine that says this, and beeps. */
  machine: z.string().min(1).exactOptional(),
  /** Pressed once it has answered. */
  presses: z
    .string()
    .regex(/^[0-9*#A-D]+$/)
    .exactOptional(),
});

const routeSchema = z.strictObject({
  on: z
    .string()
    .regex(/^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) \/\S*$/, 'is a method and a path, such as `GET /hours`')
    .describe('Method and path; `*` stands for one part of the path.'),
  status: z.int().min(100).max(599).default(200),
  body: z.unknown().exactOptional().describe('JSON.'),
  delay_ms: z.int().min(0).max(60_000).default(0),
});

const testSchema = z
  .strictObject({
    name: z.string().min(1).describe('What the agent does, as a sentence.'),
    agent: z.string().min(1).exactOptional().describe('Default: the one that the called number belongs to.'),
    from: z.union([telephoneAddress, z.literal('anonymous')]).exactOptional(),
    to: telephoneAddress.exactOptional(),
    dial: z.string().exactOptional().describe('The agent calls this one of the `phones`, instead of being called.'),
    variables: z.record(z.string(), z.string()).default({}).describe('What an agent that calls is told of the call.'),
    max_s: seconds.default(120).describe('The caller hangs up after so long.'),
    steps: z.array(stepSchema).min(1).max(200),
  })
  .refine(({ dial, agent }) => dial === undefined || agent !== undefined, {
    path: ['agent'],
    message: 'is needed where the agent calls: `dial`',
  });

/** A file of conversations with an agent. */
export const testFileSchema = z.strictObject({
  agents: z.string().min(1).exactOptional().describe('The agents file, from this file; default AGENTS_CONFIG.'),
  script: z.string().min(1).exactOptional().describe('What the embedded model says, from this file; default: its own.'),
  variables: z.record(z.string(), z.string()).default({}).describe('`${VAR}` of the agents file.'),
  services: z
    .record(z.string().regex(/^[A-Za-z_]\w*$/, 'is no name of a variable'), z.array(routeSchema).max(100))
    .default({})
    .describe('Web services that answer as they are told; the url of each is the variable of its name.'),
  phones: z.record(telephoneAddress, phoneSchema).default({}).describe('Telephones that can be called, by number.'),
  tests: z.array(testSchema).min(1).max(200),
});

/** A file of tests as it is written, every default filled in. */
export type TestFileContent = z.output<typeof testFileSchema>;
export type AgentTest = TestFileContent['tests'][number];
export type TestStep = AgentTest['steps'][number];
export type TestRoute = z.output<typeof routeSchema>;

function canCompile(source: string): boolean {
  try {
    new RegExp(source, 'iu');
    return true;
  } catch {
    return false;
  }
}
