import type { ClientMessage } from './client-messages.js';

/** The frame of any message; the caller's audio has a frame of its own. */
export function clientFrame(message: ClientMessage): string {
  return JSON.stringify(message);
}

const AUDIO_HEAD = '{"realtimeInput":{"audio":{"data":"';
const AUDIO_TAIL = '","mimeType":"audio/pcm;rate=16000"}}}';
/** Room for 100 ms, the longest piece that is usual. */
let audioScratch = Buffer.allocUnsafeSlow(8_192);

/**
 * The frame of a piece of caller audio, s16le mono at 16 kHz; valid until the next one is made. Written by hand: base64
 * needs no escaping, and there are fifty of these a second and call. Bytes rather than a string, in a buffer that is
 * used again: a client masks what it sends into a buffer of its own anyway.
 */
export function audioFrame(pcm16k: Uint8Array): Buffer {
  const base64 = Buffer.from(pcm16k.buffer, pcm16k.byteOffset, pcm16k.byteLength).toString('base64');
  const tailAt = AUDIO_HEAD.length + base64.length;
  const lengthBytes = tailAt + AUDIO_TAIL.length;
  if (audioScratch.length < lengthBytes) audioScratch = Buffer.allocUnsafeSlow(lengthBytes);
  audioScratch.write(AUDIO_HEAD, 0, 'latin1');
  audioScratch.write(base64, AUDIO_HEAD.length, 'latin1');
  audioScratch.write(AUDIO_TAIL, tailAt, 'latin1');
  return audioScratch.subarray(0, lengthBytes);
}
