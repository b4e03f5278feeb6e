import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createDownsampler24To8,
  createUpsampler8To16,
  type StreamResampler,
} from '../../../src/audio/stream-resampler.js';
import { concat, cut, decibels, fitTone, rms, tone } from '../../support/spectrum.js';

const directions = [
  { name: '8 → 16 kHz', create: createUpsampler8To16, fromHz: 8_000, toHz: 16_000 },
  { name: '24 → 8 kHz', create: createDownsampler24To8, fromHz: 24_000, toHz: 8_000 },
];

/** A second of signal in 20 ms chunks, without the transients at its ends. */
function resampledTone(create: () => StreamResampler, hz: number, fromHz: number, toHz: number): Int16Array {
  const resampler = create();
  const chunks = cut(tone(hz, fromHz, fromHz), [fromHz / 50]);
  const whole = concat([...chunks.map((chunk) => resampler.process(chunk)), resampler.flush()]);
  return whole.subarray(toHz / 100, whole.length - toHz / 100);
}

function everyHz(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);
}

describe.each(directions)('the resampler $name', ({ create, fromHz, toHz }) => {
  it('ripples by at most 0.05 dB between 300 and 3400 Hz', () => {
    const gains = everyHz(300, 3_400, 50).map((hz) =>
      decibels(fitTone(resampledTone(create, hz, fromHz, toHz), hz, toHz).amplitude / 16_384),
    );
    expect(Math.max(...gains.map(Math.abs))).toBeLessThanOrEqual(0.05);
  });

  it('keeps 1 kHz at least 85 dB over noise and distortion in 20 ms chunks', () => {
    expect(fitTone(resampledTone(create, 1_000, fromHz, toHz), 1_000, toHz).sinadDb).toBeGreaterThanOrEqual(85);
  });

  it('delays by at most 2 ms, and an instant keeps its place', () => {
    const resampler = create();
    const impulseAt = 300;
    const peakAt = (impulseAt * toHz) / fromHz;
    let made = 0;
    let needed = 0;
    let peak = { at: -1, value: 0 };
    for (let i = 0; i < 600; i++) {
      for (const value of resampler.process(Int16Array.of(i === impulseAt ? 16_384 : 0))) {
        if (value > peak.value) peak = { at: made, value };
        if (made === peakAt) needed = i;
        made += 1;
      }
    }
    expect(peak.at).toBe(peakAt);
    expect(((needed - impulseAt) * 1_000) / fromHz).toBeLessThanOrEqual(2);
  });

  it('gives the same samples however the signal is cut', () => {
    fc.assert(
      fc.property(
        fc.int16Array({ maxLength: 3_000 }),
        fc.array(fc.oneof(fc.nat(3), fc.nat(500)), { minLength: 1, maxLength: 20 }),
        (signal, lengths) => {
          const whole = create();
          const pieces = create();
          const expected = concat([whole.process(signal), whole.flush()]);
          const cuts = cut(signal, [...lengths, 1]);
          expect(concat([...cuts.map((piece) => pieces.process(piece)), pieces.flush()])).toEqual(expected);
        },
      ),
    );
  });

  it('gives exactly as many samples as the signal lasts', () => {
    fc.assert(
      fc.property(fc.nat(5_000), (count) => {
        const resampler = create();
        const made = resampler.process(new Int16Array(count)).length + resampler.flush().length;
        expect(made).toBe(Math.ceil((count * toHz) / fromHz));
      }),
    );
  });

  it('says beforehand how many samples a piece will give', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000), { maxLength: 10 }), (lengths) => {
        const resampler = create();
        for (const length of lengths) {
          const promised = resampler.outputSamples(length);
          expect(resampler.process(new Int16Array(length)).length).toBe(promised);
        }
      }),
    );
  });

  it.each(['flush', 'reset'] as const)('is as new after %s', (method) => {
    const signal = tone(700, fromHz, 2_000);
    const used = create();
    used.process(tone(3_000, fromHz, 1_111));
    used[method]();
    expect(used.process(signal)).toEqual(create().process(signal));
  });

  it('clips what is too loud instead of wrapping it', () => {
    // A square wave overshoots behind any steep low-pass; wrapped, the overshoot would change its sign.
    const halfPeriod = 60;
    const sign = (i: number) => (Math.floor(i / halfPeriod) % 2 === 0 ? 1 : -1);
    const resampled = create().process(Int16Array.from({ length: 4_800 }, (_, i) => 32_767 * sign(i)));
    const wrongSigns = Array.from(resampled.entries()).filter(([k, sample]) => {
      const i = (k * fromHz) / toHz;
      return i % halfPeriod > 6 && i % halfPeriod < halfPeriod - 6 && Math.sign(sample) !== sign(i);
    });
    expect(wrongSigns).toEqual([]);
    expect(Math.max(...resampled)).toBe(32_767);
    expect(Math.min(...resampled)).toBe(-32_768);
  });

  it('keeps a constant constant', () => {
    const settled = create().process(new Int16Array(2_400).fill(10_000)).subarray(200);
    expect(new Set(settled)).toEqual(new Set([10_000]));
  });
});

describe('the stop bands', () => {
  it('take everything from 4.6 kHz up at least 60 dB down on the way to the caller', () => {
    const levels = everyHz(4_600, 11_900, 100).map((hz) =>
      decibels(rms(resampledTone(createDownsampler24To8, hz, 24_000, 8_000)) / rms(tone(hz, 24_000, 24_000))),
    );
    expect(Math.max(...levels)).toBeLessThanOrEqual(-60);
  });

  it('take the images of tones up to 3 kHz at least 60 dB down on the way to the model', () => {
    const levels = everyHz(100, 3_000, 100).map((hz) => {
      const signal = resampledTone(createUpsampler8To16, hz, 8_000, 16_000);
      return decibels(fitTone(signal, 8_000 - hz, 16_000).amplitude / fitTone(signal, hz, 16_000).amplitude);
    });
    expect(Math.max(...levels)).toBeLessThanOrEqual(-60);
  });
});
