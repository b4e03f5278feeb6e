import { z } from 'zod';
import { Base64Decoder } from '../audio/base64.js';
import { ProtocolError } from '../errors.js';
import { readUsualMedia } from './usual-media.js';

// The messages of Twilio Media Streams, both ways. Source: Twilio, "Media Streams - WebSocket Messages".

/** Twilio writes some numbers as strings of digits and some as numbers; look-alikes mix them differently. */
const wholeNumber = z.union([
  z.int().nonnegative(),
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number),
]);

/** Strict enough that an id can be written into a frame without escaping. */
const sid = z.string().regex(/^[\w-]{1,100}$/);

/** The largest message that is read, in bytes, and so a bound on the audio in one. */
export const MAX_MESSAGE_BYTES = 64 * 1024;

// One for every stream: the bytes of a frame are used up before the next one is parsed.
const payloads = new Base64Decoder();

const connectedSchema = z.object({ event: z.literal('connected') });

const startSchema = z.object({
  event: z.literal('start'),
  streamSid: sid,
  start: z.object({
    callSid: sid,
    accountSid: sid,
    mediaFormat: z
      .object({ encoding: z.string(), sampleRate: wholeNumber, channels: wholeNumber })
      .default({ encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 }),
    customParameters: z.record(z.string(), z.string()).default({}),
  }),
});

const mediaSchema = z.object({
  event: z.literal('media'),
  streamSid: sid,
  media: z.object({
    track: z.string().default('inbound'),
    /** Milliseconds since the stream began. */
    timestamp: wholeNumber,
    /** µ-law bytes, in a buffer that the next parsed message overwrites. */
    payload: z.string().transform((text, context): Uint8Array => {
      const bytes = payloads.decode(text);
      if (bytes) return bytes;
      context.addIssue('not base64');
      return z.NEVER;
    }),
  }),
});

const dtmfSchema = z.object({
  event: z.literal('dtmf'),
  streamSid: sid,
  dtmf: z.object({ digit: z.string().regex(/^[0-9*#A-D]$/) }),
});

const markSchema = z.object({ event: z.literal('mark'), streamSid: sid, mark: z.object({ name: z.string() }) });

const stopSchema = z.object({ event: z.literal('stop'), streamSid: sid });

/** What Twilio sends: strict on the fields that are used, blind to all others. */
export const messageFromTwilioSchema = z.discriminatedUnion('event', [
  connectedSchema,
  startSchema,
  mediaSchema,
  dtmfSchema,
  markSchema,
  stopSchema,
]);

export type MessageFromTwilio = z.infer<typeof messageFromTwilioSchema>;

type MarkFromTwilio = z.infer<typeof markSchema>;

/** The `start` of a stream, as far as it says whose stream it is. */
export type StreamStart = Pick<z.infer<typeof startSchema>['start'], 'callSid' | 'accountSid' | 'customParameters'>;

/** What Twilio takes. It drops a message that has one field too many, so this schema refuses it as well. */
export const messageToTwilioSchema = z.discriminatedUnion('event', [
  z.strictObject({
    event: z.literal('media'),
    streamSid: sid,
    media: z.strictObject({ payload: z.base64().min(1) }),
  }),
  z.strictObject({ event: z.literal('mark'), streamSid: sid, mark: z.strictObject({ name: z.string().min(1) }) }),
  z.strictObject({ event: z.literal('clear'), streamSid: sid }),
]);

export type MessageToTwilio = z.infer<typeof messageToTwilioSchema>;

const EVENTS: ReadonlySet<unknown> = new Set(messageFromTwilioSchema.options.map((option) => option.shape.event.value));

/**
 * Reads one text frame from Twilio. The audio of a `media` message is only valid until the next call.
 * @throws ProtocolError whose detail is one short word for the kind of mistake: `not-json`, `not-an-object`,
 *   `unknown-event` or `malformed-<event>`
 */
export function parseTwilioMessage(data: Buffer): MessageFromTwilio {
  const media = readUsualMedia(data, payloads);
  if (media) return media;
  const text = data.toString();
  return parseUsualMark(text) ?? parseAny(text);
}

function parseAny(text: string): MessageFromTwilio {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ProtocolError('caller', 'not-json');
  }
  const parsed = messageFromTwilioSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  if (typeof value !== 'object' || value === null) throw new ProtocolError('caller', 'not-an-object');
  const event = 'event' in value ? value.event : undefined;
  throw new ProtocolError('caller', EVENTS.has(event) ? `malformed-${String(event)}` : 'unknown-event');
}

// One for each piece of the agent's speech.
const MARK =
  /^\{"event":"mark",(?:"sequenceNumber":"\d+",)?"streamSid":"([\w-]{1,100})",(?:"sequenceNumber":"\d+",)?"mark":\{"name":"([\w:]+)"\}\}$/;

function parseUsualMark(text: string): MarkFromTwilio | undefined {
  const [, streamSid, name] = MARK.exec(text) ?? [];
  return streamSid === undefined || name === undefined ? undefined : { event: 'mark', streamSid, mark: { name } };
}

/** A frame of audio to play. `streamSid` is one that came through the schema, and needs no escaping. */
export function mediaFrame(streamSid: string, base64: string): string {
  return `{"event":"media","streamSid":"${streamSid}","media":{"payload":"${base64}"}}`;
}

/** A frame that Twilio sends back when everything before it was played or cleared. */
export function markFrame(streamSid: string, name: string): string {
  return `{"event":"mark","streamSid":"${streamSid}","mark":{"name":${JSON.stringify(name)}}}`;
}

/** A frame that empties Twilio's playback queue. */
export function clearFrame(streamSid: string): string {
  return `{"event":"clear","streamSid":"${streamSid}"}`;
}
