/* eslint-disable @typescript-eslint/no-non-null-assertion -- indices are loop-bounded; checks would cost in the audio thread */
import { designNyquistLowpass } from '../../audio/fir-design.js';

/** As between the carrier and the model: the telephone's band, and its mirror image at 8 kHz, 65 dB down. */
const PASS_HZ = 3_400;
const STOP_HZ = 4_600;
const ATTENUATION_DB = 65;

/**
 * Resamples between the telephone's 8 kHz and whatever the browser's audio runs at, sample by sample, either way:
 * `push` what goes in, and take `next` while it is `ready`. A browser's own conversion will not do: Firefox and Safari
 * refuse a microphone in an audio context of another rate.
 */
export class RateConverter {
  /** Steps between two input samples, and between two output samples, on the finest grid that holds both. */
  readonly #inputSteps: number;
  readonly #outputSteps: number;
  /** The taps for an output that stands d steps before the newest input sample. */
  readonly #branches: Float32Array[];
  /** The newest input samples, twice in a row, so that the taps always meet them in one piece. */
  readonly #held: Float32Array;
  #newest = 0;
  /** How many steps the next output stands after the newest input. */
  #aheadSteps: number;

  constructor(fromHz: number, toHz: number) {
    const commonHz = greatestCommonDivisor(fromHz, toHz);
    this.#inputSteps = toHz / commonHz;
    this.#outputSteps = fromHz / commonHz;
    this.#aheadSteps = this.#inputSteps;
    this.#branches = designBranches(this.#inputSteps, this.#outputSteps, fromHz);
    this.#held = new Float32Array(2 * this.#branches[0]!.length);
  }

  /** Whether `next` has all that it needs. */
  get ready(): boolean {
    return this.#aheadSteps <= 0;
  }

  push(sample: number): void {
    const length = this.#held.length / 2;
    this.#newest = this.#newest === 0 ? length - 1 : this.#newest - 1;
    this.#held[this.#newest] = sample;
    this.#held[this.#newest + length] = sample;
    this.#aheadSteps -= this.#inputSteps;
  }

  next(): number {
    const taps = this.#branches[-this.#aheadSteps]!;
    let sum = 0;
    for (let i = 0; i < taps.length; i++) sum += taps[i]! * this.#held[this.#newest + i]!;
    this.#aheadSteps += this.#outputSteps;
    return sum;
  }
}

/** Splits one low-pass at 4 kHz, on the fine grid, into the taps that meet real input samples at each offset. */
function designBranches(inputSteps: number, outputSteps: number, fromHz: number): Float32Array[] {
  const taps = designNyquistLowpass({
    band: Math.max(inputSteps, outputSteps),
    transition: (STOP_HZ - PASS_HZ) / (fromHz * inputSteps),
    attenuationDb: ATTENUATION_DB,
  });
  const reach = taps.length - 1;
  const count = Math.ceil((2 * reach + inputSteps) / inputSteps);
  return Array.from({ length: inputSteps }, (_, offset) => {
    const branch = Float64Array.from({ length: count }, (__, i) => {
      const distance = Math.abs(i * inputSteps - offset - reach);
      return distance > reach ? 0 : taps[distance]!;
    });
    // Exactly unity gain at DC in every branch, or a constant would come out with a tone on top.
    const dcGain = branch.reduce((sum, tap) => sum + tap, 0);
    return Float32Array.from(branch, (tap) => tap / dcGain);
  });
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
