import { beforeEach, describe, expect, it } from 'vitest';
import { PlayoutClock } from '../../../../src/emulator/phone/playout-clock.js';
import { ManualClock } from '../../../support/manual-clock.js';

function audio(ms: number, byte = 0x20): Uint8Array {
  return new Uint8Array(ms * 8).fill(byte);
}

describe('PlayoutClock', () => {
  let clock: ManualClock;
  let told: string[];
  let playout: PlayoutClock;

  beforeEach(() => {
    clock = new ManualClock();
    told = [];
    playout = new PlayoutClock(clock, {
      onMarkReached: (name, cleared) => told.push(`${cleared ? 'cleared' : 'mark'} ${name} @${clock.nowMs()}`),
      onAudioStarted: (atMs) => told.push(`started ${atMs}`),
      onAudioEnded: (atMs, cut) => told.push(`${cut ? 'cut' : 'ended'} ${atMs}`),
    });
  });

  it('places audio at the sample where its playing starts and silence before and after', () => {
    clock.advance(125);
    playout.play(audio(50));
    clock.advance(100);
    const { heard } = playout;
    expect(heard).toHaveLength(225 * 8);
    expect(heard.subarray(0, 1000).every((byte) => byte === 0xff)).toBe(true);
    expect(heard.subarray(1000, 1400).every((byte) => byte === 0x20)).toBe(true);
    expect(heard.subarray(1400).every((byte) => byte === 0xff)).toBe(true);
    expect(told).toEqual(['started 125', 'ended 175']);
  });

  it('joins chunks that are queued in time without a gap', () => {
    playout.play(audio(200, 1));
    clock.advance(150);
    playout.play(audio(200, 2));
    expect(playout.queuedMs).toBe(250);
    clock.advance(250);
    expect([...new Set(playout.heard)]).toEqual([1, 2]);
    expect(told).toEqual(['started 0', 'ended 400']);
  });

  it('shows a chunk that came too late as a gap of its lateness', () => {
    playout.play(audio(100));
    clock.advance(130);
    playout.play(audio(100));
    clock.advance(100);
    expect(playout.heard.filter((byte) => byte === 0xff)).toHaveLength(30 * 8);
    expect(told).toEqual(['started 0', 'ended 100', 'started 130', 'ended 230']);
  });

  it('echoes a mark when the audio before it was played, not sooner', () => {
    playout.play(audio(100));
    playout.mark('a');
    playout.play(audio(60));
    playout.mark('b');
    clock.advance(99);
    expect(told).toEqual(['started 0']);
    clock.advance(1);
    expect(told).toEqual(['started 0', 'mark a @100']);
    clock.advance(60);
    expect(told).toEqual(['started 0', 'mark a @100', 'mark b @160', 'ended 160']);
  });

  it('echoes a mark at once when nothing is queued', () => {
    clock.advance(10);
    playout.mark('a');
    expect(told).toEqual(['mark a @10']);
  });

  it('drops what was not heard and echoes pending marks at once when it is cleared', () => {
    playout.play(audio(500));
    playout.mark('a');
    playout.mark('b');
    clock.advance(200);
    expect(playout.pendingMarks).toBe(2);
    playout.clear();
    expect(told).toEqual(['started 0', 'cut 200', 'cleared a @200', 'cleared b @200']);
    clock.advance(400);
    expect(playout.heard.findLastIndex((byte) => byte !== 0xff)).toBe(200 * 8 - 1);
    expect(told).toHaveLength(4);
  });

  it('plays what comes after a clear right away', () => {
    playout.play(audio(500, 1));
    clock.advance(100);
    playout.clear();
    playout.play(audio(50, 2));
    clock.advance(50);
    expect([...playout.heard.subarray(798, 802)]).toEqual([1, 1, 2, 2]);
  });

  it('takes ten minutes of audio and discards the rest', () => {
    const minute = audio(60_000);
    for (let minutes = 0; minutes < 10; minutes += 1) expect(playout.play(minute)).toBe(minute.length);
    expect(playout.play(minute)).toBe(0);
    clock.advance(1000);
    expect(playout.play(minute)).toBe(8000);
  });

  it('keeps its recording over the end of one stream and loses what that stream had queued', () => {
    playout.play(audio(300, 1));
    playout.mark('lost');
    clock.advance(100);
    playout.drop();
    clock.advance(100);
    playout.play(audio(50, 2));
    clock.advance(50);
    expect([...new Set(playout.heard)]).toEqual([1, 0xff, 2]);
    expect(told.filter((line) => line.includes('lost'))).toEqual([]);
  });

  it('ends its recording when it is stopped and leaves no timer', () => {
    playout.play(audio(300));
    playout.mark('never');
    clock.advance(120);
    playout.stop();
    clock.advance(1000);
    expect(playout.heard).toHaveLength(120 * 8);
    expect(playout.play(audio(20))).toBe(0);
    expect(clock.pendingTimers).toBe(0);
    expect(told).toEqual(['started 0', 'cut 120']);
  });
});
