import { describe, expect, it } from 'vitest';
import { resampleWhole, toPcm16 } from '../../../src/audio/resample-whole.js';
import { decibels, fitTone, rms } from '../../support/spectrum.js';

function floatTone(hz: number, rateHz: number): Float32Array {
  return Float32Array.from({ length: rateHz }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hz * i) / rateHz));
}

/** Without its ends, where the signal begins and stops at once. */
function middle(samples: Float32Array): Float32Array {
  return samples.subarray(500, samples.length - 500);
}

/** The package spreads the samples over the whole length, ends included, which shifts a tone by a few millionths. */
function shiftedHz(hz: number, fromSamples: number, toSamples: number, fromHz: number, toHz: number): number {
  return (((hz * (fromSamples - 1)) / toSamples) * toHz) / fromHz;
}

const rates = [
  [48_000, 16_000],
  [48_000, 8_000],
  [44_100, 16_000],
  [22_050, 24_000],
  [22_050, 8_000],
  [16_000, 24_000],
  [16_000, 8_000],
  [11_025, 8_000],
  [8_000, 16_000],
] as const;

describe('resampling a whole recording', () => {
  it.each(rates)('keeps tones up to 3 kHz at their level and clean, %i → %i Hz', (fromHz, toHz) => {
    for (const hz of [300, 1_000, 3_000]) {
      const resampled = resampleWhole(floatTone(hz, fromHz), fromHz, toHz);
      const { amplitude, sinadDb } = fitTone(
        middle(resampled),
        shiftedHz(hz, fromHz, resampled.length, fromHz, toHz),
        toHz,
      );
      expect(Math.abs(decibels(amplitude / 0.5))).toBeLessThan(0.1);
      expect(sinadDb).toBeGreaterThan(80);
    }
  });

  it.each(rates.filter(([fromHz, toHz]) => toHz < fromHz))('leaves no aliases, %i → %i Hz', (fromHz, toHz) => {
    const tooHigh = [1.15, 1.4, 1.8, 2.5].map((factor) => (factor * toHz) / 2).filter((hz) => hz < 0.49 * fromHz);
    const levels = tooHigh.map((hz) =>
      decibels(rms(middle(resampleWhole(floatTone(hz, fromHz), fromHz, toHz))) / (0.5 * Math.SQRT1_2)),
    );
    expect(Math.max(...levels)).toBeLessThan(-60);
  });

  it('leaves the recording itself alone', () => {
    const recording = floatTone(5_000, 48_000);
    const copy = recording.slice();
    resampleWhole(recording, 48_000, 8_000);
    expect(recording).toEqual(copy);
  });

  it('gives a copy when there is nothing to do', () => {
    const recording = floatTone(1_000, 8_000);
    const same = resampleWhole(recording, 8_000, 8_000);
    expect(same).toEqual(recording);
    expect(same).not.toBe(recording);
  });

  it('takes a recording without samples', () => {
    expect(resampleWhole(new Float32Array(0), 48_000, 8_000).length).toBe(0);
  });
});

describe('rounding to 16 bits', () => {
  it('rounds to the nearest sample and clips', () => {
    const samples = Float32Array.of(0, 0.5, -1, 1, 1.7, -3, 1.4 / 32_768, -1.6 / 32_768);
    expect([...toPcm16(samples)]).toEqual([0, 16_384, -32_768, 32_767, 32_767, -32_768, 1, -2]);
  });
});
