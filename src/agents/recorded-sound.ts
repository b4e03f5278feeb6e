import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { encodeMulaw } from '../audio/mulaw.js';
import { resampleWhole, toPcm16 } from '../audio/resample-whole.js';
import { readWav } from '../audio/wav.js';
import { describeFileError, LivelineError } from '../errors.js';

/** Source: ITU-T G.711. */
const TELEPHONE_HZ = 8_000;
/** It is played over and over: more is never heard, and takes long to convert. */
const MAX_SECONDS = 30;
/** Less is a buzz when it is played over and over. */
const MIN_SECONDS = 0.2;
/** Thirty seconds of stereo at 48 kHz and 32 bits, and its header. */
const MAX_FILE_BYTES = 12 * 1024 * 1024;
const MAX_REMEMBERED = 100;

/** What was converted, by file: a changed agents file does not make the calls that run wait for it again. */
const converted = new Map<string, { fingerprint: string; sound: Uint8Array }>();

/**
 * Reads a recording that callers hear while they wait.
 * @param directory where relative paths start
 * @returns µ-law at 8 kHz, or what is wrong in words
 */
export function readRecordedSound(path: string, directory: string): { sound: Uint8Array } | { error: string } {
  const file = resolve(directory, path);
  try {
    const { size, mtimeMs } = statSync(file);
    if (size > MAX_FILE_BYTES) return { error: `\`${path}\` is larger than ${MAX_FILE_BYTES / 1024 / 1024} MiB` };
    const fingerprint = `${size}:${mtimeMs}`;
    const known = converted.get(file);
    if (known?.fingerprint === fingerprint) return { sound: known.sound };
    const result = convert(path, readFileSync(file));
    if ('sound' in result) remember(file, { fingerprint, sound: result.sound });
    return result;
  } catch (error) {
    if (error instanceof LivelineError) return { error: `\`${path}\`: ${error.detail}` };
    return { error: `cannot read \`${path}\`: ${describeFileError(error)}` };
  }
}

function convert(path: string, bytes: Uint8Array): { sound: Uint8Array } | { error: string } {
  const { samples, sampleRateHz } = readWav(bytes);
  const seconds = samples.length / sampleRateHz;
  if (seconds < MIN_SECONDS || seconds > MAX_SECONDS) {
    const length = `${Number(seconds.toFixed(2))} s long`;
    return {
      error: `\`${path}\` is ${length}; it is played over and over, and has ${MIN_SECONDS} to ${MAX_SECONDS} s`,
    };
  }
  return { sound: encodeMulaw(toPcm16(resampleWhole(samples, sampleRateHz, TELEPHONE_HZ))) };
}

function remember(file: string, entry: { fingerprint: string; sound: Uint8Array }): void {
  converted.delete(file);
  converted.set(file, entry);
  const [oldest] = converted.keys();
  if (converted.size > MAX_REMEMBERED && oldest !== undefined) converted.delete(oldest);
}
