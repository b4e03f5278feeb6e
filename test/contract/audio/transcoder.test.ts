import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMulaw, encodeMulaw } from '../../../src/audio/mulaw.js';
import { CallerToModelTranscoder, ModelToCallerTranscoder } from '../../../src/audio/transcoder.js';
import { createDownsampler24To8, createUpsampler8To16 } from '../../../src/audio/stream-resampler.js';
import { concat, cut, fitTone, tone } from '../../support/spectrum.js';

const lengths = fc.array(fc.oneof(fc.nat(3), fc.nat(700)), { minLength: 1, maxLength: 20 });

function littleEndian(pcm: Int16Array): Uint8Array {
  const bytes = new Uint8Array(2 * pcm.length);
  const view = new DataView(bytes.buffer);
  pcm.forEach((sample, i) => view.setInt16(2 * i, sample, true));
  return bytes;
}

function joined(pieces: Uint8Array[]): Uint8Array {
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]));
}

describe('caller → model', () => {
  it('is µ-law expanded, resampled and written low byte first', () => {
    const mulaw = encodeMulaw(tone(440, 8_000, 1_601));
    const expected = createUpsampler8To16().process(decodeMulaw(mulaw));
    expect(new CallerToModelTranscoder().transcode(mulaw)).toEqual(littleEndian(expected));
  });

  it('gives the same bytes however the audio is cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3_000 }), lengths, (mulaw, cuts) => {
        const pieces = new CallerToModelTranscoder();
        const made = cut(mulaw, [...cuts, 1]).map((piece) => pieces.transcode(piece).slice());
        expect(joined(made)).toEqual(new CallerToModelTranscoder().transcode(mulaw));
      }),
    );
  });

  it('is as new after a reset', () => {
    const mulaw = encodeMulaw(tone(440, 8_000, 333));
    const used = new CallerToModelTranscoder();
    used.transcode(mulaw);
    used.reset();
    expect(used.transcode(mulaw).slice()).toEqual(new CallerToModelTranscoder().transcode(mulaw));
  });

  it('gives a piece that is longer than its scratch whole', () => {
    const mulaw = encodeMulaw(tone(440, 8_000, 40_000));
    const expected = createUpsampler8To16().process(decodeMulaw(mulaw));
    expect(new CallerToModelTranscoder().transcode(mulaw)).toEqual(littleEndian(expected));
  });
});

describe('model → caller', () => {
  it('is read low byte first, resampled and compressed to µ-law', () => {
    const pcm = tone(440, 24_000, 5_761);
    const resampler = createDownsampler24To8();
    const transcoder = new ModelToCallerTranscoder();
    const heard = joined([transcoder.transcode(littleEndian(pcm)), transcoder.flush()]);
    expect(heard).toEqual(encodeMulaw(concat([resampler.process(pcm), resampler.flush()])));
  });

  it('gives the same bytes however the audio is cut, in the middle of samples too', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 6_000 }), lengths, (bytes, cuts) => {
        const whole = new ModelToCallerTranscoder();
        const pieces = new ModelToCallerTranscoder();
        const expected = joined([whole.transcode(bytes), whole.flush()]);
        const made = cut(bytes, [...cuts, 1]).map((piece) => pieces.transcode(piece).slice());
        expect(joined([...made, pieces.flush()])).toEqual(expected);
      }),
    );
  });

  it('reads audio at an odd place in its buffer', () => {
    const bytes = littleEndian(tone(440, 24_000, 960));
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    const transcoder = new ModelToCallerTranscoder();
    expect(transcoder.transcode(shifted.subarray(1)).slice()).toEqual(new ModelToCallerTranscoder().transcode(bytes));
  });

  it.each(['flush', 'reset'] as const)('is as new after %s, half a sample included', (method) => {
    const bytes = littleEndian(tone(440, 24_000, 960));
    const used = new ModelToCallerTranscoder();
    used.transcode(bytes.subarray(0, 333));
    used[method]();
    expect(used.transcode(bytes).slice()).toEqual(new ModelToCallerTranscoder().transcode(bytes));
  });

  it('loses no more than µ-law itself does', () => {
    const transcoder = new ModelToCallerTranscoder();
    const heard = decodeMulaw(transcoder.transcode(littleEndian(tone(1_020, 24_000, 24_000)))).subarray(80);
    const mulawAlone = decodeMulaw(encodeMulaw(tone(1_020, 8_000, 8_000)));
    const ceilingDb = fitTone(mulawAlone, 1_020, 8_000).sinadDb;
    expect(fitTone(heard, 1_020, 8_000).sinadDb).toBeGreaterThan(ceilingDb - 0.1);
  });
});
