import { describe, expect, it } from 'vitest';
import { RateConverter } from '../../../src/console/audio/rate-converter.js';

/** Everything that comes out for a tone of amplitude 1, the filter's beginning left out. */
function convertTone(fromHz: number, toHz: number, toneHz: number): number[] {
  const converter = new RateConverter(fromHz, toHz);
  const converted: number[] = [];
  for (let i = 0; i < fromHz; i += 1) {
    converter.push(Math.sin((2 * Math.PI * toneHz * i) / fromHz));
    while (converter.ready) converted.push(converter.next());
  }
  return converted.slice(toHz / 10);
}

/** The amplitude of one frequency, in dB under full scale. */
function levelDb(samples: readonly number[], frequencyHz: number, sampleRateHz: number): number {
  let real = 0;
  let imaginary = 0;
  // A Hann window: what is measured far from a loud tone must not be the tone's own leakage.
  samples.forEach((sample, i) => {
    const windowed = sample * (1 - Math.cos((2 * Math.PI * i) / samples.length));
    real += windowed * Math.cos((2 * Math.PI * frequencyHz * i) / sampleRateHz);
    imaginary += windowed * Math.sin((2 * Math.PI * frequencyHz * i) / sampleRateHz);
  });
  return 20 * Math.log10((2 * Math.hypot(real, imaginary)) / samples.length);
}

describe.each([44_100, 48_000, 16_000, 96_000, 22_050, 8_000])(
  'between a browser at %i Hz and the line',
  (browserHz) => {
    it('the microphone’s rate is exactly kept', () => {
      const converter = new RateConverter(browserHz, 8_000);
      let converted = 0;
      for (let i = 0; i < browserHz; i += 1) {
        converter.push(0);
        for (; converter.ready; converted += 1) converter.next();
      }
      expect(converted).toBe(8_000);
    });

    it.each([300, 1_000, 3_400])('a tone of %i Hz passes both ways unchanged', (toneHz) => {
      expect(levelDb(convertTone(browserHz, 8_000, toneHz), toneHz, 8_000)).toBeCloseTo(0, 1);
      expect(levelDb(convertTone(8_000, browserHz, toneHz), toneHz, browserHz)).toBeCloseTo(0, 1);
    });
  },
);

describe.each([44_100, 48_000, 16_000, 96_000, 22_050])('from and to a browser at %i Hz', (browserHz) => {
  it('no sound above the telephone’s band folds down into it', () => {
    for (const toneHz of [4_700, 5_500, 7_000].filter((hz) => hz < browserHz / 2)) {
      expect(levelDb(convertTone(browserHz, 8_000, toneHz), Math.abs(8_000 - toneHz), 8_000)).toBeLessThan(-60);
    }
  });

  it('no image of the caller’s band is played', () => {
    for (const toneHz of [1_000, 3_000]) {
      const images = [8_000 - toneHz, 8_000 + toneHz].filter((hz) => hz < browserHz / 2);
      for (const hz of images) expect(levelDb(convertTone(8_000, browserHz, toneHz), hz, browserHz)).toBeLessThan(-60);
    }
  });
});
