import { beforeEach, describe, expect, it } from 'vitest';
import { CallerUplink } from '../../../../src/emulator/phone/caller-uplink.js';
import { ManualClock } from '../../../support/manual-clock.js';

interface Frame {
  atMs: number;
  timestampMs: number;
  bytes: number[];
}

describe('CallerUplink', () => {
  let clock: ManualClock;
  let frames: Frame[];
  let keys: string[];
  let speech: string[];
  let over: AbortController;

  beforeEach(() => {
    clock = new ManualClock();
    frames = [];
    keys = [];
    speech = [];
    over = new AbortController();
  });

  function start(options: { jitterMs?: number; lossPercent?: number; random?: () => number; on?: ManualClock } = {}) {
    const { jitterMs = 0, lossPercent = 0, random = () => 0.5 } = options;
    return new CallerUplink(
      { clock, signal: over.signal, jitterMs, lossPercent, random },
      {
        onFrame: (mulaw, timestampMs) => frames.push({ atMs: clock.nowMs(), timestampMs, bytes: [...mulaw] }),
        onKey: (digit) => keys.push(`${digit}@${clock.nowMs()}`),
        onSpeech: (phase) => speech.push(`${phase}@${clock.nowMs()}`),
      },
    );
  }

  it('sends 160 bytes of silence every 20 ms while nobody speaks', () => {
    start();
    clock.advance(100);
    expect(frames.map(({ atMs }) => atMs)).toEqual([20, 40, 60, 80, 100]);
    expect(frames.map(({ timestampMs }) => timestampMs)).toEqual([0, 20, 40, 60, 80]);
    expect(frames.every(({ bytes }) => bytes.length === 160 && bytes.every((byte) => byte === 0xff))).toBe(true);
  });

  it('speaks in whole frames, fills the last one with silence, and settles when it was sent', async () => {
    const uplink = start();
    const spoken = uplink.speak(new Uint8Array(200).fill(7));
    clock.advance(60);
    await spoken;
    const sent = frames.flatMap(({ bytes }) => bytes);
    expect(sent.slice(0, 200).every((byte) => byte === 7)).toBe(true);
    expect(sent.slice(200).every((byte) => byte === 0xff)).toBe(true);
    expect(speech).toEqual(['started@0', 'ended@40']);
  });

  it('speaks a second utterance right behind the first', async () => {
    const uplink = start();
    const both = Promise.all([uplink.speak(new Uint8Array(160).fill(1)), uplink.speak(new Uint8Array(160).fill(2))]);
    clock.advance(60);
    await both;
    expect(frames.map(({ bytes }) => bytes[0])).toEqual([1, 2, 0xff]);
    expect(speech).toEqual(['started@0', 'ended@40']);
  });

  it('catches up after a stall and is back on its deadlines without drift', () => {
    start();
    clock.advance(20);
    // A stalled process: time goes on, timers fire late.
    clock.stall(95);
    clock.advance(25);
    expect(frames.map(({ atMs }) => atMs)).toEqual([20, 115, 115, 115, 115, 120, 140]);
    expect(frames.map(({ timestampMs }) => timestampMs)).toEqual([0, 20, 40, 60, 80, 100, 120]);
  });

  it('delays frames by up to the jitter and keeps their order', () => {
    const draws = [0.9, 0, 0, 0, 0, 0, 0, 0];
    start({ jitterMs: 50, random: () => draws.shift() ?? 0 });
    clock.advance(100);
    expect(frames.map(({ atMs }) => atMs)).toEqual([65, 65, 65, 80, 100]);
    expect(frames.map(({ timestampMs }) => timestampMs)).toEqual([0, 20, 40, 60, 80]);
  });

  it('loses frames as a jump of the timestamp', () => {
    const draws = [0, 0.99, 0, 0.01, 0, 0.99];
    start({ lossPercent: 50, random: () => draws.shift() ?? 0.99 });
    clock.advance(60);
    expect(frames.map(({ timestampMs }) => timestampMs)).toEqual([0, 40]);
  });

  it('presses keys one after the other', async () => {
    const uplink = start();
    const pressed = uplink.press('1#');
    clock.advance(220);
    await pressed;
    expect(keys).toEqual(['1@20', '#@220']);
  });

  it('settles everything and leaves no timer when the stream ends', async () => {
    const uplink = start();
    const waiting = Promise.all([uplink.speak(new Uint8Array(8000)), uplink.press('12')]);
    clock.advance(20);
    over.abort();
    await waiting;
    expect(clock.pendingTimers).toBe(0);
    await uplink.speak(new Uint8Array(8000));
    clock.advance(100);
    expect(frames).toHaveLength(1);
  });
});
