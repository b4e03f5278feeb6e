/** Why a blob is not played; the words are for counting. */
export type UnplayableAudio = 'audio-format' | 'audio-rate' | 'audio-encoding';

/**
 * Model audio as s16le PCM at 24 kHz, the only rate the service speaks. No rate means that one.
 * @returns a word for why not, when it is something else
 */
export function decodeModelAudio(mimeType: string, base64: string): Buffer | UnplayableAudio {
  if (mimeType !== 'audio/pcm;rate=24000' && mimeType !== 'audio/pcm') {
    const unplayable = judgeMimeType(mimeType);
    if (unplayable) return unplayable;
  }
  const pcm24k = Buffer.from(base64, 'base64');
  // The decoder skips what is not base64; what it makes of it then is noise.
  return pcm24k.length > 0 && pcm24k.length === Buffer.byteLength(base64, 'base64') ? pcm24k : 'audio-encoding';
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
