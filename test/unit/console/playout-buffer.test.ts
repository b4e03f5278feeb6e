import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMulaw } from '../../../src/audio/mulaw.js';
import { PlayoutBuffer } from '../../../src/console/audio/playout-buffer.js';

function createBuffer() {
  const told: string[] = [];
  let nowSamples = 0;
  const at: Record<string, number> = {};
  const buffer = new PlayoutBuffer({
    onMark: (name) => {
      told.push(name);
      at[name] = nowSamples;
    },
    onPlaying: (playing) => told.push(playing ? 'plays' : 'is silent'),
  });
  return {
    buffer,
    told,
    /** When each mark was told, in samples. */
    at,
    listen: (ms: number) =>
      Array.from({ length: ms * 8 }, () => {
        nowSamples += 1;
        return buffer.next();
      }),
  };
}

/** Audio that is nowhere silent. */
function audio(ms: number): Uint8Array {
  return Uint8Array.from({ length: ms * 8 }, (_, index) => index % 100);
}

describe('the playout buffer', () => {
  it('gathers a little before it plays, then plays without a gap', () => {
    const { buffer, listen } = createBuffer();
    buffer.push(audio(40));
    expect(listen(40).every((sample) => sample === 0)).toBe(true);
    buffer.push(audio(60));
    const heard = listen(100);
    const expected = [...decodeMulaw(audio(40)), ...decodeMulaw(audio(60))].map((sample) => sample / 32_768);
    expect(heard).toEqual(expected);
  });

  it('plays a reply that is shorter than what it gathers', () => {
    const { buffer, told, listen } = createBuffer();
    buffer.push(audio(20));
    buffer.mark('end');
    listen(101);
    expect(told).toEqual(['plays', 'is silent', 'end']);
  });

  it('tells a mark when the last sample before it has reached the ear, and at once when nothing plays', () => {
    const { buffer, told, at, listen } = createBuffer();
    buffer.mark('nothing before');
    expect(told).toEqual(['nothing before']);
    buffer.outputLatencyMs = 30;
    buffer.push(audio(100));
    buffer.mark('first');
    buffer.push(audio(100));
    buffer.mark('second');
    listen(300);
    const startedAt = 1;
    expect(at['first']).toBe(startedAt + (100 + 30) * 8 - 1);
    expect(at['second']).toBe(startedAt + (200 + 30) * 8 - 1);
  });

  it('is silent from the sample after a clear, and tells every mark in order', () => {
    const { buffer, told, listen } = createBuffer();
    buffer.outputLatencyMs = 30;
    buffer.push(audio(200));
    buffer.mark('first');
    buffer.mark('second');
    listen(100);
    buffer.clear();
    expect(told).toEqual(['plays', 'is silent', 'first', 'second']);
    expect(listen(500).every((sample) => sample === 0)).toBe(true);
    const next = Uint8Array.from({ length: 1_600 }, (_, index) => 128 + (index % 100));
    buffer.push(next);
    expect(listen(200)).toEqual([...decodeMulaw(next)].map((sample) => sample / 32_768));
  });

  it('gathers more after it ran dry in the middle of a reply, and less again when that does not happen', () => {
    const { buffer, listen } = createBuffer();
    const waitMs = () => {
      buffer.push(audio(400));
      const first = listen(400).findIndex((sample) => sample !== 0);
      listen(400);
      return first / 8;
    };
    // Whatever is here at once plays at once; so only audio that trickles in shows how much is gathered.
    const trickleMs = () => {
      for (let ms = 0; ; ms += 10) {
        buffer.push(audio(10));
        if (listen(10).some((sample) => sample !== 0)) return ms;
      }
    };
    expect(waitMs()).toBe(0);
    const atFirstMs = trickleMs();
    listen(100);
    const afterStarvingMs = trickleMs();
    expect(afterStarvingMs).toBeGreaterThan(atFirstMs);
    for (let reply = 0; reply < 10; reply += 1) {
      listen(500);
      waitMs();
    }
    listen(500);
    expect(trickleMs()).toBe(atFirstMs);
  });

  it('holds a bounded amount', () => {
    const { buffer, told, listen } = createBuffer();
    for (let second = 0; second < 200; second += 1) buffer.push(audio(1_000));
    buffer.mark('end');
    listen(91_000);
    expect(told).toContain('end');
  });

  it('plays every sample once and tells every mark once, however audio, marks and time are mixed', () => {
    const step = fc.oneof(
      fc.record({ push: fc.integer({ min: 1, max: 300 }) }),
      fc.record({ listen: fc.integer({ min: 1, max: 200 }) }),
      fc.constant({ mark: true }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { buffer, told, listen } = createBuffer();
        const sent: number[] = [];
        let heard: number[] = [];
        let marks = 0;
        for (const each of steps) {
          if ('push' in each) {
            const bytes = audio(each.push);
            buffer.push(bytes);
            sent.push(...decodeMulaw(bytes));
          } else if ('listen' in each) heard = heard.concat(listen(each.listen));
          else buffer.mark(String(marks++));
        }
        heard = heard.concat(listen(20_000));
        expect(heard.filter((sample) => sample !== 0)).toEqual(sent.map((sample) => sample / 32_768));
        expect(told.filter((word) => /^\d/.test(word))).toEqual(Array.from({ length: marks }, (_, n) => String(n)));
      }),
      { numRuns: 25 },
    );
  });
});
