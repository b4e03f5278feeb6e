import { describe, expect, it } from 'vitest';
import { designNyquistLowpass } from '../../../src/audio/fir-design.js';

/** Gain at a fraction of the sampling rate, of a symmetric filter given by one side. */
function gainAt(taps: Float64Array, fraction: number): number {
  return taps.reduce((sum, tap, d) => sum + (d === 0 ? tap : 2 * tap * Math.cos(2 * Math.PI * fraction * d)), 0);
}

describe.each([2, 3])('a low-pass for band %i', (band) => {
  const cutoff = 1 / (2 * band);

  it('has zeros at every multiple of the band but the centre', () => {
    const taps = designNyquistLowpass({ band, transition: 0.05, attenuationDb: 65 });
    const zeros = [...taps.keys()].filter((d) => taps[d] === 0);
    expect(zeros).toEqual([...taps.keys()].filter((d) => d > 0 && d % band === 0));
    expect(taps[0]).toBe(1 / band);
  });

  it.each([
    [0.08, 55],
    [0.05, 65],
    [0.03, 90],
  ])('keeps to a transition of %f and %i dB on either side', (transition, attenuationDb) => {
    const taps = designNyquistLowpass({ band, transition, attenuationDb });
    // Kaiser's formulas are fits; the ripples next to the edges exceed them by a decibel or two.
    const allowed = 10 ** (-(attenuationDb - 2) / 20);
    const steps = Array.from({ length: 200 }, (_, i) => i / 200);
    const passed = steps.map((step) => gainAt(taps, step * (cutoff - transition / 2)));
    const stopped = steps.map((step) => gainAt(taps, 0.5 - step * (0.5 - cutoff - transition / 2)));
    expect(Math.max(...passed.map((gain) => Math.abs(gain - 1)))).toBeLessThan(allowed);
    expect(Math.max(...stopped.map(Math.abs))).toBeLessThan(allowed);
  });
});
