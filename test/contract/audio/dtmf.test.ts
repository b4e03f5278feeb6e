import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dtmfTones } from '../../../src/audio/dtmf.js';
import { decodeMulaw, encodeMulaw } from '../../../src/audio/mulaw.js';
import { LivelineError } from '../../../src/errors.js';
import { decodeDtmf } from '../../support/dtmf-decoder.js';

const ALL = '0123456789*#ABCD';

/** What a receiver at the other end of a telephone line gets. */
function overTheLine(digits: string): Int16Array {
  return decodeMulaw(encodeMulaw(dtmfTones(digits)));
}

describe('DTMF tones', () => {
  it('are told apart by an independent receiver behind µ-law', () => {
    expect(decodeDtmf(overTheLine(ALL)).map(({ key }) => key)).toEqual(Array.from(ALL));
  });

  it('are told apart in any order, the same key again included', () => {
    const digits = fc.string({ unit: fc.constantFrom(...Array.from(ALL)), minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(digits, (text) => {
        expect(
          decodeDtmf(overTheLine(text))
            .map(({ key }) => key)
            .join(''),
        ).toBe(text);
      }),
      { numRuns: 60 },
    );
  });

  it('last about 100 ms with 100 ms between them, at levels and a twist that ITU-T Q.24 has receivers take', () => {
    for (const { key, toneMs, pauseMs, lowDbm0, highDbm0 } of decodeDtmf(overTheLine(ALL))) {
      expect(toneMs, key).toBeGreaterThan(75);
      expect(toneMs, key).toBeLessThan(125);
      if (pauseMs !== undefined) expect(pauseMs, key).toBeGreaterThan(75);
      expect(lowDbm0, key).toBeCloseTo(-8, 0);
      expect(highDbm0, key).toBeCloseTo(-6, 0);
      expect(highDbm0 - lowDbm0, key).toBeLessThan(4);
    }
  });

  it('keep every frequency within 1.5 percent (ITU-T Q.23): a shifted receiver hears nothing but that', () => {
    const samples = dtmfTones('5').subarray(80, 720);
    // Zero crossings of the beat say little; the strongest frequency near each nominal one says it all.
    for (const nominal of [770, 1_336]) {
      const offsets = Array.from({ length: 61 }, (_, index) => nominal * (0.97 + index * 0.001));
      const strongest = offsets.toSorted((a, b) => level(samples, b) - level(samples, a))[0]!;
      expect(Math.abs(strongest / nominal - 1)).toBeLessThan(0.015);
    }
  });

  it('begin and end without a click, and never clip', () => {
    const samples = dtmfTones('1D');
    expect(Math.abs(samples[0]!)).toBeLessThan(50);
    expect(Math.abs(samples[799]!)).toBeLessThan(50);
    expect(samples.every((sample) => Math.abs(sample) < 32_124)).toBe(true);
  });

  it('wait half a second for `w`, and two for a comma', () => {
    expect(dtmfTones('1w1').length - dtmfTones('11').length).toBe(4_000);
    expect(dtmfTones('1,1').length - dtmfTones('11').length).toBe(16_000);
    const [, second] = decodeDtmf(overTheLine('1w1'));
    expect(second?.pauseMs).toBeGreaterThan(560);
  });

  it.each(['', 'x', '1 2', '12e', 'a'])('are not made of %j', (digits) => {
    expect(() => dtmfTones(digits)).toThrow(LivelineError);
  });
});

function level(samples: Int16Array, hz: number): number {
  let [real, imaginary] = [0, 0];
  samples.forEach((sample, index) => {
    const window = Math.sin((Math.PI * index) / samples.length) ** 2;
    real += window * sample * Math.cos((2 * Math.PI * hz * index) / 8_000);
    imaginary += window * sample * Math.sin((2 * Math.PI * hz * index) / 8_000);
  });
  return real * real + imaginary * imaginary;
}
