import { clientFrame } from '../src/live/wire.js';
import { mediaFrame } from '../src/twilio/wire.js';
import { whiteNoise } from '../test/support/spectrum.js';

// The messages of both fakes, made beforehand: the load must cost less than what it measures.

/** One message of the model's audio. */
export interface ModelChunk {
  ms: number;
  /** As the service sends it: JSON in a binary frame. */
  message: Buffer;
}

/** Never silence, so that what the bridge fills a pause with is told apart. */
const CALLER_PAYLOADS = Array.from({ length: 16 }, (_, i) =>
  Buffer.from(Uint8Array.from({ length: 160 }, (_unused, k) => 0x20 + ((i * 7 + k) % 0x20))).toString('base64'),
);

/** The caller's 20 ms, in the order of fields that Twilio has. */
export function callerMessage(streamSid: string, sequence: number): string {
  const payload = CALLER_PAYLOADS[sequence % CALLER_PAYLOADS.length]!;
  return `{"event":"media","sequenceNumber":"${sequence + 2}","media":{"track":"inbound","chunk":"${sequence + 1}","timestamp":"${sequence * 20}","payload":"${payload}"},"streamSid":"${streamSid}"}`;
}

/** Noise at −12 dBFS, s16le at 24 kHz. */
export function modelChunk(ms: number): ModelChunk {
  const pcm = Buffer.from(whiteNoise(24 * ms, 8_192).buffer);
  const data = pcm.toString('base64');
  const parts = [{ inlineData: { mimeType: 'audio/pcm;rate=24000', data } }];
  return { ms, message: Buffer.from(JSON.stringify({ serverContent: { modelTurn: { parts } } })) };
}

export const SETUP_COMPLETE = Buffer.from('{"setupComplete":{}}');
export const INTERRUPTED = Buffer.from('{"serverContent":{"interrupted":true}}');
export const TURN_COMPLETE = Buffer.from('{"serverContent":{"turnComplete":true}}');

/** How long the bridge's own messages of audio are: 20 ms of the caller's to the model, a chunk of the model's back. */
export function callerMediaChars(chunk: ModelChunk): { toModelChars: number; toCallerChars: number } {
  const pcm = Buffer.alloc(20 * 16 * 2).toString('base64');
  const mulaw = Buffer.alloc(chunk.ms * 8).toString('base64');
  return {
    toModelChars: clientFrame({ realtimeInput: { audio: { data: pcm, mimeType: 'audio/pcm;rate=16000' } } }).length,
    toCallerChars: mediaFrame(`MZ${'0'.repeat(32)}`, mulaw).length,
  };
}
