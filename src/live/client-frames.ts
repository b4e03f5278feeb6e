import type { ClientMessage } from './client-messages.js';

/** The text of any message; the caller's audio has one of its own. */
export function clientFrame(message: ClientMessage): string {
  return JSON.stringify(message);
}

/**
 * The text of a piece of caller audio, s16le mono at 16 kHz, in ASCII. Written by hand: base64 needs no escaping, and
 * there are fifty of these a second and call.
 */
export function audioFrame(pcm16k: Uint8Array): string {
  const base64 = Buffer.from(pcm16k.buffer, pcm16k.byteOffset, pcm16k.byteLength).toString('base64');
  return `{"realtimeInput":{"audio":{"data":"${base64}","mimeType":"audio/pcm;rate=16000"}}}`;
}
