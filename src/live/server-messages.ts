import { z } from 'zod';
import { ProtocolError } from '../errors.js';
import { isRecord, normaliseKeys } from './normalise-keys.js';

// Service → client messages of BidiGenerateContent. Strict on what is used, loose on everything else.
// Source: google.ai.generativelanguage.v1beta, BidiGenerateContentServerMessage, and the types of `@google/genai` 2.32.

/** ProtoJSON writes int64 as a string, int32 as a number, and readers take both. */
const integer = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d+$/)
    .transform(Number),
]);
const flag = z.boolean().exactOptional();
const text = z.string().exactOptional();
/** Known, and of no use here: whoever reads it minds its shape. */
const unused = z.unknown().exactOptional();

const transcription = z.looseObject({
  text,
  languageCode: text,
  speakerLabel: text,
  words: z.array(z.looseObject({ word: text, startOffset: text, endOffset: text })).exactOptional(),
});

const inlineData = z.looseObject({ mimeType: text, data: text });

const part = z.looseObject({
  text,
  /** A summary of the model's reasoning: never spoken. */
  thought: flag,
  inlineData: inlineData.exactOptional(),
  // Read by `modelReports`.
  executableCode: unused,
  codeExecutionResult: unused,
});

const serverContent = z.looseObject({
  modelTurn: z.looseObject({ role: text, parts: z.array(part).exactOptional() }).exactOptional(),
  interrupted: flag,
  generationComplete: flag,
  turnComplete: flag,
  turnCompleteReason: text,
  inputTranscription: transcription.exactOptional(),
  outputTranscription: transcription.exactOptional(),
  interimInputTranscription: unused,
  waitingForInput: flag,
  /** `IN_PROGRESS`: this `turnComplete` is not the last of the model's turn; `IDLE`: it is. */
  interactionStatus: text,
  // Read by `modelReports`.
  groundingMetadata: unused,
  urlContextMetadata: unused,
});

const functionCall = z.looseObject({
  /** Some builds of the service leave it out. */
  id: text,
  name: z.string(),
  args: z.record(z.string(), z.unknown()).exactOptional(),
});

const tokenDetails = z.array(z.looseObject({ modality: text, tokenCount: integer.exactOptional() })).exactOptional();

const usageMetadata = z.looseObject({
  promptTokenCount: integer.exactOptional(),
  promptTokensDetails: tokenDetails,
  totalTokenCount: integer.exactOptional(),
  thoughtsTokenCount: integer.exactOptional(),
  toolUsePromptTokenCount: integer.exactOptional(),
  cachedContentTokenCount: integer.exactOptional(),
  /** The Gemini API's words for what the model made. */
  responseTokenCount: integer.exactOptional(),
  responseTokensDetails: tokenDetails,
  /** Vertex AI's words for the same. */
  candidatesTokenCount: integer.exactOptional(),
  candidatesTokensDetails: tokenDetails,
  /** Vertex AI: which quota served the turn. */
  trafficType: text,
});

/** Every message from the service. */
export const serverMessageSchema = z.looseObject({
  /** Its presence counts, not its content. */
  setupComplete: unused,
  serverContent: serverContent.exactOptional(),
  toolCall: z.looseObject({ functionCalls: z.array(functionCall).exactOptional() }).exactOptional(),
  toolCallCancellation: z.looseObject({ ids: z.array(z.string()).exactOptional() }).exactOptional(),
  usageMetadata: usageMetadata.exactOptional(),
  /** `timeLeft` is a Duration: decimal seconds and an `s`. */
  goAway: z.looseObject({ timeLeft: text }).exactOptional(),
  /** Documented beside `serverContent` too, though it is sent inside it. */
  inputTranscription: transcription.exactOptional(),
  outputTranscription: transcription.exactOptional(),
  sessionResumptionUpdate: z
    .looseObject({
      newHandle: text,
      resumable: flag,
      /** The last of the client's messages that is part of the handle; the setup is 0. */
      lastConsumedClientMessageIndex: integer.exactOptional(),
    })
    .exactOptional(),
  // Read by `modelReports`.
  voiceActivity: unused,
  voiceActivityDetectionSignal: unused,
});

export type ServerMessage = z.output<typeof serverMessageSchema>;
export type ServerContent = z.output<typeof serverContent>;
export type Transcription = z.output<typeof transcription>;
export type UsageMetadata = z.output<typeof usageMetadata>;

/**
 * Reads a message of the service from parsed JSON; unknown fields are kept.
 * @throws ProtocolError
 */
export function parseServerMessage(json: unknown): ServerMessage {
  const result = serverMessageSchema.safeParse(normaliseKeys(json));
  if (result.success) return result.data;
  const path = result.error.issues[0]?.path.join('.') ?? '';
  throw new ProtocolError('model', path === '' ? 'the message is not an object' : `${path} cannot be read`);
}

/** Whether a message has a field that nobody told us about, at its top or in its `serverContent`. */
export function hasUnknownField(message: ServerMessage): boolean {
  return (
    Object.keys(message).some((key) => !(key in serverMessageSchema.shape)) ||
    Object.keys(message.serverContent ?? {}).some((key) => !(key in serverContent.shape))
  );
}

/**
 * The blob of a message that is one piece of model audio and nothing else, recognised without a schema walk:
 * it is by far the most frequent message. Undefined for any other.
 */
export function plainAudio(json: unknown): { mimeType: string; data: string } | undefined {
  const content = onlyField(json, 'serverContent');
  const turn = onlyField(content, 'modelTurn');
  if (!isRecord(turn) || !Array.isArray(turn['parts']) || turn['parts'].length !== 1) return undefined;
  const blob = onlyField(turn['parts'][0], 'inlineData');
  if (!isRecord(blob)) return undefined;
  const { mimeType, data } = blob;
  return typeof mimeType === 'string' && typeof data === 'string' ? { mimeType, data } : undefined;
}

/** A protobuf Duration (`"49.5s"`) in milliseconds; 0 for none, or for one that cannot be read. */
export function durationMs(duration: string | undefined): number {
  const seconds = Number.parseFloat(duration ?? '');
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : 0;
}

function onlyField(value: unknown, key: string): unknown {
  if (!isRecord(value)) return undefined;
  for (const name in value) if (name !== key) return undefined;
  return value[key];
}
