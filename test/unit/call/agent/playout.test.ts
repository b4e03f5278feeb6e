import { describe, expect, it } from 'vitest';
import { Playout } from '../../../../src/call/agent/playout.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { ScriptedCaller, speech } from '../../../support/scripted-legs.js';

function setUp() {
  const clock = new ManualClock();
  const caller = new ScriptedCaller();
  const heard: number[] = [];
  const overflows: number[] = [];
  const playout = new Playout(caller, clock, {
    onAllHeard: () => heard.push(playout.heardMs),
    onOverflow: (ms) => overflows.push(ms),
  });
  const reach = (name: string) => playout.markReached(name);
  const reachAll = () => caller.marks.splice(0).forEach((name) => expect(reach(name)).toBe(true));
  return { clock, caller, playout, heard, overflows, reach, reachAll };
}

describe('playout', () => {
  it('forwards audio as it comes, with a mark about every 200 ms that names generation and position', () => {
    const { caller, playout } = setUp();
    for (let chunk = 0; chunk < 20; chunk += 1) playout.push(speech(20));
    expect(caller.log.filter((entry) => entry.startsWith('audio'))).toHaveLength(20);
    expect(caller.marks).toHaveLength(2);
    expect(caller.marks[0]).toMatch(/^g1:(19|20)\d$/);
  });

  it('marks every chunk of the usual 200 and 240 ms', () => {
    const { caller, playout } = setUp();
    playout.push(speech(200));
    for (let chunk = 0; chunk < 4; chunk += 1) playout.push(speech(240));
    expect(caller.marks).toHaveLength(5);
  });

  it('forwards and holds a single chunk of more than a minute like any other audio', () => {
    const { caller, playout, reachAll } = setUp();
    playout.push(speech(70_000));
    playout.completeReply();
    expect(playout.sentMs).toBeGreaterThan(59_000);
    while (playout.audible) reachAll();
    expect(caller.sentBytes).toBe(70_000 * 8);
  });

  it('cuts a long chunk so that marks can stand inside it', () => {
    const { caller, playout } = setUp();
    playout.push(speech(2_000));
    expect(caller.marks.length).toBeGreaterThanOrEqual(9);
    expect(caller.sentBytes).toBe(playout.sentMs * 8);
  });

  it('sends every sample of a reply by its end, and a mark behind it', () => {
    const { caller, playout, heard, reachAll } = setUp();
    playout.push(speech(250));
    playout.push(speech(70));
    playout.completeReply();
    expect(caller.sentBytes).toBe(320 * 8);
    expect(caller.log.at(-1)).toBe('mark:g1:320');
    expect(playout.audible).toBe(true);
    reachAll();
    expect(playout.heardMs).toBe(320);
    expect(playout.audible).toBe(false);
    expect(heard.at(-1)).toBe(320);
  });

  it('flushes a reply whose end nobody announces once the caller has heard it', () => {
    const { caller, clock, playout } = setUp();
    playout.push(speech(100));
    clock.advance(199);
    expect(caller.sentBytes).toBeLessThan(800);
    clock.advance(1);
    expect(caller.sentBytes).toBe(800);
    expect(caller.marks).toEqual(['g1:100']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not cut into a reply that comes at the pace it is played', () => {
    const { caller, clock, playout } = setUp();
    for (let chunk = 0; chunk < 8; chunk += 1) {
      playout.push(speech(240));
      clock.advance(240);
    }
    playout.completeReply();
    expect(caller.sentBytes).toBe(8 * 240 * 8);
  });

  it('drops everything at an interruption, clears the carrier once, and starts a new generation', () => {
    const { caller, playout, reach, heard } = setUp();
    playout.push(speech(1_000));
    const [first, ...late] = caller.marks;
    reach(first!);
    const heardBefore = playout.heardMs;
    playout.interrupt();
    expect(heardBefore).toBeGreaterThan(0);
    expect(caller.log.filter((entry) => entry === 'clear')).toHaveLength(1);
    expect(playout).toMatchObject({ generation: 2, sentMs: 0, heardMs: 0, audible: false });
    for (const name of late) expect(reach(name)).toBe(true);
    expect(playout.heardMs).toBe(0);
    expect(heard).toEqual([]);
    playout.push(speech(240));
    expect(caller.marks.at(-1)).toMatch(/^g2:/);
  });

  it('clears the carrier even when nothing seems queued', () => {
    const { caller, playout } = setUp();
    playout.interrupt();
    expect(caller.log).toEqual(['clear']);
  });

  it('carries nothing of an interrupted reply into the next', () => {
    const { caller, playout } = setUp();
    playout.push(speech(100));
    playout.interrupt();
    caller.audio.length = 0;
    playout.push(speech(100));
    playout.completeReply();
    const fresh = setUp();
    fresh.playout.push(speech(100));
    fresh.playout.completeReply();
    expect(Buffer.concat(caller.audio)).toEqual(Buffer.concat(fresh.caller.audio));
  });

  it('keeps at most a minute unheard at the carrier and holds the rest until marks come back', () => {
    const { caller, playout, reachAll } = setUp();
    for (let second = 0; second < 70; second += 1) playout.push(speech(1_000));
    playout.completeReply();
    expect(playout.sentMs).toBeLessThanOrEqual(60_000);
    expect(playout.sentMs).toBeGreaterThan(58_000);
    expect(playout.audible).toBe(true);
    reachAll();
    expect(playout.sentMs).toBe(70_000);
    reachAll();
    expect(playout.audible).toBe(false);
    expect(caller.sentBytes).toBe(70_000 * 8);
  });

  it('ends the reply with a report when more than ten minutes are held', () => {
    const { playout, overflows, reachAll } = setUp();
    const chunk = speech(10_000);
    for (let index = 0; index < 72; index += 1) playout.push(chunk);
    expect(overflows).toHaveLength(1);
    expect(overflows[0]).toBeGreaterThan(580_000);
    playout.completeReply();
    while (playout.audible) reachAll();
    expect(playout.sentMs).toBeLessThan(670_000);
    playout.push(speech(100));
    playout.completeReply();
    expect(playout.audible).toBe(true);
  });

  it('says of a mark it never sent that it does not know it', () => {
    const { reach } = setUp();
    expect(reach('somebody-else')).toBe(false);
    expect(reach('g1:200')).toBe(false);
  });
});
