/* eslint-disable @typescript-eslint/no-non-null-assertion -- indices are loop-bounded; checks would cost in the hot path */
import { LivelineError } from '../errors.js';
import { encodeMulaw, MULAW_TO_PCM, PCM_TO_MULAW } from './mulaw.js';
import { ScratchBytes } from './scratch-bytes.js';
import {
  audioKernel,
  BLOCK_SAMPLES,
  createDownsampler24To8,
  createUpsampler8To16,
  RESULT_AT,
} from './stream-resampler.js';

const { memory } = audioKernel;
/** The same memory as bytes: samples stand there as the model sends and wants them, low byte first. */
const memoryBytes = new Uint8Array(memory.buffer);
memory[RESULT_AT] = 1;
// Mainframes are all that Node is built for and keeps them the other way round.
if (memoryBytes[2 * RESULT_AT] !== 1)
  throw new LivelineError('INTERNAL', 'audio is only handled by little-endian machines');
const result = new ScratchBytes(memoryBytes.subarray(2 * RESULT_AT));
const toModel = new ScratchBytes();
const toCaller = new ScratchBytes();

/** Turns the caller's audio (µ-law, 8 kHz) into the model's (16-bit little-endian samples, 16 kHz), piece by piece. */
export class CallerToModelTranscoder {
  readonly #resampler = createUpsampler8To16();

  /** Transcodes the next piece, of any length. The result is valid until the next piece, of whatever call and direction. */
  transcode(mulaw: Uint8Array): Uint8Array {
    if (mulaw.length <= BLOCK_SAMPLES) return this.#transcodeBlock(mulaw);
    const pcm16k = toModel.take(2 * this.#resampler.outputSamples(mulaw.length));
    for (let start = 0, written = 0; start < mulaw.length; start += BLOCK_SAMPLES) {
      const made = this.#transcodeBlock(mulaw.subarray(start, start + BLOCK_SAMPLES));
      pcm16k.set(made, written);
      written += made.length;
    }
    return pcm16k;
  }

  /** Forgets the signal so far. */
  reset(): void {
    this.#resampler.reset();
  }

  #transcodeBlock(mulaw: Uint8Array): Uint8Array {
    const at = this.#resampler.admit();
    for (let i = 0; i < mulaw.length; i++) memory[at + i] = MULAW_TO_PCM[mulaw[i]!]!;
    return result.take(2 * this.#resampler.filter(mulaw.length));
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
    for (let start = 0, written = 0; start < pcm24k.length;) {
      const at = 2 * this.#resampler.admit();
      let filled = 0;
      if (this.#lowByte !== undefined) memoryBytes[at + filled++] = this.#lowByte;
      const count = Math.min(2 * BLOCK_SAMPLES - filled, pcm24k.length - start);
      memoryBytes.set(count === pcm24k.length ? pcm24k : pcm24k.subarray(start, start + count), at + filled);
      start += count;
      filled += count;
      this.#lowByte = filled % 2 === 1 ? memoryBytes[at + filled - 1] : undefined;
      const made = this.#resampler.filter(filled >> 1);
      for (let i = 0; i < made; i++) mulaw[written++] = PCM_TO_MULAW[memory[RESULT_AT + i]! & 0xffff]!;
    }
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
