import { describe, expect, it } from 'vitest';
import { CallerToModelTranscoder } from '../../../../src/audio/transcoder.js';
import { Uplink } from '../../../../src/call/caller/uplink.js';

function tone(bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, index) => (index * 7) % 256);
}

describe('the uplink', () => {
  it('batches caller audio into messages of the chosen length', () => {
    const uplink = new Uplink(60, () => undefined);
    const sent: number[] = [];
    uplink.open((pcm) => sent.push(pcm.length));
    // The first message gives less: the resampler looks a moment ahead.
    for (let frame = 0; frame < 10; frame += 1) uplink.push(tone(160));
    expect(sent.slice(1)).toEqual([60 * 32, 60 * 32]);
    uplink.flush();
    expect(sent.at(-1)).toBe(20 * 32);
  });

  it('sends the same audio however it was cut', () => {
    const whole = tone(1_600);
    const expected = new CallerToModelTranscoder().transcode(whole).slice();
    const uplink = new Uplink(20, () => undefined);
    const sent: Uint8Array[] = [];
    uplink.open((pcm) => sent.push(pcm.slice()));
    for (const [from, to] of [
      [0, 1],
      [1, 333],
      [333, 334],
      [334, 1_500],
      [1_500, 1_600],
    ] as const) {
      uplink.push(whole.subarray(from, to));
    }
    uplink.flush();
    expect(Buffer.concat(sent)).toEqual(Buffer.from(expected));
  });

  it('keeps five seconds while nobody listens, drops the oldest and counts it', () => {
    let droppedMs = 0;
    const uplink = new Uplink(20, (ms) => (droppedMs += ms));
    for (let second = 0; second < 7; second += 1) uplink.push(new Uint8Array(8_000).fill(second));
    const held = uplink.takeHeld();
    expect(droppedMs).toBe(2_000);
    expect(held.map((chunk) => chunk[0])).toEqual([2, 3, 4, 5, 6]);
    expect(uplink.takeHeld()).toEqual([]);
  });

  it('keeps what was batched when the session goes', () => {
    const uplink = new Uplink(100, () => undefined);
    uplink.open(() => undefined);
    uplink.push(tone(160));
    uplink.close();
    expect(uplink.takeHeld()).toEqual([tone(160)]);
  });

  it('keeps a copy: the caller’s bytes may change after the call', () => {
    const uplink = new Uplink(20, () => undefined);
    const frame = Buffer.alloc(160, 1);
    uplink.push(frame);
    frame.fill(9);
    expect(uplink.takeHeld()[0]?.[0]).toBe(1);
  });
});
