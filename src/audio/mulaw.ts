/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is a byte, a 16-bit word or loop-bounded; checks would cost in the hot path */
// A default import: the package is CommonJS to Node and names nothing else.
import alawmulaw from 'alawmulaw';

/**
 * What a µ-law byte says, as a 16-bit sample; index is the byte. Source: ITU-T G.711, table 2, scaled by four
 * (G.711 speaks of 14 bits).
 */
export const MULAW_TO_PCM: Int16Array = Int16Array.from({ length: 256 }, (_, code) =>
  alawmulaw.mulaw.decodeSample(code),
);

/**
 * The µ-law byte of a 16-bit sample; index is `sample & 0xffff`. Magnitudes over 32635 take the outermost code.
 * Source: ITU-T G.711, table 2. Negative samples are coded by magnitude, as the standard has it, so that the codec is
 * symmetric; the widespread shift of the signed value is off by one at their decision values.
 */
export const PCM_TO_MULAW: Uint8Array = Uint8Array.from({ length: 65_536 }, (_, word) =>
  alawmulaw.mulaw.encodeSample((word << 16) >> 16),
);

/** µ-law silence: +0. (0x00 is full-scale negative, a loud click.) */
export const MULAW_SILENCE = 0xff;

const silence = new Uint8Array(8_000).fill(MULAW_SILENCE);

/** So many bytes of silence; not to be written to. */
export function mulawSilence(bytes: number): Uint8Array {
  return bytes <= silence.length ? silence.subarray(0, bytes) : new Uint8Array(bytes).fill(MULAW_SILENCE);
}

/**
 * Expands µ-law to 16-bit samples.
 * @param pcm where to, if it is as long; else an array is made
 */
export function decodeMulaw(mulaw: Uint8Array, pcm?: Int16Array): Int16Array {
  if (pcm?.length !== mulaw.length) pcm = new Int16Array(mulaw.length);
  for (let i = 0; i < pcm.length; i++) pcm[i] = MULAW_TO_PCM[mulaw[i]!]!;
  return pcm;
}

/** Compresses 16-bit samples to µ-law. */
export function encodeMulaw(pcm: Int16Array): Uint8Array {
  const mulaw = new Uint8Array(pcm.length);
  for (let i = 0; i < mulaw.length; i++) mulaw[i] = PCM_TO_MULAW[pcm[i]! & 0xffff]!;
  return mulaw;
}
