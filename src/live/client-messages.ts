import { z } from 'zod';

// Client → service messages of BidiGenerateContent. Strict, as the service is: an unknown field is an error.
// Read them from other clients after `normaliseKeys`.
// Source: google.ai.generativelanguage.v1beta, BidiGenerateContentClientMessage, and the types of `@google/genai` 2.32.

/** ProtoJSON takes integers as numbers and as strings. */
const integer = z
  .union([
    z.int(),
    z
      .string()
      .regex(/^-?\d+$/)
      .transform(Number),
  ])
  .exactOptional();
const number = z.number().exactOptional();
const flag = z.boolean().exactOptional();
const text = z.string().exactOptional();
const strings = z.array(z.string()).exactOptional();
const empty = z.strictObject({});

const blob = z.strictObject({ mimeType: z.string(), data: z.string() });

const content = z.strictObject({
  role: text,
  parts: z.array(z.looseObject({ text, inlineData: blob.exactOptional() })).exactOptional(),
});

const SCHEMA_TYPES = ['TYPE_UNSPECIFIED', 'STRING', 'NUMBER', 'INTEGER', 'BOOLEAN', 'ARRAY', 'OBJECT', 'NULL'] as const;

/** The subset of OpenAPI 3.0 that declares a function's parameters; counts are int64. */
export interface ParameterSchema {
  type?: (typeof SCHEMA_TYPES)[number];
  format?: string;
  title?: string;
  description?: string;
  nullable?: boolean;
  enum?: string[];
  items?: ParameterSchema;
  minItems?: number | string;
  maxItems?: number | string;
  properties?: Record<string, ParameterSchema>;
  required?: string[];
  propertyOrdering?: string[];
  minProperties?: number | string;
  maxProperties?: number | string;
  minimum?: number;
  maximum?: number;
  minLength?: number | string;
  maxLength?: number | string;
  pattern?: string;
  anyOf?: ParameterSchema[];
  default?: unknown;
  example?: unknown;
}

const count = z.union([z.int(), z.string().regex(/^\d+$/)]).exactOptional();

const parameterSchema: z.ZodType<ParameterSchema, ParameterSchema> = z.lazy(() =>
  z.strictObject({
    type: z.enum(SCHEMA_TYPES).exactOptional(),
    format: text,
    title: text,
    description: text,
    nullable: flag,
    enum: strings,
    items: parameterSchema.exactOptional(),
    minItems: count,
    maxItems: count,
    properties: z.record(z.string(), parameterSchema).exactOptional(),
    required: strings,
    propertyOrdering: strings,
    minProperties: count,
    maxProperties: count,
    minimum: number,
    maximum: number,
    minLength: count,
    maxLength: count,
    pattern: text,
    anyOf: z.array(parameterSchema).exactOptional(),
    default: z.unknown().exactOptional(),
    example: z.unknown().exactOptional(),
  }),
);

const functionDeclaration = z
  .strictObject({
    name: z.string().regex(/^[A-Za-z_][\w.:-]{0,127}$/),
    description: text,
    parameters: parameterSchema.exactOptional(),
    parametersJsonSchema: z.unknown().exactOptional(),
    response: z.unknown().exactOptional(),
    responseJsonSchema: z.unknown().exactOptional(),
    behavior: z.enum(['UNSPECIFIED', 'BLOCKING', 'NON_BLOCKING']).exactOptional(),
  })
  .refine((declared) => !(declared.parameters && declared.parametersJsonSchema !== undefined), {
    error: 'parameters and parametersJsonSchema exclude each other',
  });

const tools = z.array(z.looseObject({ functionDeclarations: z.array(functionDeclaration).exactOptional() }));

const generationConfig = z.strictObject({
  responseModalities: z.array(z.enum(['MODALITY_UNSPECIFIED', 'TEXT', 'AUDIO', 'IMAGE', 'VIDEO'])).exactOptional(),
  temperature: number,
  topP: number,
  topK: number,
  maxOutputTokens: integer,
  candidateCount: integer,
  seed: integer,
  presencePenalty: number,
  frequencyPenalty: number,
  mediaResolution: z
    .enum(['MEDIA_RESOLUTION_UNSPECIFIED', 'MEDIA_RESOLUTION_LOW', 'MEDIA_RESOLUTION_MEDIUM', 'MEDIA_RESOLUTION_HIGH'])
    .exactOptional(),
  speechConfig: z
    .strictObject({
      voiceConfig: z
        .looseObject({ prebuiltVoiceConfig: z.strictObject({ voiceName: text }).exactOptional() })
        .exactOptional(),
      languageCode: text,
    })
    .exactOptional(),
  thinkingConfig: z
    .strictObject({
      includeThoughts: flag,
      thinkingBudget: integer,
      thinkingLevel: z.enum(['THINKING_LEVEL_UNSPECIFIED', 'MINIMAL', 'LOW', 'MEDIUM', 'HIGH']).exactOptional(),
    })
    .exactOptional(),
  enableAffectiveDialog: flag,
  translationConfig: z.strictObject({ targetLanguageCode: text, echoTargetLanguage: flag }).exactOptional(),
});

const realtimeInputConfig = z.strictObject({
  automaticActivityDetection: z
    .strictObject({
      disabled: flag,
      startOfSpeechSensitivity: z
        .enum(['START_SENSITIVITY_UNSPECIFIED', 'START_SENSITIVITY_HIGH', 'START_SENSITIVITY_LOW'])
        .exactOptional(),
      endOfSpeechSensitivity: z
        .enum(['END_SENSITIVITY_UNSPECIFIED', 'END_SENSITIVITY_HIGH', 'END_SENSITIVITY_LOW'])
        .exactOptional(),
      prefixPaddingMs: integer,
      silenceDurationMs: integer,
    })
    .exactOptional(),
  activityHandling: z
    .enum(['ACTIVITY_HANDLING_UNSPECIFIED', 'START_OF_ACTIVITY_INTERRUPTS', 'NO_INTERRUPTION'])
    .exactOptional(),
  turnCoverage: z
    .enum([
      'TURN_COVERAGE_UNSPECIFIED',
      'TURN_INCLUDES_ONLY_ACTIVITY',
      'TURN_INCLUDES_ALL_INPUT',
      'TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO',
    ])
    .exactOptional(),
  interimTranscriptTimestampEnabled: flag,
});

const transcriptionConfig = z.strictObject({
  languageCodes: strings,
  customVocabulary: strings,
  wordTimestamp: flag,
  diarization: flag,
  mode: text,
  languageAuto: z.unknown().exactOptional(),
  languageHints: z.strictObject({ languageCodes: strings }).exactOptional(),
  adaptationPhrases: strings,
});

const setup = z.strictObject({
  model: z.string().min(1),
  generationConfig: generationConfig.exactOptional(),
  systemInstruction: content.exactOptional(),
  tools: tools.exactOptional(),
  realtimeInputConfig: realtimeInputConfig.exactOptional(),
  sessionResumption: z.strictObject({ handle: text, transparent: flag }).exactOptional(),
  contextWindowCompression: z
    .strictObject({
      triggerTokens: integer,
      slidingWindow: z.strictObject({ targetTokens: integer }).exactOptional(),
    })
    .exactOptional(),
  inputAudioTranscription: transcriptionConfig.exactOptional(),
  outputAudioTranscription: transcriptionConfig.exactOptional(),
  proactivity: z.strictObject({ proactiveAudio: flag }).exactOptional(),
  historyConfig: z.strictObject({ initialHistoryInClientContent: flag }).exactOptional(),
  explicitVadSignal: flag,
  avatarConfig: z.unknown().exactOptional(),
  safetySettings: z.array(z.unknown()).exactOptional(),
  labels: z.record(z.string(), z.string()).exactOptional(),
});

const realtimeInput = z.strictObject({
  audio: blob.exactOptional(),
  video: blob.exactOptional(),
  text,
  audioStreamEnd: flag,
  activityStart: empty.exactOptional(),
  activityEnd: empty.exactOptional(),
  /** Deprecated; recent services refuse it. */
  mediaChunks: z.array(blob).exactOptional(),
});

const functionResponse = z.strictObject({
  id: text,
  name: text,
  response: z.record(z.string(), z.unknown()).exactOptional(),
  scheduling: z.enum(['SCHEDULING_UNSPECIFIED', 'SILENT', 'WHEN_IDLE', 'INTERRUPT']).exactOptional(),
  willContinue: flag,
  parts: z.array(z.unknown()).exactOptional(),
});

/** Every message from a client: exactly one of its fields is set. */
export const clientMessageSchema = z
  .strictObject({
    setup: setup.exactOptional(),
    clientContent: z.strictObject({ turns: z.array(content).exactOptional(), turnComplete: flag }).exactOptional(),
    realtimeInput: realtimeInput.exactOptional(),
    toolResponse: z.strictObject({ functionResponses: z.array(functionResponse).exactOptional() }).exactOptional(),
    contextUpdate: z
      .strictObject({
        systemInstruction: content.exactOptional(),
        tools: z.strictObject({ tools: tools.exactOptional() }).exactOptional(),
      })
      .exactOptional(),
  })
  .refine((message) => Object.keys(message).length === 1, { error: 'exactly one field must be set' });

/** A client's message as it is written. */
export type ClientMessage = z.input<typeof clientMessageSchema>;
export type LiveSetup = z.input<typeof setup>;
export type LiveContent = z.input<typeof content>;
export type LiveTools = z.input<typeof tools>;
export type FunctionResponse = z.input<typeof functionResponse>;
/** A client's message as it was read, its integers as numbers. */
export type ReadClientMessage = z.output<typeof clientMessageSchema>;
