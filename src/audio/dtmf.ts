import { LivelineError } from '../errors.js';

const SAMPLE_RATE_HZ = 8_000;

/** ITU-T Q.23: each key is one frequency of the low group and one of the high group, Hz. */
const LOW_HZ = [697, 770, 852, 941];
const HIGH_HZ = [1_209, 1_336, 1_477, 1_633];
const KEYS = ['123A', '456B', '789C', '*0#D'];

/** ITU-T Q.24 asks receivers for 40 ms of tone and 40 ms of pause; other machines are slower. */
const TONE_MS = 100;
const PAUSE_MS = 100;

/**
 * Levels of the two groups, dBm0. Receivers take each from 0 down to −25 dBm, and a high group 4 dB above to 8 dB
 * below the low one (ITU-T Q.24, table A.1); lines attenuate the high group more, so it starts 2 dB above.
 */
const LOW_DBM0 = -8;
const HIGH_DBM0 = -6;
/** A sine at full scale of µ-law is +3.17 dBm0 (ITU-T G.711). Its outermost value, as a 16-bit sample. */
const FULL_SCALE_DBM0 = 3.17;
const FULL_SCALE = 32_124;

/** Rise and fall of a tone: without, its ends would be heard as clicks, and fall outside its frequencies. */
const RAMP_MS = 4;

/** Pauses that can be dialled, in milliseconds: as on modems, where a comma is two seconds. */
const WAITS_MS: Readonly<Record<string, number>> = { w: 500, ',': 2_000 };

/** What `dtmfTones` takes. */
export const DIALLED = /^[0-9*#A-Dw,]+$/;

/**
 * Keys of a telephone as the tones they make: s16 samples at 8 kHz, a pause behind each.
 * @param digits `0-9 * # A-D`; `w` waits half a second, `,` two
 * @throws LivelineError AUDIO_INVALID for anything else
 */
export function dtmfTones(digits: string): Int16Array {
  if (!DIALLED.test(digits)) {
    throw new LivelineError(
      'AUDIO_INVALID',
      'keys are `0-9 * # A-D`, pauses `w` (half a second) and `,` (two seconds)',
    );
  }
  const parts = Array.from(digits, (digit) => {
    const waitMs = WAITS_MS[digit];
    return waitMs === undefined ? [tone(digit), silence(PAUSE_MS)] : [silence(waitMs)];
  }).flat();
  const samples = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    samples.set(part, at);
    at += part.length;
  }
  return samples;
}

function tone(key: string): Int16Array {
  const row = KEYS.findIndex((keys) => keys.includes(key));
  const low = partial(LOW_HZ[row] ?? 0, LOW_DBM0);
  const high = partial(HIGH_HZ[KEYS[row]?.indexOf(key) ?? 0] ?? 0, HIGH_DBM0);
  const length = samplesIn(TONE_MS);
  const ramp = samplesIn(RAMP_MS);
  return Int16Array.from({ length }, (_, index) => {
    const edge = Math.min(1, (index + 0.5) / ramp, (length - index - 0.5) / ramp);
    return Math.round(Math.sin((Math.PI / 2) * edge) ** 2 * (low(index) + high(index)));
  });
}

function partial(hz: number, levelDbm0: number): (index: number) => number {
  const amplitude = FULL_SCALE * 10 ** ((levelDbm0 - FULL_SCALE_DBM0) / 20);
  return (index) => amplitude * Math.sin((2 * Math.PI * hz * index) / SAMPLE_RATE_HZ);
}

function silence(ms: number): Int16Array {
  return new Int16Array(samplesIn(ms));
}

function samplesIn(ms: number): number {
  return (ms * SAMPLE_RATE_HZ) / 1_000;
}
