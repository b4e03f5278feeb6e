import { readdirSync, readFileSync } from 'node:fs';
import { toPcm16 } from '../../src/audio/resample-whole.js';
import { readWav } from '../../src/audio/wav.js';
import { tone } from './spectrum.js';

const SHIPPED = new URL('../../assets/speech/', import.meta.url);

/** Sentences spoken by a synthesiser, at 8 kHz, without the silence before and behind each. */
export function shippedSpeech(): Int16Array[] {
  return readdirSync(SHIPPED).map((file) => {
    const pcm = toPcm16(readWav(readFileSync(new URL(file, SHIPPED))).samples);
    const isLoud = (sample: number) => Math.abs(sample) > 500;
    return pcm.slice(pcm.findIndex(isLoud), pcm.findLastIndex(isLoud) + 1);
  });
}

/** Tones at once, −17 dBFS each, at 8 kHz. */
export function chord(ms: number, ...hz: number[]): Int16Array {
  return hz.map((one) => tone(one, 8_000, ms * 8, 6_500)).reduce(mix);
}

/** Two sounds at once, as long as the first. */
export function mix(a: Int16Array, b: Int16Array): Int16Array {
  return a.map((sample, i) => sample + (b[i] ?? 0));
}
