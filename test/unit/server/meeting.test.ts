import { describe, expect, it } from 'vitest';
import { watchMeeting } from '../../../src/server/meeting.js';
import { ManualClock } from '../../support/manual-clock.js';

const PARTIES = { callerSid: 'CA1', answeringSid: 'CA2', room: 'room', afterUrl: 'https://host.test/after' };
const UP = 'in-progress';

function start() {
  const clock = new ManualClock();
  const stopping = new AbortController();
  const statuses: Record<string, string | undefined> = { CA1: UP, CA2: UP };
  const done: unknown[] = [];
  const failing = { times: 0 };
  const act = <T>(what: unknown, answer: T): Promise<T> => {
    done.push(what);
    failing.times -= 1;
    return failing.times >= 0 ? Promise.reject(new Error('no answer')) : Promise.resolve(answer);
  };
  const rest = {
    isRoomRunning: (name: string) =>
      name === 'room' && isRunning.now ? Promise.resolve(true) : Promise.reject(new Error()),
    callStatus: (callSid: string) => Promise.resolve(statuses[callSid]),
    redirectCall: (callSid: string, next: unknown) => act([callSid, next], true),
    completeCall: (callSid: string) => act([callSid], undefined),
  };
  const isRunning = { now: false };
  const over = { is: false };
  const caller = { isHere: false };
  const meeting = { ...PARTIES, isCallerHere: () => caller.isHere };
  const watch = watchMeeting({ rest, clock, signal: stopping.signal }, meeting).then(() => (over.is = true));
  const advance = async (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      clock.advance(1_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { isRunning, caller, clock, stopping, statuses, done, failing, over, watch, advance };
}

const CALLER_LED_ON = ['CA1', { url: PARTIES.afterUrl }];

describe('two calls that were sent to a room', () => {
  it.each([
    ['who took the caller', 'CA2', CALLER_LED_ON],
    ['who was to be taken', 'CA1', ['CA2']],
  ])('are not left to wait for one %s and hung up on the way', async (_, gone, expected) => {
    const { statuses, done, over, advance, clock } = start();
    statuses[gone] = 'completed';
    await advance(1);
    expect(done).toEqual([]);
    await advance(1);
    expect(done).toEqual([expected]);
    expect(over.is).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  it('are looked after no more once both are there', async () => {
    const { isRunning, over, advance, clock } = start();
    await advance(2);
    expect(over.is).toBe(false);
    isRunning.now = true;
    await advance(1);
    expect(over.is).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  it('are left alone where the one follows the other, and where Twilio does not say', async () => {
    const { statuses, done, over, advance } = start();
    await advance(3);
    statuses['CA2'] = undefined;
    await advance(3);
    statuses['CA2'] = 'completed';
    await advance(1);
    statuses['CA1'] = 'completed';
    await advance(1);
    expect(done).toEqual([]);
    expect(over.is).toBe(true);
  });

  it('are looked after for 20 s', async () => {
    const { done, over, advance, clock } = start();
    await advance(19);
    expect(over.is).toBe(false);
    await advance(1);
    expect(over.is).toBe(true);
    expect(clock.pendingTimers).toBe(0);
    expect(done).toEqual([]);
  });

  it('are tried again to be helped where Twilio fails', async () => {
    const { statuses, done, failing, over, advance } = start();
    failing.times = 2;
    statuses['CA2'] = 'completed';
    await advance(4);
    expect(done).toEqual([CALLER_LED_ON, CALLER_LED_ON, CALLER_LED_ON]);
    expect(over.is).toBe(true);
  });

  it('are not parted while the caller may yet come, and whoever waits is let go when they stay with the agent', async () => {
    const { caller, done, over, advance } = start();
    caller.isHere = true;
    await advance(5);
    expect(done).toEqual([]);
    await advance(1);
    expect(done).toEqual([['CA2']]);
    expect(over.is).toBe(true);
  });

  it('are not disturbed where the one has hung up and the other is still with the agent', async () => {
    const { caller, statuses, done, advance } = start();
    caller.isHere = true;
    statuses['CA2'] = 'completed';
    await advance(4);
    expect(done).toEqual([]);
    caller.isHere = false;
    await advance(2);
    expect(done).toEqual([CALLER_LED_ON]);
  });

  it('are looked at once more by a server that stops', async () => {
    const { statuses, stopping, done, watch } = start();
    statuses['CA2'] = 'completed';
    stopping.abort();
    await watch;
    expect(done).toEqual([CALLER_LED_ON]);
  });
});
