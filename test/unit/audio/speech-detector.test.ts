import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SpeechDetector } from '../../../src/audio/speech-detector.js';
import { concat, cut, tone, whiteNoise } from '../../support/spectrum.js';

const RATE_HZ = 8_000;

function samplesIn(ms: number): number {
  return (ms * RATE_HZ) / 1_000;
}

function silence(ms: number): Int16Array {
  return new Int16Array(samplesIn(ms));
}

/** A vowel: harmonics of a voice at 120 Hz, some −25 dBFS, its loudness swaying as syllables make it. */
function speech(ms: number, rateHz = RATE_HZ): Int16Array {
  return Int16Array.from({ length: (ms * rateHz) / 1_000 }, (_, i) => {
    const t = i / rateHz;
    const sway = 0.75 + 0.25 * Math.sin(2 * Math.PI * 4 * t);
    const harmonics = [1, 2, 3, 5, 8].map((n) => Math.sin(2 * Math.PI * 120 * n * t) / n);
    return Math.round(3_000 * sway * harmonics.reduce((sum, value) => sum + value));
  });
}

/** dB full scale of its power; uniform noise of peak p has the power p²/3. */
function noise(ms: number, levelDb: number): Int16Array {
  return whiteNoise(samplesIn(ms), 32_768 * 10 ** (levelDb / 20) * Math.sqrt(3));
}

function mix(a: Int16Array, b: Int16Array): Int16Array {
  return a.map((sample, i) => sample + b[i]!);
}

function hearing(...pieces: Int16Array[]): SpeechDetector {
  const detector = new SpeechDetector({ sampleRateHz: RATE_HZ });
  detector.push(concat(pieces));
  return detector;
}

/** The longest stretch that is ever taken for speech while the pieces are heard in 20 ms chunks. */
function longestSpeechMs(...pieces: Int16Array[]): number {
  const detector = new SpeechDetector({ sampleRateHz: RATE_HZ });
  const lengths = cut(concat(pieces), [160]).map((chunk) => {
    detector.push(chunk);
    return detector.speechMs;
  });
  return Math.max(...lengths);
}

describe('the speech detector', () => {
  it('hears nothing before the first sample', () => {
    const detector = new SpeechDetector({ sampleRateHz: RATE_HZ });
    expect([detector.speaking, detector.speechMs, detector.silenceMs]).toEqual([false, 0, 0]);
  });

  it('counts silence from the beginning', () => {
    const detector = hearing(silence(500));
    expect([detector.speaking, detector.speechMs, detector.silenceMs]).toEqual([false, 0, 500]);
  });

  it('hears speech after silence, and how long it has lasted', () => {
    const detector = hearing(silence(500), speech(1_200));
    expect([detector.speaking, detector.silenceMs]).toEqual([true, 0]);
    expect(detector.speechMs).toBeGreaterThan(1_180);
    expect(detector.speechMs).toBeLessThanOrEqual(1_200);
  });

  it('hears speech that begins with the first sample', () => {
    expect(hearing(speech(300)).speechMs).toBe(300);
  });

  it.each([8_000, 16_000, 22_050, 24_000])('keeps time at %i Hz', (sampleRateHz) => {
    const detector = new SpeechDetector({ sampleRateHz });
    detector.push(speech(1_000, sampleRateHz));
    expect(Math.abs(detector.speechMs - 1_000)).toBeLessThan(15);
  });

  it('decides within 60 ms that speech has begun', () => {
    expect(hearing(silence(500), speech(60)).speaking).toBe(true);
  });

  it.each([50, 100, 150])('hears speech through a pause of %i ms', (pauseMs) => {
    const spoken = [speech(400), silence(pauseMs), speech(400)];
    expect(hearing(silence(300), ...spoken).speechMs).toBeGreaterThan(780 + pauseMs);
  });

  it('hears two stretches when the pause is longer', () => {
    expect(hearing(silence(300), speech(800), silence(300), speech(400)).speechMs).toBeLessThanOrEqual(400);
  });

  it('counts the silence after speech from its last sound', () => {
    expect(hearing(speech(500), silence(190)).speaking).toBe(true);
    const detector = hearing(speech(500), silence(600));
    expect([detector.speaking, detector.speechMs]).toEqual([false, 0]);
    expect(Math.abs(detector.silenceMs - 600)).toBeLessThanOrEqual(10);
  });

  it('does not count the silence after speech as speech', () => {
    expect(longestSpeechMs(speech(1_000), silence(1_000))).toBe(1_000);
  });

  it('takes no click for speech', () => {
    const click = Int16Array.from({ length: samplesIn(20) }, (_, i) => (i < samplesIn(5) ? 20_000 : 0));
    const detector = hearing(silence(300), click, silence(180), click, silence(180), click, silence(180));
    expect(detector.speaking).toBe(false);
    expect(detector.silenceMs).toBe(900);
  });

  it('takes no click right after speech for more of it', () => {
    const click = new Int16Array(samplesIn(10)).map((_, i) => (i % 2 === 0 ? 20_000 : -20_000));
    expect(hearing(speech(300), silence(200), click).speaking).toBe(false);
  });

  it.each([-70, -60, -50, -46])('takes no steady noise of %i dBFS for speech', (levelDb) => {
    expect(longestSpeechMs(noise(5_000, levelDb))).toBe(0);
  });

  it('takes no noise for speech that grew by a few decibels', () => {
    expect(longestSpeechMs(noise(3_000, -48), noise(3_000, -42))).toBe(0);
  });

  it('takes no constant offset for speech', () => {
    expect(longestSpeechMs(new Int16Array(RATE_HZ).fill(3_000))).toBe(0);
  });

  it('takes the hum of the mains for noise', () => {
    expect(longestSpeechMs(tone(50, RATE_HZ, samplesIn(3_000), 150))).toBe(0);
  });

  it('gets used to a steady noise that is loud', () => {
    const detector = hearing(noise(8_000, -38));
    expect(detector.speaking).toBe(false);
  });

  it.each([-50, -40])('hears speech in noise of %i dBFS, and where it ends', (levelDb) => {
    const background = noise(10_000, levelDb);
    const foreground = concat([silence(8_000), speech(1_000), silence(1_000)]);
    const line = mix(background, foreground);
    expect(Math.abs(hearing(line.subarray(0, samplesIn(9_000))).speechMs - 1_000)).toBeLessThanOrEqual(50);
    expect(hearing(line).speaking).toBe(false);
  });

  it('hears speech as quiet as −43 dBFS', () => {
    const quiet = speech(1_000).map((sample) => sample / 8);
    expect(hearing(silence(300), quiet).speechMs).toBeGreaterThan(850);
  });

  it('goes on hearing someone who speaks for long', () => {
    expect(hearing(silence(300), speech(6_000)).speechMs).toBeGreaterThan(5_900);
  });

  it('says the same however the audio is cut', () => {
    const line = concat([silence(130), speech(400), noise(250, -40), speech(300)]);
    const whole = hearing(line);
    fc.assert(
      fc.property(fc.array(fc.nat(700), { minLength: 1, maxLength: 10 }), (lengths) => {
        const detector = new SpeechDetector({ sampleRateHz: RATE_HZ });
        for (const piece of cut(line, [...lengths, 1])) detector.push(piece);
        expect([detector.speechMs, detector.silenceMs]).toEqual([whole.speechMs, whole.silenceMs]);
      }),
    );
  });
});
