import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createScalarKernel, createVectorKernel, type FirKernel } from '../../../src/audio/fir-kernel.js';
import { createDownsampler24To8, createUpsampler8To16 } from '../../../src/audio/stream-resampler.js';
import { assembleKernel, KERNEL_MODULE } from '../../support/assemble-kernel.js';
import { concat, cut } from '../../support/spectrum.js';

const TAPS_AT = 0;
const SOURCE_AT = 1_000;
const TARGET_AT = 20_000;

/** Loud and random samples are both likely: sums then leave 32 bits, and outputs 16. */
const sample = fc.oneof(fc.constantFrom(-32_768, 32_767), fc.integer({ min: -32_768, max: 32_767 }));
/** Up to 88 taps: 44 in each half, which stay below 2¹⁶ at ±1489 with any signs. */
const taps = fc
  .array(fc.array(fc.integer({ min: -1_489, max: 1_489 }), { minLength: 8, maxLength: 8 }), {
    minLength: 1,
    maxLength: 11,
  })
  .map((eights) => eights.flat());

interface Job {
  signal: number[];
  taps: number[];
  step: number;
  targetStep: number;
  outputs: number;
}

const job: fc.Arbitrary<Job> = fc
  .record({ taps, step: fc.integer({ min: 1, max: 3 }), targetStep: fc.constantFrom(1, 2), outputs: fc.nat(200) })
  .chain((rest) => {
    const length = rest.outputs * rest.step + rest.taps.length;
    return fc.array(sample, { minLength: length, maxLength: length }).map((signal) => ({ ...rest, signal }));
  });

function run(kernel: FirKernel, { signal, taps: gains, step, targetStep, outputs }: Job): number[] {
  kernel.memory.set(gains, TAPS_AT);
  kernel.memory.set(signal, SOURCE_AT);
  kernel.filter(SOURCE_AT, step, TAPS_AT, gains.length, TARGET_AT, targetStep, outputs);
  return Array.from({ length: outputs }, (_, k) => kernel.memory[TARGET_AT + k * targetStep]!);
}

/** What the kernel promises, word by word. */
function expected({ signal, taps: gains, step, outputs }: Job): number[] {
  return Array.from({ length: outputs }, (_, k) => {
    const sum = gains.reduce((total, gain, i) => total + gain * signal[k * step + i]!, 0);
    return Math.min(Math.max(Math.floor(sum / 32_768 + 0.5), -32_768), 32_767);
  });
}

describe('the kernel in WebAssembly', () => {
  it('is the one whose source is beside it', async () => {
    expect(await readFile(KERNEL_MODULE, 'utf8')).toBe(await assembleKernel());
  });

  it('runs here', () => {
    expect(createVectorKernel()).toBeDefined();
  });
});

describe.each([
  ['in WebAssembly', createVectorKernel()!],
  ['in JavaScript', createScalarKernel()],
])('the kernel %s', (_, kernel) => {
  it('gives the exact sums, rounded and clipped', () => {
    fc.assert(
      fc.property(job, (drawn) => {
        expect(run(kernel, drawn)).toEqual(expected(drawn));
      }),
    );
  });

  it('clips the loudest sum there can be instead of wrapping it', () => {
    // Just below the bound of either half of the taps.
    const gains = Array.from({ length: 32 }, (_unused, i) => (i % 3 === 0 ? -4_095 : 4_095));
    for (const sign of [1, -1]) {
      const signal = gains.map((gain) => (sign * gain > 0 ? 32_767 : -32_768));
      const loudest = { signal, taps: gains, step: 1, targetStep: 1, outputs: 1 };
      expect(run(kernel, loudest)).toEqual([sign > 0 ? 32_767 : -32_768]);
    }
  });
});

describe.each([
  ['8 → 16 kHz', createUpsampler8To16],
  ['24 → 8 kHz', createDownsampler24To8],
])('a resampler %s', (_, create) => {
  it('gives the same samples with either kernel, however the signal is cut', () => {
    const inWebAssembly = create(createVectorKernel());
    const inJavaScript = create(createScalarKernel());
    fc.assert(
      fc.property(
        fc.array(sample, { maxLength: 2_000 }),
        fc.array(fc.oneof(fc.nat(3), fc.nat(500)), { minLength: 1, maxLength: 20 }),
        (signal, lengths) => {
          const pieces = cut(Int16Array.from(signal), [...lengths, 1]);
          const samples = [inWebAssembly, inJavaScript].map((resampler) =>
            concat([...pieces.map((piece) => resampler.process(piece)), resampler.flush()]),
          );
          expect(samples[0]).toEqual(samples[1]);
        },
      ),
    );
  });
});
