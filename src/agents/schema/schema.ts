import * as z from 'zod';
import { DEFAULT_MODEL } from '../../models/profiles.js';
import { blockSchema, hoursSchema } from './admission-schema.js';
import { afterCallSchema, beforeCallSchema } from './around-call-schema.js';
import { languageTag, telephoneNumber } from './common-fields.js';
import { pricesSchema } from './prices-schema.js';
import { outboundLineSchema, outboundSchema } from './outbound-schema.js';
import { disclosureSchema } from './telephone-schema.js';
import { templateText } from './template-field.js';
import { toolSchema } from './tool-schema.js';

const sensitivity = z.enum(['low', 'high']);

const fallbackSchema = z.strictObject({
  say: z.string().min(1).describe('What is read to the caller.'),
  language: languageTag.default('en-US').describe('The language it is read in, BCP-47.'),
  transfer: telephoneNumber.exactOptional().describe('Where the caller is put through to afterwards, E.164.'),
});

const transcriptionSchema = z.strictObject({
  caller: z.boolean().default(true).describe('Keep what the caller said.'),
  agent: z.boolean().default(true).describe('Keep what the agent said.'),
  languages: z.array(languageTag).exactOptional().describe('The languages to expect of the caller, BCP-47.'),
  vocabulary: z
    .array(z.string().min(1))
    .max(1_000)
    .exactOptional()
    .describe('Names and terms to expect of the caller, on models that take them.'),
  mode: z
    .enum(['verbatim', 'smart'])
    .exactOptional()
    .describe('`smart`: without fillers and slips of the tongue; left out: as it was said.'),
  word_timestamps: z.boolean().exactOptional().describe('Have the time of every word of the caller told.'),
  diarization: z.boolean().exactOptional().describe('Have several people on the caller’s side told apart.'),
});

const turnSchema = z.strictObject({
  detection: z
    .enum(['model', 'local'])
    .default('model')
    .describe('Who finds where the caller’s turns begin and end: the model, or Liveline’s own detector.'),
  start_sensitivity: sensitivity.exactOptional().describe('How easily speech is taken to have begun.'),
  end_sensitivity: sensitivity.exactOptional().describe('How easily speech is taken to have ended.'),
  prefix_padding_ms: z.int().min(0).max(10_000).exactOptional().describe('Speech needed before a turn begins.'),
  silence_ms: z.int().min(0).max(10_000).exactOptional().describe('Silence that ends a turn, in milliseconds.'),
  barge_in: z.boolean().default(true).describe('Whether the caller can interrupt the agent.'),
  coverage: z
    .enum(['activity', 'all', 'activity_and_video'])
    .exactOptional()
    .describe('Which of the caller’s audio belongs to a turn.'),
  activity_signals: z
    .boolean()
    .exactOptional()
    .describe('Have the service report where it hears the caller begin and end (Vertex AI).'),
  tell_cut_off: z
    .boolean()
    .default(false)
    .describe('Tell the model what the caller heard of a reply that was cut off, on models that can be told.'),
  protect_greeting: z.boolean().default(true).describe('The caller’s own “hello?” does not cut the greeting.'),
});

const sessionSchema = z.strictObject({
  resume: z.boolean().exactOptional().describe('Ask for handles with which a lost session can be resumed.'),
  transparent: z
    .boolean()
    .exactOptional()
    .describe('Send again what a lost connection had not taken in (Vertex AI). Left out: yes.'),
  compress: z
    .union([
      z.literal(false),
      z.strictObject({
        trigger_tokens: z.int().min(1).exactOptional().describe('Compress when the context holds this many tokens.'),
        target_tokens: z.int().min(1).exactOptional().describe('How many tokens are kept.'),
      }),
    ])
    .exactOptional()
    .describe(
      'Drop the oldest turns when the context fills up, for calls of any length. Left out: as the service does it; ' +
        '`false`: never, and the service ends the session after a quarter of an hour.',
    ),
});

/** Vertex AI, `GenerationConfig`. */
const penalty = z.number().min(-2).max(2);

const generationSchema = z.strictObject({
  temperature: z.number().min(0).max(2).exactOptional().describe('0 is steady, 2 is adventurous.'),
  top_p: z.number().min(0).max(1).exactOptional().describe('Nucleus sampling.'),
  top_k: z.int().min(1).max(1_000).exactOptional().describe('Sample from the k likeliest tokens.'),
  max_output_tokens: z.int().min(1).max(65_536).exactOptional().describe('Longest reply, in tokens.'),
  seed: z.int32().exactOptional().describe('For repeatable replies, as far as the model can.'),
  frequency_penalty: penalty.exactOptional().describe('Above 0: the oftener a word was said, the less of it.'),
  presence_penalty: penalty.exactOptional().describe('Above 0: less of every word that was said at all.'),
});

const thinkingSchema = z
  .strictObject({
    level: z.enum(['minimal', 'low', 'medium', 'high']).exactOptional().describe('How much to think (Gemini 3).'),
    budget: z.int().min(-1).max(32_768).exactOptional().describe('Tokens for thinking (Gemini 2.5); 0 off, -1 free.'),
    include_thoughts: z.boolean().exactOptional().describe('Send summaries of thoughts; they are never spoken.'),
  })
  .refine((thinking) => thinking.level === undefined || thinking.budget === undefined, {
    message: 'takes either `level` or `budget`, not both',
  });

const translationSchema = z.strictObject({
  target: languageTag.describe('The language to translate into, BCP-47.'),
  echo: z.boolean().default(false).describe('Repeat what is said in that language already, rather than be silent.'),
});

const harm = z.enum(['off', 'none', 'only_high', 'medium_and_above', 'low_and_above']).exactOptional();

const safetySchema = z.strictObject({
  harassment: harm.describe('From which probability of harassment on a reply is blocked.'),
  hate_speech: harm.describe('From which probability of hate speech on a reply is blocked.'),
  sexually_explicit: harm.describe('From which probability of sexual content on a reply is blocked.'),
  dangerous_content: harm.describe('From which probability of help with dangerous things on a reply is blocked.'),
  jailbreak: harm.describe('From which probability of a way around the filters on a prompt is blocked.'),
  method: z.enum(['severity', 'probability']).exactOptional().describe('What is measured (Vertex AI).'),
});

/** Google Cloud, "Requirements for labels"; keys and values. */
const labelKey = z
  .string()
  .regex(
    /^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u,
    'must start with a small letter and hold small letters, digits, `_`, `-`',
  );
const labelValue = z.string().regex(/^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u, 'may hold 63 small letters, digits, `_` and `-`');

const contextTurnSchema = z.union([
  z.strictObject({ caller: z.string().min(1).describe('What the caller said.') }),
  z.strictObject({ agent: z.string().min(1).describe('What the agent said.') }),
]);

const noInputSchema = z.strictObject({
  prompt_after_s: z
    .number()
    .min(3)
    .max(600)
    .default(12)
    .describe('After so much silence the agent asks whether the caller is still there.'),
  hang_up_after_s: z
    .number()
    .min(3)
    .max(600)
    .default(30)
    .describe('After so much more of it the agent says goodbye and hangs up.'),
});

/** Seconds of silence that are borne. */
const patience = z.number().min(0.5).max(120);
const streak = z.int().min(1).max(20);

const healthSchema = z.strictObject({
  watch: z.boolean().default(true).describe('Whether a model that does not do what it should is noticed and treated.'),
  no_answer_s: patience
    .default(8)
    .describe('Seconds without anything of the model after the caller spoke, or after its tools answered.'),
  stall_s: patience.default(3).describe('Seconds of silence in the middle of a reply.'),
  turn_end_s: patience.default(10).describe('Seconds after a reply was heard whose turn was not said to be over.'),
  empty_turns: streak.default(3).describe('Turns in a row without a word, though the caller had spoken.'),
  rejected_turns: streak.default(2).describe('Turns in a row whose answer the service held back.'),
  silent_replies: streak.default(1).describe('Replies in a row with nothing in them to hear.'),
  continue_cut_sentences: z
    .boolean()
    .default(false)
    .describe('Ask a model that ends its turn within a sentence to go on.'),
});

const limitsSchema = z.strictObject({
  max_call_minutes: z.number().min(1).max(240).default(30).describe('The call is ended after this many minutes.'),
  no_input: noInputSchema.exactOptional().describe('What happens when nobody says anything. Left out: nothing.'),
  calls_per_caller_per_minute: z
    .union([z.literal(false), z.int().min(1).max(1_000)])
    .exactOptional()
    .describe(
      'More calls a minute than this from one number are refused as busy; `false` for no bound. Withheld numbers are not ' +
        'counted. Left out: 60, and calls from this machine itself are not counted.',
    ),
});

/** One agent with everything from `defaults` merged in and every default value filled in. */
export const agentSchema = z.strictObject({
  default: z.boolean().default(false).describe('Answers numbers that no agent lists.'),
  numbers: z.array(telephoneNumber).default([]).describe('The called numbers that this agent answers, E.164.'),
  model: z
    .string()
    .regex(/^(?!.*\.\.)[^?&\s]+$/, 'is not the name of a model')
    .default(DEFAULT_MODEL)
    .describe('The Live model.'),
  voice: z.string().min(1).default('Kore').describe('A voice of the model; case counts.'),
  language: languageTag.exactOptional().describe('BCP-47; only for models that do not hear the language themselves.'),
  modality: z
    .enum(['audio', 'text'])
    .default('audio')
    .describe('What the model answers with; a caller hears nothing of text.'),
  instructions: templateText(
    'Who the agent is and what it does. Liquid, rendered for each call. Only a translator has none.',
  ).exactOptional(),
  greeting: templateText(
    'What the agent is asked to open the call with. Left out: the caller speaks first.',
  ).exactOptional(),
  hours: hoursSchema.exactOptional().describe('When the agent answers; left out: always.'),
  block: blockSchema,
  before_call: beforeCallSchema.exactOptional(),
  after_call: afterCallSchema.exactOptional(),
  disclosure: disclosureSchema
    .exactOptional()
    .describe('What callers hear before the agent, on every call and to its end.'),
  outbound: outboundSchema.prefault({}).describe('How the agent calls people.'),
  fallback: fallbackSchema
    .default({ say: 'We cannot take your call right now. Please try again later.', language: 'en-US' })
    .describe('What the caller hears when the model cannot be reached.'),
  hold: z
    .string()
    .min(1)
    .exactOptional()
    .describe(
      'What a caller hears while the connection to the model is renewed: a WAV of 0.2 to 30 s, played over and over. ' +
        'Relative to this file. Left out: two soft notes.',
    ),
  transcription: transcriptionSchema.prefault({}).describe('Which side’s transcript is kept.'),
  turn: turnSchema.prefault({}).describe('Who speaks when.'),
  session: sessionSchema.default({}).describe('How long a conversation can become.'),
  generation: generationSchema.default({}).describe('Sampling.'),
  thinking: thinkingSchema.exactOptional().describe('Thinking before answering, on models that can.'),
  affective_dialog: z.boolean().exactOptional().describe('Answer the caller’s tone, on models that can.'),
  proactive_audio: z.boolean().exactOptional().describe('Let the model stay silent when it was not spoken to.'),
  media_resolution: z.enum(['low', 'medium', 'high']).exactOptional().describe('Resolution of media input.'),
  dtmf: z.enum(['to_model', 'ignore']).default('to_model').describe('What happens to digits the caller presses.'),
  translation: translationSchema.exactOptional().describe('On a model that translates: into what.'),
  safety: safetySchema.exactOptional().describe('What Google blocks; left out: its own defaults.'),
  labels: z.record(labelKey, labelValue).exactOptional().describe('Labels that usage is billed under (Vertex AI).'),
  provisioned: z
    .enum(['dedicated', 'shared'])
    .exactOptional()
    .describe('Provisioned throughput alone (`dedicated`), or none of it (`shared`) (Vertex AI).'),
  context: z.array(contextTurnSchema).max(200).default([]).describe('Turns that the session starts with.'),
  health: healthSchema.prefault({}).describe('When the model counts as unwell, and is nudged, resumed or replaced.'),
  limits: limitsSchema.prefault({}).describe('What ends a call.'),
  tools: z.array(toolSchema).max(128).default([]).describe('What the agent can do.'),
});

/** What `defaults` may hold: everything but what is one agent's own. */
export const defaultsSchema = agentSchema
  .omit({ default: true, numbers: true })
  .extend({ fallback: fallbackSchema.partial().describe('What the caller hears when the model cannot be reached.') })
  .partial();

/** The whole file as it is written, for editors. */
export const agentsFileSchema = z.strictObject({
  defaults: defaultsSchema.exactOptional().describe('Merged under every agent.'),
  prices: pricesSchema.exactOptional().describe('What models cost, for an estimate of what a call did.'),
  outbound: outboundLineSchema.exactOptional().describe('Calls that the agents make.'),
  agents: z.record(z.string(), agentSchema).describe('The agents by name; a name is part of the webhook’s url.'),
});

/** One agent, resolved. Keys are the YAML file's own. */
export type AgentConfig = z.infer<typeof agentSchema> & {
  readonly name: string;
  /** Empty for a translator. */
  instructions: string;
  /** The recordings that it names, µ-law at 8 kHz, by their paths as they are written. */
  readonly sounds: ReadonlyMap<string, Uint8Array>;
};
