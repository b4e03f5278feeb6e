import { describe, expect, it } from 'vitest';
import { decodeMulaw, MULAW_SILENCE } from '../../../src/audio/mulaw.js';
import { CallerFrames } from '../../../src/console/audio/caller-frames.js';
import { LevelMeter } from '../../../src/console/audio/level-meter.js';

describe('the caller’s frames', () => {
  it('hold 20 ms each, clipped where it is too loud', () => {
    const frames = new CallerFrames();
    const made = Array.from({ length: 400 }, (_, index) => frames.push(index < 160 ? 0 : 2)).flatMap((frame) =>
      frame ? [frame.mulaw] : [],
    );
    expect(made.map(({ length }) => length)).toEqual([160, 160]);
    expect(made[0]!.every((byte) => byte === MULAW_SILENCE)).toBe(true);
    expect(Math.min(...decodeMulaw(made[1]!))).toBeGreaterThan(32_000);
  });
});

describe('a level meter', () => {
  it('shows nothing for silence, all for the loudest, and begins anew at each reading', () => {
    const meter = new LevelMeter();
    expect(meter.take()).toBe(0);
    const levels = [0.001, 0.01, 0.1, 1].map((amplitude) => {
      for (let i = 0; i < 160; i += 1) meter.push(i % 2 === 0 ? amplitude : -amplitude);
      return meter.take();
    });
    expect(levels[0]).toBe(0);
    expect(levels[1]).toBeLessThan(levels[2]!);
    expect(levels[3]).toBe(1);
    expect(meter.take()).toBe(0);
  });
});
