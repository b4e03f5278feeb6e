/* eslint-disable @typescript-eslint/no-non-null-assertion -- indices are loop-bounded; checks would cost in the hot path */
import { FIR_KERNEL_MODULE } from './fir-kernel-module.js';

/** Taps and samples of a filter, and what is filtered. All places and steps count in samples. */
export interface FirKernel {
  /** What `filter` reads and writes. */
  readonly memory: Int16Array;
  /**
   * Writes output k, for k from 0 up to `outputs`, to `target + k · targetStep`: the sum of `taps[i]` times
   * `source[k · step + i]`, over `UNITY_GAIN`, rounded to the nearest (halves up) and clipped to 16 bits. All in integers, hence
   * the same to the bit wherever it runs.
   *
   * Up to three outputs more are computed and written: the places behind must bear it.
   * @param tapCount a multiple of 8, above 0. The absolute values of taps 0, 1, 4, 5, 8, 9 … add up to less than 2¹⁶,
   * and so do those of the others
   */
  filter(
    source: number,
    step: number,
    taps: number,
    tapCount: number,
    target: number,
    targetStep: number,
    outputs: number,
  ): void;
}

/** A tap of this weight would give a sample as it is. */
export const UNITY_GAIN = 32_768;

/** One page of WebAssembly's memory. */
const MEMORY_SAMPLES = 32_768;

/** In WebAssembly, with 128-bit vectors; undefined where they, or WebAssembly as such, are not to be had. */
export function createVectorKernel(): FirKernel | undefined {
  try {
    const module = new WebAssembly.Module(Buffer.from(FIR_KERNEL_MODULE, 'base64'));
    const { memory, filter } = new WebAssembly.Instance(module).exports;
    return {
      memory: new Int16Array(memory.buffer),
      filter(source, step, taps, tapCount, target, targetStep, outputs) {
        const targetEnd = target + outputs * targetStep;
        filter(2 * source, 2 * step, 2 * taps, 2 * (taps + tapCount), 2 * target, 2 * targetStep, 2 * targetEnd);
      },
    };
  } catch {
    return undefined;
  }
}

/** In JavaScript, for wherever the other does not run: some twenty times as slow, which is still fast enough for calls. */
export function createScalarKernel(): FirKernel {
  const memory = new Int16Array(MEMORY_SAMPLES);
  // Sums of integers below 2⁵³ are exact in floating point, whatever their order.
  const sums = new Float64Array(MEMORY_SAMPLES);
  function add(gain: number, from: number, step: number, outputs: number): void {
    for (let k = 0; k < outputs; k++, from += step) sums[k]! += gain * memory[from]!;
  }
  return {
    memory,
    filter(source, step, taps, tapCount, target, targetStep, outputs) {
      sums.fill(0, 0, outputs);
      for (let i = 0; i < tapCount; i++) {
        const gain = memory[taps + i]!;
        if (gain !== 0) add(gain, source + i, step, outputs);
      }
      for (let k = 0; k < outputs; k++) {
        const rounded = Math.floor(sums[k]! / UNITY_GAIN + 0.5);
        memory[target + k * targetStep] = Math.min(Math.max(rounded, -32_768), 32_767);
      }
    },
  };
}

/** What is used of the WebAssembly JavaScript Interface (W3C): TypeScript knows it as a part of the DOM only. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => {
    exports: { memory: { buffer: ArrayBuffer }; filter: (...places: number[]) => void };
  };
};
