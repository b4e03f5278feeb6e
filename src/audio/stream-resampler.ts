/* eslint-disable @typescript-eslint/no-non-null-assertion -- indices are loop-bounded; checks would cost in the hot path */
import { designNyquistLowpass } from './fir-design.js';
import { createScalarKernel, createVectorKernel, type FirKernel, UNITY_GAIN } from './fir-kernel.js';

/** The telephone's band ends at 3.4 kHz; 4.6 kHz is its mirror image at the 8 kHz line rate. */
const PASS_HZ = 3400;
const STOP_HZ = 4600;

/**
 * 60 dB are promised; a few more are kept in hand, one of them for taps of 16 bits. Costs 55 taps up and 81 down, under
 * 2 ms of delay either way.
 */
const ATTENUATION_DB = 65;

/** Longer chunks are worked through in blocks of this size, so that memory is bounded whatever comes. 240 ms at 24 kHz. */
export const BLOCK_SAMPLES = 5760;

/**
 * A low-pass between two rates: `decimation` input samples (a frame) give `interpolation` outputs. The last of these is
 * filtered; where there are two, the first is the input's own sample.
 */
interface RateFilter {
  interpolation: 1 | 2;
  decimation: number;
  /** In units of `UNITY_GAIN`; tap i weighs sample i of the frame's `span` samples. Zeros at the end, to the kernel's liking. */
  taps: Int16Array;
  /** Where in the kernel's memory they stand. */
  tapsAt: number;
  /** How many samples before a frame's first one, and in all, its outputs look at. */
  lookback: number;
  span: number;
}

// The taps of both filters stand at the beginning of their kernel's memory.
const UP_8_TO_16 = designRateFilter(2, 1, 16_000, 0);
const DOWN_24_TO_8 = designRateFilter(1, 3, 24_000, UP_8_TO_16.taps.length);

// Where all resamplers have what they filter, in their kernel's memory. They can share it: filtering is synchronous and
// leaves nothing there but its result. The kernel takes four outputs at a time, and so goes a little beyond the end of
// signal and result.
const SIGNAL_AT = UP_8_TO_16.taps.length + DOWN_24_TO_8.taps.length;
/** Where `filter` leaves what it made, until any resampler's next block. */
export const RESULT_AT = 8_192;

/** What calls are resampled with. */
export const audioKernel = createVectorKernel() ?? createScalarKernel();

/** Doubles the telephone's 8 kHz to the 16 kHz that the model listens at. Every other sample is the caller's own. */
export function createUpsampler8To16(kernel = audioKernel): StreamResampler {
  return new StreamResampler(UP_8_TO_16, kernel);
}

/** Brings the model's 24 kHz down to the telephone's 8 kHz. */
export function createDownsampler24To8(kernel = audioKernel): StreamResampler {
  return new StreamResampler(DOWN_24_TO_8, kernel);
}

/**
 * Resamples an endless signal piece by piece. What comes out does not depend on how the signal was cut; output sample
 * k stands for the instant of input sample k · in/out rate, and n samples in, after `flush`, have given exactly
 * ⌈n · out/in rate⌉. An output leaves as soon as the samples after it that the filter looks at (under 2 ms) are there,
 * so the first chunk gives a little less than its share, and the rest of it follows last.
 */
export class StreamResampler {
  readonly #filter: RateFilter;
  readonly #kernel: FirKernel;
  /** The samples that outputs to come will look at, oldest first. */
  readonly #held: Int16Array;
  #heldCount = 0;

  constructor(filter: RateFilter, kernel: FirKernel) {
    this.#filter = filter;
    this.#kernel = kernel;
    this.#held = new Int16Array(filter.span);
    kernel.memory.set(filter.taps, filter.tapsAt);
    this.reset();
  }

  /** Resamples the next piece of the signal, of any length. */
  process(pcm: Int16Array): Int16Array {
    const { memory } = this.#kernel;
    const resampled = new Int16Array(this.outputSamples(pcm.length));
    for (let start = 0, written = 0; start < pcm.length; start += BLOCK_SAMPLES) {
      const block = pcm.subarray(start, start + BLOCK_SAMPLES);
      memory.set(block, this.admit());
      const made = this.filter(block.length);
      resampled.set(memory.subarray(RESULT_AT, RESULT_AT + made), written);
      written += made;
    }
    return resampled;
  }

  /** How many samples come out when `inputSamples` more go in. */
  outputSamples(inputSamples: number): number {
    return this.#frames(this.#heldCount + inputSamples) * this.#filter.interpolation;
  }

  /**
   * `process` without its copies, a block at a time: this is where in the kernel's memory the block's samples, at most
   * `BLOCK_SAMPLES`, are to be put, and `filter` is what must come next.
   */
  admit(): number {
    const { memory } = this.#kernel;
    for (let i = 0; i < this.#heldCount; i++) memory[SIGNAL_AT + i] = this.#held[i]!;
    return SIGNAL_AT + this.#heldCount;
  }

  /**
   * Makes every output that the block's samples allow for, and holds back what the next block's will need.
   * @returns how many there are, from `RESULT_AT` on
   */
  filter(blockSamples: number): number {
    const { interpolation, decimation, taps, tapsAt, lookback } = this.#filter;
    const { memory } = this.#kernel;
    const filled = this.#heldCount + blockSamples;
    const frames = this.#frames(filled);
    const target = RESULT_AT + interpolation - 1;
    this.#kernel.filter(SIGNAL_AT, decimation, tapsAt, taps.length, target, interpolation, frames);
    if (interpolation === 2) {
      for (let i = 0; i < frames; i++) memory[RESULT_AT + 2 * i] = memory[SIGNAL_AT + lookback + i]!;
    }
    const done = frames * decimation;
    this.#heldCount = filled - done;
    for (let i = 0; i < this.#heldCount; i++) this.#held[i] = memory[SIGNAL_AT + done + i]!;
    return frames * interpolation;
  }

  /** Ends the signal: gives the samples still owed, as if silence followed, and is as new. */
  flush(): Int16Array {
    const { interpolation, decimation, lookback, span } = this.#filter;
    const owed = Math.ceil(((this.#heldCount - lookback) * interpolation) / decimation);
    const tail = this.process(new Int16Array(span)).slice(0, owed);
    this.reset();
    return tail;
  }

  /** Forgets the signal so far. */
  reset(): void {
    this.#heldCount = this.#filter.lookback;
    this.#held.fill(0);
  }

  #frames(samples: number): number {
    const { span, decimation } = this.#filter;
    // `| 0` rather than Math.floor: an integer to the compiler too, which the loops' speed depends on.
    return samples < span ? 0 : (((samples - span) / decimation) | 0) + 1;
  }
}

/**
 * A low-pass at 4 kHz. Between the samples of the slower side it is a Nyquist filter; when interpolating, this leaves
 * those samples as they are, and only those between them are to be filtered.
 * @param filterHz rate at which the filter runs: that of the faster side
 */
function designRateFilter(interpolation: 1 | 2, decimation: number, filterHz: number, tapsAt: number): RateFilter {
  const side = designNyquistLowpass({
    band: Math.max(interpolation, decimation),
    transition: (STOP_HZ - PASS_HZ) / filterHz,
    attenuationDb: ATTENUATION_DB,
  });
  // Of a filter that runs at twice the rate, every other tap falls on a sample; the others on the zeros in between.
  const taps = [...side.subarray(1).toReversed(), ...side].filter(
    (_, i) => interpolation === 1 || i % 2 === side.length % 2,
  );
  return {
    interpolation,
    decimation,
    taps: inUnits(taps),
    tapsAt,
    lookback: Math.ceil(taps.length / 2) - 1,
    span: taps.length,
  };
}

/** Rounds taps to whole units, so that they add up to exactly one: a constant comes out as it is. */
function inUnits(taps: readonly number[]): Int16Array {
  const total = taps.reduce((sum, tap) => sum + tap, 0);
  const units = taps.map((tap) => Math.round((tap / total) * UNITY_GAIN));
  const missing = UNITY_GAIN - units.reduce((sum, unit) => sum + unit, 0);
  // What rounding took or gave goes to the largest, in the middle, where it matters least.
  units[Math.floor((units.length - 1) / 2)]! += Math.ceil(missing / 2);
  units[Math.ceil((units.length - 1) / 2)]! += Math.floor(missing / 2);
  const padded = new Int16Array(Math.ceil(units.length / 8) * 8);
  padded.set(units);
  return padded;
}
