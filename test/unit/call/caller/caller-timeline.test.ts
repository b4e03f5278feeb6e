import { describe, expect, it } from 'vitest';
import { CallerTimeline } from '../../../../src/call/caller/caller-timeline.js';
import { ManualClock } from '../../../support/manual-clock.js';

const FRAME = new Uint8Array(160).fill(0x12);

function setUp() {
  const clock = new ManualClock();
  let audioBytes = 0;
  let silenceBytes = 0;
  let pauses = 0;
  const timeline = new CallerTimeline(clock, {
    onAudio: (mulaw) => {
      const silent = mulaw.every((byte) => byte === 0xff);
      if (silent) silenceBytes += mulaw.length;
      else audioBytes += mulaw.length;
    },
    onPaused: () => (pauses += 1),
  });
  return {
    clock,
    timeline,
    heard: () => ({ audioMs: audioBytes / 8, silenceMs: silenceBytes / 8, pauses }),
    /** Frames at real pace from `fromMs`. */
    talk: (fromMs: number, ms: number) => {
      for (let at = 0; at < ms; at += 20) {
        timeline.push(FRAME, fromMs + at);
        clock.advance(20);
      }
    },
  };
}

describe('the caller’s timeline', () => {
  it('passes continuous audio on untouched', () => {
    const { talk, heard } = setUp();
    talk(38, 2_000);
    expect(heard()).toEqual({ audioMs: 2_000, silenceMs: 0, pauses: 0 });
  });

  it('adds nothing before the first audio came', () => {
    const { clock, heard } = setUp();
    clock.advance(10_000);
    expect(heard()).toEqual({ audioMs: 0, silenceMs: 0, pauses: 0 });
  });

  it('turns a pause into silence in real time, up to a second, then reports it once', () => {
    const { talk, clock, heard } = setUp();
    talk(0, 200);
    clock.advance(500);
    const early = heard();
    expect(early.silenceMs).toBeGreaterThanOrEqual(400);
    expect(early.silenceMs).toBeLessThanOrEqual(520);
    expect(early.pauses).toBe(0);
    clock.advance(9_500);
    expect(heard()).toMatchObject({ silenceMs: 1_000, pauses: 1 });
  });

  it('fills a jump of the timestamps', () => {
    const { talk, heard } = setUp();
    talk(0, 200);
    talk(700, 200);
    expect(heard()).toMatchObject({ audioMs: 400, silenceMs: 500 });
  });

  it('fills single lost frames, each of them', () => {
    const { timeline, clock, heard } = setUp();
    for (let at = 0; at < 2_000; at += 20) {
      if (at % 100 !== 80) timeline.push(FRAME, at);
      clock.advance(20);
    }
    timeline.push(FRAME, 2_000);
    expect(heard()).toMatchObject({ audioMs: 1_620, silenceMs: 400 });
  });

  it('takes timestamps that wobble for what they are', () => {
    const { timeline, clock, heard } = setUp();
    for (let frame = 0; frame < 200; frame += 1) {
      timeline.push(FRAME, frame * 20 + [0, 7, -6, 3][frame % 4]!);
      clock.advance(20);
    }
    expect(heard().silenceMs).toBe(0);
  });

  it('fills a jump less what the pause had already inserted', () => {
    const { talk, clock, heard } = setUp();
    talk(0, 200);
    clock.advance(600);
    const inserted = heard().silenceMs;
    expect(inserted).toBeGreaterThan(0);
    talk(800, 200);
    // The last frame's own length is the only uncertainty.
    expect(heard().silenceMs).toBeGreaterThanOrEqual(600);
    expect(heard().silenceMs).toBeLessThanOrEqual(620);
  });

  it('bounds what it fills and ignores a jump backwards', () => {
    const { talk, heard } = setUp();
    talk(0, 200);
    talk(3_600_000, 200);
    expect(heard().silenceMs).toBe(3_000);
    talk(100, 200);
    expect(heard().silenceMs).toBe(3_000);
  });

  it('reports every pause of its own and resumes cleanly', () => {
    const { talk, clock, heard } = setUp();
    talk(0, 100);
    clock.advance(2_000);
    talk(2_100, 100);
    clock.advance(2_000);
    expect(heard()).toMatchObject({ audioMs: 200, pauses: 2 });
  });

  it('owes no timer once disposed of', () => {
    const { talk, clock, timeline } = setUp();
    talk(0, 100);
    timeline.dispose();
    expect(clock.pendingTimers).toBe(0);
  });
});
