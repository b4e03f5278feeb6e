import { describe, expect, it } from 'vitest';
import { Playout } from '../../../src/call/agent/playout.js';
import { SilenceFiller } from '../../../src/call/agent/silence-filler.js';
import { ManualClock } from '../../support/manual-clock.js';
import { ScriptedCaller, speech } from '../../support/scripted-legs.js';

const SECOND = 8_000;

function setUp() {
  const clock = new ManualClock();
  const caller = new ScriptedCaller();
  let heardEnds = 0;
  const playout: Playout = new Playout(caller, clock, {
    onAllHeard: () => {
      heardEnds += 1;
      filler.somebodyHeard();
    },
    onOverflow: () => undefined,
  });
  const filler = new SilenceFiller(clock, playout);
  return {
    clock,
    caller,
    playout,
    filler,
    heardEnds: () => heardEnds,
    reachAll: () => caller.marks.splice(0).forEach((name) => expect(playout.markReached(name)).toBe(true)),
    clears: () => caller.log.filter((entry) => entry === 'clear').length,
  };
}

/** A sound without any silence in it. */
const loud = (ms: number) => new Uint8Array(ms * 8).fill(0x23);

describe('a sound of the bridge’s own', () => {
  it('is no speech: it changes neither what was sent nor what was heard, and its end is nobody’s reply', () => {
    const { playout, caller, reachAll, heardEnds } = setUp();
    playout.playOwn(loud(400));
    expect(caller.sentBytes).toBe(400 * 8);
    expect(playout).toMatchObject({ sentMs: 0, heardMs: 0, audible: false });
    reachAll();
    expect(heardEnds()).toBe(0);
  });

  it('is dropped once, and its mark is known when the clear brings it back', () => {
    const { playout, caller, clears } = setUp();
    playout.playOwn(loud(400));
    playout.dropOwn();
    playout.dropOwn();
    expect(clears()).toBe(1);
    expect(playout.markReached(caller.marks[0]!)).toBe(true);
    expect(playout.markReached('own:99')).toBe(false);
  });

  it('is not dropped when it was heard to its end', () => {
    const { playout, clears, reachAll } = setUp();
    playout.playOwn(loud(400));
    reachAll();
    playout.dropOwn();
    expect(clears()).toBe(0);
  });
});

describe('a sound that is not cut', () => {
  it('goes behind what was said, and what is said meanwhile waits until it was heard', async () => {
    const { playout, caller, reachAll } = setUp();
    playout.push(speech(300));
    const over = playout.playUncut(loud(500));
    const sent = caller.sentBytes;
    expect(sent).toBe(800 * 8);
    playout.push(speech(200));
    expect(caller.sentBytes).toBe(sent);
    expect(playout.audible).toBe(true);
    reachAll();
    await over;
    expect(caller.sentBytes).toBeGreaterThan(sent);
  });

  it('outlives a caller who cuts in, which drops only what waits behind it', async () => {
    const { playout, caller, clears, reachAll } = setUp();
    const over = playout.playUncut(loud(500));
    playout.push(speech(2_000));
    playout.interrupt();
    expect(clears()).toBe(0);
    reachAll();
    await over;
    expect(caller.sentBytes).toBe(500 * 8);
    expect(playout.audible).toBe(false);
    playout.push(speech(200));
    playout.interrupt();
    expect(clears()).toBe(1);
  });

  it('is taken for heard when its mark does not come back', async () => {
    const { playout, caller, clock } = setUp();
    const over = playout.playUncut(loud(500));
    playout.push(speech(200));
    clock.advance(5_499);
    expect(caller.sentBytes).toBe(500 * 8);
    clock.advance(1);
    await over;
    expect(caller.sentBytes).toBeGreaterThan(500 * 8);
    playout.dispose();
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('silence', () => {
  it('is filled after its time, in real time and over and over', () => {
    const { filler, caller, clock, reachAll } = setUp();
    filler.start('tool', { afterMs: 2_000, sound: loud(300) });
    clock.advance(1_999);
    expect(caller.sentBytes).toBe(0);
    for (let second = 0; second < 10; second += 1) {
      clock.advance(1_000);
      reachAll();
    }
    expect(caller.sentBytes / SECOND).toBeGreaterThanOrEqual(10);
    expect(caller.sentBytes / SECOND).toBeLessThan(10.7);
    filler.stop('tool');
    const sent = caller.sentBytes;
    clock.advance(10_000);
    expect(caller.sentBytes).toBe(sent);
    expect(clock.pendingTimers).toBe(0);
  });

  it('counts from the end of what was heard', () => {
    const { filler, caller, clock, playout, reachAll } = setUp();
    filler.start('tool', { afterMs: 2_000, sound: loud(300) });
    playout.push(speech(1_000));
    playout.completeReply();
    const sent = caller.sentBytes;
    clock.advance(5_000);
    reachAll();
    clock.advance(1_999);
    expect(caller.sentBytes).toBe(sent);
    clock.advance(1);
    expect(caller.sentBytes).toBeGreaterThan(sent);
  });

  it('ends at once when somebody speaks, and is filled again after as much of it', () => {
    const { filler, caller, clock, clears } = setUp();
    filler.start('tool', { afterMs: 2_000, sound: loud(300) });
    clock.advance(2_100);
    filler.somebodyHeard();
    expect(clears()).toBe(1);
    const sent = caller.sentBytes;
    clock.advance(1_999);
    expect(caller.sentBytes).toBe(sent);
    clock.advance(1);
    expect(caller.sentBytes).toBeGreaterThan(sent);
  });

  it('goes on being filled for the reason that is left', () => {
    const { filler, caller, clock } = setUp();
    filler.start('a', { afterMs: 1_000, sound: loud(300) });
    filler.start('b', { afterMs: 3_000, sound: loud(300) });
    clock.advance(1_100);
    filler.stop('a');
    const sent = caller.sentBytes;
    clock.advance(1_800);
    expect(caller.sentBytes).toBe(sent);
    clock.advance(200);
    expect(caller.sentBytes).toBeGreaterThan(sent);
    filler.dispose();
    expect(clock.pendingTimers).toBe(0);
  });

  it('sends nothing of the silence in a sound', () => {
    const { filler, caller, clock } = setUp();
    const sound = new Uint8Array(SECOND).fill(0xff);
    sound.set(loud(200));
    filler.start('tool', { afterMs: 0, sound });
    clock.advance(4_000);
    expect(caller.sentBytes).toBe(5 * 1_600);
  });

  it('is not flooded after the process stood still', () => {
    const { filler, caller, clock } = setUp();
    filler.start('tool', { afterMs: 0, sound: loud(300) });
    clock.advance(1_000);
    const sent = caller.sentBytes;
    clock.stall(30_000);
    expect(caller.sentBytes - sent).toBeLessThanOrEqual(600 * 8);
  });
});
