/* eslint-disable @typescript-eslint/no-non-null-assertion -- indices are loop-bounded; checks would cost in the hot path */
import { encodeMulaw, MULAW_TO_PCM, PCM_TO_MULAW } from './mulaw.js';
import { ScratchBytes } from './scratch-bytes.js';
import { createDownsampler24To8, createUpsampler8To16 } from './stream-resampler.js';

// Bytes of samples are put together and taken apart by hand, low byte first: right on any platform, at any offset.

/** Chunks are worked through in blocks of this size, in buffers that all calls share: 20 ms at 24 kHz. */
const BLOCK_SAMPLES = 480;
const beforeResampling = new Int16Array(BLOCK_SAMPLES);
const afterResampling = new Int16Array(2 * BLOCK_SAMPLES);
const toModel = new ScratchBytes();
const toCaller = new ScratchBytes();

/** Turns the caller's audio (µ-law, 8 kHz) into the model's (16-bit little-endian samples, 16 kHz), piece by piece. */
export class CallerToModelTranscoder {
  readonly #resampler = createUpsampler8To16();

  /** Transcodes the next piece, of any length. The result is valid until the next piece, of whatever call. */
  transcode(mulaw: Uint8Array): Uint8Array {
    const pcm16k = toModel.take(2 * this.#resampler.outputSamples(mulaw.length));
    for (let start = 0, byte = 0; start < mulaw.length; start += BLOCK_SAMPLES) {
      const count = Math.min(BLOCK_SAMPLES, mulaw.length - start);
      for (let i = 0; i < count; i++) beforeResampling[i] = MULAW_TO_PCM[mulaw[start + i]!]!;
      const made = this.#resampler.processInto(afterResampling, beforeResampling, count);
      for (let i = 0; i < made; i++) {
        const sample = afterResampling[i]!;
        pcm16k[byte++] = sample;
        pcm16k[byte++] = sample >> 8;
      }
    }
    return pcm16k;
  }

  /** Forgets the signal so far. */
  reset(): void {
    this.#resampler.reset();
  }
}

/** Turns the model's audio (16-bit little-endian samples, 24 kHz) into the caller's (µ-law, 8 kHz), piece by piece. */
export class ModelToCallerTranscoder {
  readonly #resampler = createDownsampler24To8();
  /** The first byte of a sample whose second comes with the next piece. */
  #lowByte: number | undefined;

  /**
   * Transcodes the next piece: any number of bytes, at any offset in its buffer. The result is valid until the next
   * piece, of whatever call.
   */
  transcode(pcm24k: Uint8Array): Uint8Array {
    const samples = (pcm24k.length + (this.#lowByte === undefined ? 0 : 1)) >> 1;
    const mulaw = toCaller.take(this.#resampler.outputSamples(samples));
    let byte = 0;
    for (let start = 0, written = 0; start < samples; start += BLOCK_SAMPLES) {
      const count = Math.min(BLOCK_SAMPLES, samples - start);
      let i = 0;
      if (this.#lowByte !== undefined) {
        beforeResampling[i++] = this.#lowByte | (pcm24k[byte++]! << 8);
        this.#lowByte = undefined;
      }
      for (; i < count; i++, byte += 2) beforeResampling[i] = pcm24k[byte]! | (pcm24k[byte + 1]! << 8);
      const made = this.#resampler.processInto(afterResampling, beforeResampling, count);
      for (let k = 0; k < made; k++) mulaw[written++] = PCM_TO_MULAW[afterResampling[k]! & 0xffff]!;
    }
    if (byte < pcm24k.length) this.#lowByte = pcm24k[byte];
    return mulaw;
  }

  /** Ends the signal: gives what is still owed of it, and is as new. Half a sample is dropped. */
  flush(): Uint8Array {
    this.#lowByte = undefined;
    return encodeMulaw(this.#resampler.flush());
  }

  /** Forgets the signal so far: the next piece begins a new one. */
  reset(): void {
    this.#lowByte = undefined;
    this.#resampler.reset();
  }
}
