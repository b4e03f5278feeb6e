import { describe, expect, it } from 'vitest';
import { readWav, writeWav } from '../../../src/audio/wav.js';
import { encodeMulaw } from '../../../src/audio/mulaw.js';
import { LivelineError } from '../../../src/errors.js';

interface WavParts {
  tag?: number;
  channels?: number;
  sampleRateHz?: number;
  bits?: number;
  frameBytes?: number;
  riffBytes?: number;
  dataBytes?: number;
  /** Chunks between `fmt ` and `data`. */
  between?: Uint8Array;
  /** Stands in an extensible header, whose own tag is 0xFFFE. */
  subformat?: number;
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, value >> 8);
}

function u32(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, value >>> 24);
}

function join(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function chunk(id: string, body: Uint8Array): Uint8Array {
  return join(ascii(id), u32(body.length), body, new Uint8Array(body.length % 2));
}

/** Builds a file field by field, so that each can lie. */
function wav(audio: Uint8Array, parts: WavParts = {}): Uint8Array {
  const { tag = 1, channels = 1, sampleRateHz = 8_000, bits = 16, subformat } = parts;
  const frameBytes = parts.frameBytes ?? (channels * bits) / 8;
  const plain = join(
    u16(tag),
    u16(channels),
    u32(sampleRateHz),
    u32(sampleRateHz * frameBytes),
    u16(frameBytes),
    u16(bits),
  );
  const extension = subformat === undefined ? [] : [u16(22), u16(bits), u32(0), u16(subformat), new Uint8Array(14)];
  const body = join(
    ascii('WAVE'),
    chunk('fmt ', join(plain, ...extension)),
    parts.between ?? new Uint8Array(0),
    ascii('data'),
    u32(parts.dataBytes ?? audio.length),
    audio,
  );
  return join(ascii('RIFF'), u32(parts.riffBytes ?? body.length), body);
}

function bytesOf(count: number, fill: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(count);
  fill(new DataView(bytes.buffer));
  return bytes;
}

describe('reading a WAV file', () => {
  const threeLevels = [0, 0.5, -1];
  it.each([
    ['8-bit PCM', 1, 8, Uint8Array.of(128, 192, 0)],
    ['16-bit PCM', 1, 16, join(u16(0), u16(0x4000), u16(0x8000))],
    ['24-bit PCM', 1, 24, Uint8Array.of(0, 0, 0, 0, 0, 0x40, 0, 0, 0x80)],
    ['32-bit PCM', 1, 32, join(u32(0), u32(0x40000000), u32(0x80000000))],
    ['32-bit float', 3, 32, bytesOf(12, (view) => threeLevels.forEach((v, i) => view.setFloat32(4 * i, v, true)))],
    ['64-bit float', 3, 64, bytesOf(24, (view) => threeLevels.forEach((v, i) => view.setFloat64(8 * i, v, true)))],
  ])('reads %s', (_, tag, bits, audio) => {
    const read = readWav(wav(audio, { tag, bits, sampleRateHz: 44_100 }));
    expect([...read.samples]).toEqual(threeLevels);
    expect(read.sampleRateHz).toBe(44_100);
  });

  it('reads every bit of a 24-bit sample', () => {
    expect(readWav(wav(Uint8Array.of(1, 2, 0x83), { bits: 24 })).samples[0]).toBe((0x830201 - 2 ** 24) / 2 ** 23);
  });

  it('reads µ-law', () => {
    const audio = encodeMulaw(Int16Array.of(0, 716, -32_124));
    const { samples } = readWav(wav(audio, { tag: 7, bits: 8 }));
    expect(Array.from(samples, (sample) => sample * 32_768)).toEqual([0, 716, -32_124]);
  });

  it('reads A-law, by the values of ITU-T G.711 table 1', () => {
    // Positive codes 128 and 255 of the table, its first and last, and a negative one, with even bits inverted.
    const { samples } = readWav(wav(Uint8Array.of(0xd5, 0xaa, 0x2a), { tag: 6, bits: 8 }));
    expect(Array.from(samples, (sample) => sample * 32_768)).toEqual([8, 32_256, -32_256]);
  });

  it('reads an extensible header by the format it names inside', () => {
    const audio = join(u16(0x4000), u16(0xc000));
    expect([...readWav(wav(audio, { tag: 0xfffe, subformat: 1 })).samples]).toEqual([0.5, -0.5]);
  });

  it('mixes channels down to their mean', () => {
    const audio = join(u16(0x4000), u16(0x2000), u16(0), u16(0xc000));
    expect([...readWav(wav(audio, { channels: 2 })).samples]).toEqual([0.375, -0.25]);
  });

  it('skips chunks it does not know, and their padding', () => {
    const between = join(chunk('LIST', ascii('odd')), chunk('bext', ascii('even')));
    expect([...readWav(wav(u16(0x4000), { between })).samples]).toEqual([0.5]);
  });

  it('ignores what follows the audio', () => {
    const file = join(wav(u16(0x4000)), chunk('LIST', ascii('after')));
    expect([...readWav(file).samples]).toEqual([0.5]);
  });

  it('reads a file that lies anywhere in a larger buffer', () => {
    const file = wav(u16(0x4000));
    const shifted = join(new Uint8Array(3), file).subarray(3);
    expect([...readWav(shifted).samples]).toEqual([0.5]);
  });

  it.each([
    ['FFmpeg', { dataBytes: 0xffff_ffff, riffBytes: 0xffff_ffff }],
    ['SoX', { dataBytes: 0x7fff_f000, riffBytes: 0x7fff_f024 }],
    ['a program that writes zeros', { dataBytes: 0, riffBytes: 0 }],
  ])('reads to the end what %s wrote into a pipe, but for half a sample', (_, sizes) => {
    const audio = join(u16(0x4000), u16(0xc000), Uint8Array.of(1));
    expect([...readWav(wav(audio, sizes)).samples]).toEqual([0.5, -0.5]);
  });

  it('reads a file without any audio as no samples', () => {
    expect(readWav(wav(new Uint8Array(0))).samples.length).toBe(0);
  });
});

describe('a WAV file that cannot be read', () => {
  const audio = join(u16(1), u16(2));
  const nan = bytesOf(8, (view) => view.setFloat32(4, NaN, true));
  it.each([
    [
      'something else',
      ascii('ID3 this is an MP3 file'),
      'this is not a WAV file; convert it to one, for instance with `ffmpeg -i FILE out.wav`',
    ],
    [
      'nothing',
      new Uint8Array(0),
      'this is not a WAV file; convert it to one, for instance with `ffmpeg -i FILE out.wav`',
    ],
    [
      'a file cut in its audio',
      wav(audio).subarray(0, 46),
      'the WAV file is cut short: its header promises 4 bytes of audio and 2 are there; export or copy it again',
    ],
    [
      'a file cut before its audio',
      wav(audio).subarray(0, 40),
      'the WAV file ends before its audio begins (no `data` chunk); it is cut short, export or copy it again',
    ],
    [
      'a file cut in its header',
      wav(audio).subarray(0, 30),
      'the WAV file is cut short inside its header; export or copy it again',
    ],
    [
      'audio before its description',
      join(ascii('RIFF'), u32(16), ascii('WAVE'), chunk('data', audio)),
      'the WAV file does not say what its audio is (no `fmt ` before `data`); export it again',
    ],
    [
      'a format that is no plain audio',
      wav(audio, { tag: 0x55 }),
      'WAV audio of format 85 with 16 bits cannot be read; convert it to 16-bit PCM',
    ],
    [
      'an odd sample size',
      wav(audio, { bits: 12, frameBytes: 2 }),
      'WAV audio of format 1 with 12 bits cannot be read; convert it to 16-bit PCM',
    ],
    [
      'no channels',
      wav(audio, { channels: 0 }),
      'the WAV header contradicts itself: 0 channels of 16 bits in 0 bytes; export it again',
    ],
    [
      'frames of the wrong size',
      wav(audio, { channels: 2, frameBytes: 2 }),
      'the WAV header contradicts itself: 2 channels of 16 bits in 2 bytes; export it again',
    ],
    [
      'half a frame',
      wav(join(audio, u16(3)), { channels: 2 }),
      'the WAV header contradicts itself: 6 bytes of audio are no whole number of 4-byte frames; export it again',
    ],
    [
      'an impossible rate',
      wav(audio, { sampleRateHz: 0 }),
      'the WAV file claims 0 samples a second, which no audio has; export it again',
    ],
    [
      'a sample that is no number',
      wav(nan, { tag: 3, bits: 32 }),
      'sample 1 of the WAV file is not a number; export it again, best as 16-bit PCM',
    ],
  ])('is refused with what is wrong and what to do: %s', (_, file, detail) => {
    expect(() => readWav(file)).toThrow(new LivelineError('AUDIO_INVALID', detail));
  });

  it('never fails in another way, wherever it is cut', () => {
    const file = wav(audio, { between: chunk('LIST', ascii('odd')) });
    const failures = Array.from(file.keys(), (length) => {
      try {
        readWav(file.subarray(0, length));
        return 'read';
      } catch (error) {
        return error instanceof LivelineError ? error.code : error;
      }
    });
    expect(new Set(failures)).toEqual(new Set(['AUDIO_INVALID']));
  });
});

describe('writing a WAV file', () => {
  it('gives what can be read back, sample by sample', () => {
    const pcm = Int16Array.of(0, 1, -1, 32_767, -32_768);
    const { samples, sampleRateHz } = readWav(writeWav(pcm, 8_000));
    expect(Array.from(samples, (sample) => sample * 32_768)).toEqual([...pcm]);
    expect(sampleRateHz).toBe(8_000);
  });

  it('writes the header that the format asks for', () => {
    expect(writeWav(Int16Array.of(-2), 24_000)).toEqual(wav(u16(0xfffe), { sampleRateHz: 24_000 }));
  });
});
