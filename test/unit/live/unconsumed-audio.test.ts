import { describe, expect, it } from 'vitest';
import { type SentAudio, UnconsumedAudio } from '../../../src/live/unconsumed-audio.js';

const KEPT_BYTES = 16_000;

describe('the last of the caller’s audio', () => {
  it.each([64, 256, 640, 1_280, 3_200, 3_202, KEPT_BYTES])('is kept whole, in pieces of %i bytes', (length) => {
    const audio = new UnconsumedAudio();
    const sent: SentAudio[] = [];
    for (let index = 1; index <= 300; index += 1) {
      const pcm16k = Uint8Array.from({ length }, (_, byte) => (index * 7 + byte) % 251);
      sent.push({ index, pcm16k });
      audio.keep(index, pcm16k);
    }
    const kept = Math.min(64, Math.floor(KEPT_BYTES / length));
    expect(audio.take()).toEqual(sent.slice(-kept));
    expect(audio.take()).toEqual([]);
  });

  it('forgets what was taken in, and goes on', () => {
    const audio = new UnconsumedAudio();
    const piece = new Uint8Array(640).fill(1);
    for (const index of [1, 2, 4]) audio.keep(index, piece);
    audio.consumed(3);
    audio.keep(5, piece);
    expect(audio.take().map(({ index }) => index)).toEqual([4, 5]);
    audio.keep(6, piece);
    audio.consumed(100);
    expect(audio.take()).toEqual([]);
    audio.keep(7, piece);
    audio.clear();
    expect(audio.take()).toEqual([]);
  });

  it('is the end of a piece that is longer than all of it', () => {
    const audio = new UnconsumedAudio();
    audio.keep(1, new Uint8Array(640).fill(1));
    audio.keep(
      2,
      Uint8Array.from({ length: KEPT_BYTES + 2 }, (_, byte) => byte % 251),
    );
    const [only, ...others] = audio.take();
    expect(others).toEqual([]);
    expect(only?.pcm16k).toEqual(Uint8Array.from({ length: KEPT_BYTES }, (_, byte) => (byte + 2) % 251));
  });
});
