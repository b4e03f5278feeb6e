/* eslint-disable @typescript-eslint/no-non-null-assertion -- indices are loop-bounded; checks would cost in the hot path */
import { designNyquistLowpass } from './fir-design.js';

/** The telephone's band ends at 3.4 kHz; 4.6 kHz is its mirror image at the 8 kHz line rate. */
const PASS_HZ = 3400;
const STOP_HZ = 4600;

/** 60 dB are promised; a few more are kept in hand. Costs 55 taps up and 81 down, under 2 ms of delay either way. */
const ATTENUATION_DB = 65;

/** Longer chunks are worked through in blocks of this size, so that memory is bounded whatever comes. 20 ms at 24 kHz. */
const BLOCK_SAMPLES = 480;

/**
 * The taps of a symmetric filter that are not zero, in pairs: sample `left[i]` and sample `right[i]` are equally far from
 * the centre and share `gain[i]`. The centre pairs with itself.
 */
interface TapPairs {
  gain: Float64Array;
  left: Int32Array;
  right: Int32Array;
}

/**
 * A polyphase filter: `decimation` input samples (a frame) advance it by `interpolation` output samples, and each of
 * these has a branch, that is the taps which fall on real input samples. Positions count from the oldest sample that
 * a frame's outputs look at.
 */
interface Polyphase {
  interpolation: number;
  decimation: number;
  branches: TapPairs[];
  /** How many samples before a frame's first one, and in all, its outputs look at. */
  lookback: number;
  span: number;
}

const UP_8_TO_16 = designPolyphase(2, 1, 16_000);
const DOWN_24_TO_8 = designPolyphase(1, 3, 24_000);

// Scratch that all resamplers share: filtering is synchronous and leaves nothing in it. That the arrays are constants,
// whose address and length the compiler knows, makes the inner loop nearly twice as fast.
const signal = new Float64Array(Math.max(UP_8_TO_16.span, DOWN_24_TO_8.span) + BLOCK_SAMPLES);
const sums = new Float64Array(BLOCK_SAMPLES);

/** Doubles the telephone's 8 kHz to the 16 kHz that the model listens at. Every other sample is the caller's own. */
export function createUpsampler8To16(): StreamResampler {
  return new StreamResampler(UP_8_TO_16);
}

/** Brings the model's 24 kHz down to the telephone's 8 kHz. */
export function createDownsampler24To8(): StreamResampler {
  return new StreamResampler(DOWN_24_TO_8);
}

/**
 * Resamples an endless signal piece by piece. What comes out does not depend on how the signal was cut; output sample
 * k stands for the instant of input sample k · in/out rate, and n samples in, after `flush`, have given exactly
 * ⌈n · out/in rate⌉. An output leaves as soon as the samples after it that the filter looks at (under 2 ms) are there,
 * so the first chunk gives a little less than its share, and the rest of it follows last.
 */
export class StreamResampler {
  readonly #filter: Polyphase;
  /** The samples that outputs to come will look at, oldest first. */
  readonly #held: Int16Array;
  #heldCount = 0;

  constructor(filter: Polyphase) {
    this.#filter = filter;
    this.#held = new Int16Array(filter.span);
    this.reset();
  }

  /** Resamples the next piece of the signal, of any length. */
  process(pcm: Int16Array): Int16Array {
    const resampled = new Int16Array(this.outputSamples(pcm.length));
    this.processInto(resampled, pcm, pcm.length);
    return resampled;
  }

  /** How many samples come out when `inputSamples` more go in. */
  outputSamples(inputSamples: number): number {
    return this.#frames(this.#heldCount + inputSamples) * this.#filter.interpolation;
  }

  /**
   * As `process`, without allocating: takes the first `count` samples of `source`, writes to the start of `target`.
   * @param target has room for `outputSamples(count)`
   * @returns how many samples were written
   */
  processInto(target: Int16Array, source: Int16Array, count: number): number {
    let written = 0;
    for (let start = 0; start < count; start += BLOCK_SAMPLES) {
      written += this.#filterBlock(target, written, source, start, Math.min(start + BLOCK_SAMPLES, count));
    }
    return written;
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

  /** Makes every output that samples `start` to `end` of the source allow for, and holds back what the next will need. */
  #filterBlock(target: Int16Array, written: number, source: Int16Array, start: number, end: number): number {
    const { interpolation, decimation, branches } = this.#filter;
    let filled = this.#heldCount;
    for (let i = 0; i < filled; i++) signal[i] = this.#held[i]!;
    for (let i = start; i < end; i++) signal[filled++] = source[i]!;

    const frames = this.#frames(filled);
    for (let branch = 0; branch < interpolation; branch++) {
      sumBranch(branches[branch]!, decimation, frames);
      for (let frame = 0, i = written + branch; frame < frames; frame++, i += interpolation) {
        target[i] = toSample(sums[frame]!);
      }
    }

    const done = frames * decimation;
    for (let i = done; i < filled; i++) this.#held[i - done] = signal[i]!;
    this.#heldCount = filled - done;
    return frames * interpolation;
  }
}

/**
 * Leaves one branch's output for each frame in `sums`. Goes tap by tap over all frames, two pairs of taps at a time,
 * rather than frame by frame over all taps: that would be one long chain of additions, each waiting for the last.
 */
function sumBranch({ gain, left, right }: TapPairs, decimation: number, frames: number): void {
  sums.fill(0, 0, frames);
  for (let i = 0; i < gain.length; i += 2) {
    addPairs(gain[i]!, left[i]!, right[i]!, gain[i + 1]!, left[i + 1]!, right[i + 1]!, decimation, frames);
  }
}

/** The inner loop, a function of its own so that all it handles stays in registers; `| 0` spares checks for overflow. */
function addPairs(
  gainA: number,
  leftA: number,
  rightA: number,
  gainB: number,
  leftB: number,
  rightB: number,
  decimation: number,
  frames: number,
): void {
  for (let frame = 0; frame < frames; frame++) {
    sums[frame]! += gainA * (signal[leftA]! + signal[rightA]!) + gainB * (signal[leftB]! + signal[rightB]!);
    leftA = (leftA + decimation) | 0;
    rightA = (rightA + decimation) | 0;
    leftB = (leftB + decimation) | 0;
    rightB = (rightB + decimation) | 0;
  }
}

/** The nearest 16-bit sample; what is too loud is clipped, never wrapped. */
function toSample(value: number): number {
  if (value >= 32_767) return 32_767;
  if (value <= -32_768) return -32_768;
  return Math.round(value);
}

/**
 * Splits a low-pass at 4 kHz into branches. With an interpolation of 1 or 2 every branch is symmetric in itself, so
 * equal taps are paired, which halves the multiplications; the zero taps are left out.
 * @param filterHz rate at which the filter runs: that of the faster side
 */
function designPolyphase(interpolation: 1 | 2, decimation: number, filterHz: number): Polyphase {
  const taps = designNyquistLowpass({
    band: Math.max(interpolation, decimation),
    transition: (STOP_HZ - PASS_HZ) / filterHz,
    attenuationDb: ATTENUATION_DB,
  });
  const branches = Array.from({ length: interpolation }, (_, branch) =>
    pairTaps(taps, branch * decimation, interpolation),
  );
  const lookback = -Math.min(...branches.flatMap(({ left }) => [...left]));
  const lookahead = Math.max(...branches.flatMap(({ right }) => [...right]));
  for (const { left, right } of branches) {
    left.forEach((position, i) => (left[i] = position + lookback));
    right.forEach((position, i) => (right[i] = position + lookback));
  }
  return { interpolation, decimation, branches, lookback, span: lookback + 1 + lookahead };
}

/**
 * The taps of the outputs that stand at `centre`, where input sample i stands at i · spacing. An even number of pairs:
 * one that weighs nothing makes it so.
 */
function pairTaps(taps: Float64Array, centre: number, spacing: number): TapPairs {
  const pairs: { gain: number; left: number; right: number }[] = [];
  for (let distance = centre % spacing; distance < taps.length; distance += spacing) {
    const tap = taps[distance]!;
    if (tap === 0) continue;
    const gain = distance === 0 ? tap / 2 : tap;
    pairs.push({ gain, left: (centre - distance) / spacing, right: (centre + distance) / spacing });
  }
  if (pairs.length % 2 === 1) pairs.push({ gain: 0, left: 0, right: 0 });
  // Exactly unity gain at DC in every branch, or a constant would come out with a tone on top.
  const dcGain = pairs.reduce((total, { gain }) => total + 2 * gain, 0);
  return {
    gain: Float64Array.from(pairs, ({ gain }) => gain / dcGain),
    left: Int32Array.from(pairs, ({ left }) => left),
    right: Int32Array.from(pairs, ({ right }) => right),
  };
}
