import alawmulaw from 'alawmulaw';
import { LivelineError } from '../errors.js';
import { MULAW_TO_PCM } from './mulaw.js';

/** What a WAV file holds, its channels mixed down to one. */
export interface Wav {
  sampleRateHz: number;
  /** Full scale is ±1; files in floating point may go beyond. */
  samples: Float32Array;
}

/** The `fmt ` chunk, checked. */
interface Format {
  sampleRateHz: number;
  channels: number;
  bytesPerSample: number;
  decode: (view: DataView, at: number) => number;
}

/** Format tags. Source: Microsoft, "Multiple channel audio data and WAVE files"; RFC 2361. */
const EXTENSIBLE = 0xfffe;

/** How to read a sample, by format tag and bits: PCM (8 bits are unsigned), IEEE float, A-law, µ-law. */
const DECODERS: Partial<Record<string, Format['decode']>> = {
  '1/8': (view, at) => (view.getUint8(at) - 128) / 128,
  '1/16': (view, at) => view.getInt16(at, true) / 2 ** 15,
  '1/24': (view, at) => (view.getUint16(at, true) + view.getInt8(at + 2) * 65_536) / 2 ** 23,
  '1/32': (view, at) => view.getInt32(at, true) / 2 ** 31,
  '3/32': (view, at) => view.getFloat32(at, true),
  '3/64': (view, at) => view.getFloat64(at, true),
  '6/8': (view, at) => alawmulaw.alaw.decodeSample(view.getUint8(at)) / 2 ** 15,
  '7/8': (view, at) => (MULAW_TO_PCM[view.getUint8(at)] ?? 0) / 2 ** 15,
};

/** Rates that audio comes in; one outside is a damaged header. */
const MIN_SAMPLE_RATE_HZ = 1_000;
const MAX_SAMPLE_RATE_HZ = 384_000;

/**
 * A program that writes into a pipe cannot know the length: FFmpeg then puts 0xFFFFFFFF, SoX 0x7FFFF000 less a partial
 * frame, others zero for the data and the whole file. Audio then goes on to the end of the file.
 */
const MIN_PLACEHOLDER_BYTES = 0x7fff_0000;

/**
 * Reads a WAV file: 8, 16, 24 or 32-bit PCM, 32 or 64-bit float, A-law or µ-law, plain or extensible, any channels.
 * @throws LivelineError AUDIO_INVALID when it is no WAV file, is cut short, or its header contradicts itself; the message
 * says what to do
 */
export function readWav(bytes: Uint8Array): Wav {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || fourCc(view, 0) !== 'RIFF' || fourCc(view, 8) !== 'WAVE') {
    throw invalid('this is not a WAV file; convert it to one, for instance with `ffmpeg -i FILE out.wav`');
  }
  let format: Format | undefined;
  for (let at = 12; at + 8 <= bytes.length;) {
    const id = fourCc(view, at);
    const declaredBytes = view.getUint32(at + 4, true);
    const body = at + 8;
    if (id === 'data') {
      if (!format) {
        throw invalid('the WAV file does not say what its audio is (no `fmt ` before `data`); export it again');
      }
      return readSamples(view, body, dataBytes(view, body, declaredBytes, format), format);
    }
    if (id === 'fmt ') format = readFormat(view, body, declaredBytes);
    // Chunks begin at even offsets: an odd one is followed by a byte of padding.
    at = body + declaredBytes + (declaredBytes % 2);
  }
  throw invalid(
    'the WAV file ends before its audio begins (no `data` chunk); it is cut short, export or copy it again',
  );
}

/** Makes a WAV file of one channel of 16-bit samples. */
export function writeWav(samples: Int16Array, sampleRateHz: number): Uint8Array {
  const headerBytes = 44;
  const bytes = new Uint8Array(headerBytes + 2 * samples.length);
  const view = new DataView(bytes.buffer);
  const text = (at: number, word: string) => bytes.set(new TextEncoder().encode(word), at);
  text(0, 'RIFF');
  view.setUint32(4, bytes.length - 8, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sampleRateHz, true);
  view.setUint32(28, 2 * sampleRateHz, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, 'data');
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((sample, i) => view.setInt16(headerBytes + 2 * i, sample, true));
  return bytes;
}

function readFormat(view: DataView, at: number, declaredBytes: number): Format {
  if (declaredBytes < 16 || at + declaredBytes > view.byteLength) {
    throw invalid('the WAV file is cut short inside its header; export or copy it again');
  }
  const outerTag = view.getUint16(at, true);
  // An extensible header is 40 bytes long and names the real format in the first two bytes of a GUID.
  const tag = outerTag === EXTENSIBLE && declaredBytes >= 40 ? view.getUint16(at + 24, true) : outerTag;
  const channels = view.getUint16(at + 2, true);
  const sampleRateHz = view.getUint32(at + 4, true);
  const frameBytes = view.getUint16(at + 12, true);
  const bits = view.getUint16(at + 14, true);

  const decode = DECODERS[`${tag}/${bits}`];
  if (!decode) {
    throw invalid(`WAV audio of format ${tag} with ${bits} bits cannot be read; convert it to 16-bit PCM`);
  }
  if (sampleRateHz < MIN_SAMPLE_RATE_HZ || sampleRateHz > MAX_SAMPLE_RATE_HZ) {
    throw invalid(`the WAV file claims ${sampleRateHz} samples a second, which no audio has; export it again`);
  }
  const bytesPerSample = bits / 8;
  if (channels === 0 || frameBytes !== channels * bytesPerSample) {
    throw invalid(
      `the WAV header contradicts itself: ${channels} channels of ${bits} bits in ${frameBytes} bytes; export it again`,
    );
  }
  return { sampleRateHz, channels, bytesPerSample, decode };
}

/** How many bytes of audio there really are from `at` on. */
function dataBytes(view: DataView, at: number, declaredBytes: number, format: Format): number {
  const frameBytes = format.channels * format.bytesPerSample;
  const presentBytes = view.byteLength - at;
  const riffBytes = view.getUint32(4, true);
  if (declaredBytes >= MIN_PLACEHOLDER_BYTES || (declaredBytes === 0 && riffBytes === 0)) {
    return presentBytes;
  }
  if (declaredBytes > presentBytes) {
    throw invalid(
      `the WAV file is cut short: its header promises ${declaredBytes} bytes of audio and ${presentBytes} are there; export or copy it again`,
    );
  }
  if (declaredBytes % frameBytes !== 0) {
    throw invalid(
      `the WAV header contradicts itself: ${declaredBytes} bytes of audio are no whole number of ${frameBytes}-byte frames; export it again`,
    );
  }
  return declaredBytes;
}

function readSamples(view: DataView, start: number, bytes: number, format: Format): Wav {
  const { sampleRateHz, channels, bytesPerSample, decode } = format;
  const samples = new Float32Array(Math.floor(bytes / (channels * bytesPerSample)));
  let at = start;
  for (let i = 0; i < samples.length; i++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++, at += bytesPerSample) sum += decode(view, at);
    if (!Number.isFinite(sum)) {
      throw invalid(`sample ${i} of the WAV file is not a number; export it again, best as 16-bit PCM`);
    }
    samples[i] = sum / channels;
  }
  return { sampleRateHz, samples };
}

function fourCc(view: DataView, at: number): string {
  return String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));
}

function invalid(detail: string): LivelineError {
  return new LivelineError('AUDIO_INVALID', detail);
}
