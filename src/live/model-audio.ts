import { Base64Decoder } from '../audio/base64.js';

/** Why a blob is not played; the words are for counting. */
export type UnplayableAudio = 'audio-format' | 'audio-rate' | 'audio-encoding';

/** For all sessions: audio is used up before the next message is read. */
const decoder = new Base64Decoder();

/**
 * Model audio as s16le PCM at 24 kHz, the only rate the service speaks, valid until the next. No rate means that one.
 * @returns a word for why not, when it is something else
 */
export function decodeModelAudio(mimeType: string, base64: string): Uint8Array | UnplayableAudio {
  if (mimeType !== 'audio/pcm;rate=24000' && mimeType !== 'audio/pcm') {
    const unplayable = judgeMimeType(mimeType);
    if (unplayable) return unplayable;
  }
  return decodeSamples(base64) ?? 'audio-encoding';
}

function decodeSamples(base64: string): Uint8Array | undefined {
  const pcm24k = decoder.decode(base64);
  return pcm24k?.length === 0 ? undefined : pcm24k;
}

function judgeMimeType(mimeType: string): UnplayableAudio | undefined {
  const [type = '', ...parameters] = mimeType
    .toLowerCase()
    .split(';')
    .map((field) => field.trim());
  if (type !== 'audio/pcm') return 'audio-format';
  const rate = parameters.find((parameter) => parameter.startsWith('rate='));
  return rate === undefined || rate === 'rate=24000' ? undefined : 'audio-rate';
}

// A message that is one piece of audio and nothing else, from its beginning to the audio, and from there to its end.
// The service writes its JSON on one line or on many: between tokens may stand what JSON calls white space.
const USUAL_HEAD = outline(
  '^ { "serverContent" : { "modelTurn" : { "parts" : [ { "inlineData" : { "mimeType" : "audio/pcm;rate=24000" , "data" : "',
);
const USUAL_TAIL = outline('^" } } ] } } } $');
const QUOTE = 0x22;
/** Neither head nor tail is ever longer, white space included. */
const MAX_OUTLINE_BYTES = 400;

/**
 * The audio of a message that is one piece of it and nothing else, by far the most frequent one: found by its outline,
 * without a parse.
 * @returns s16le PCM at 24 kHz, valid until the next message; undefined for any message that the parser must see
 */
export function readUsualAudio(message: Buffer): Uint8Array | undefined {
  const head = USUAL_HEAD.exec(message.toString('latin1', 0, MAX_OUTLINE_BYTES));
  if (!head) return undefined;
  const start = head[0].length;
  const end = message.indexOf(QUOTE, start);
  if (end <= start || message.length - end > MAX_OUTLINE_BYTES) return undefined;
  if (!USUAL_TAIL.test(message.toString('latin1', end))) return undefined;
  return decodeSamples(message.toString('latin1', start, end));
}

function outline(tokens: string): RegExp {
  return new RegExp(tokens.replace(/[{}[\]]/g, '\\$&').replaceAll(' ', '[ \\t\\r\\n]*'));
}
