import { describe, expect, it } from 'vitest';
import { CallError } from '../../../src/errors.js';
import { Dialer, type DialerOptions } from '../../../src/twilio/dialer.js';
import type { OutboundCall } from '../../../src/twilio/outbound-call.js';
import { createOrderSeal } from '../../../src/twilio/outbound-order.js';
import type { CallOrder } from '../../../src/twilio/rest.js';
import { ManualClock } from '../../support/manual-clock.js';

const ORDER = {
  agent: 'reminder',
  to: '+15550009999',
  from: '+15550002222',
  variables: { name: 'Ada' },
  ringTimeoutS: 30,
  timeLimitS: 600,
  baseUrl: 'https://host.test',
};

function start(options: Partial<DialerOptions> & { bound?: Partial<ReturnType<DialerOptions['bounds']>> } = {}) {
  const clock = new ManualClock();
  const seal = createOrderSeal(['secret']);
  const made: CallOrder[] = [];
  const completed: string[] = [];
  const asked: string[] = [];
  const changes: OutboundCall[] = [];
  const statuses = new Map<string, string>();
  const create = { answer: () => Promise.resolve(`CA${made.length}`) };
  const dialer = new Dialer({
    clock,
    seal,
    rest: {
      createCall: (order) => {
        made.push(order);
        return create.answer();
      },
      completeCall: (callSid) => {
        completed.push(callSid);
        return Promise.resolve();
      },
      callStatus: (callSid) => {
        asked.push(callSid);
        return Promise.resolve(statuses.get(callSid));
      },
    },
    bounds: () => ({ callsPerSecond: 1, maxCalls: 10, maxQueued: 100, ...options.bound }),
    hasRoom: () => true,
    onChanged: (call) => changes.push(call),
    ...options,
  });
  const told = (id: string) => changes.filter((call) => call.id === id).map(({ status }) => status);
  return { clock, seal, dialer, made, completed, asked, statuses, changes, create, told };
}

/** Lets promises settle that are already resolved. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('making calls', () => {
  it('asks Twilio by urls that hold the order for our instances alone', async () => {
    const { dialer, made, seal } = start();
    const call = dialer.dial({ ...ORDER, detection: 'end' });
    await settled();
    expect(dialer.find(call.id)).toMatchObject({ status: 'queued', callSid: 'CA1', to: ORDER.to });
    const [order] = made;
    expect(order).toMatchObject({ to: ORDER.to, from: ORDER.from, ringTimeoutS: 30, timeLimitS: 600 });
    const [, sealed = ''] = /^https:\/\/host\.test\/twilio\/outbound\/voice\?order=([\w-]+)$/.exec(order!.url)!;
    expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('Ada');
    const opened = { id: call.id, agent: 'reminder', variables: { name: 'Ada' }, leavesMessage: false };
    expect(seal.open(sealed)).toEqual(opened);
    expect(createOrderSeal(['new', 'secret']).open(sealed)).toEqual(opened);
    expect(createOrderSeal(['another']).open(sealed)).toBeUndefined();
    expect(seal.open(`${sealed.slice(0, -2)}AA`)).toBeUndefined();
    expect(seal.open('')).toBeUndefined();
    expect(order!.detection).toMatchObject({ until: 'end', url: expect.stringContaining('/answered-by?order=') });
    await dialer.stop();
  });

  it('makes as many a second as it may, in order', async () => {
    const { clock, dialer, made } = start({ bound: { callsPerSecond: 2 } });
    for (const digit of [1, 2, 3]) dialer.dial({ ...ORDER, to: `+1555000111${digit}` });
    const numbers = () => made.map(({ to }) => to.at(-1));
    expect(numbers()).toEqual(['1']);
    clock.advance(499);
    expect(numbers()).toEqual(['1']);
    clock.advance(1);
    expect(numbers()).toEqual(['1', '2']);
    clock.advance(500);
    expect(numbers()).toEqual(['1', '2', '3']);
    await dialer.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it('holds no more than it may at once, and none that this instance could not take', async () => {
    let room = false;
    const { clock, dialer, made } = start({ bound: { maxCalls: 1 }, hasRoom: () => room });
    const [first, second] = [dialer.dial(ORDER), dialer.dial(ORDER)];
    clock.advance(5_000);
    expect(made).toHaveLength(0);
    room = true;
    clock.advance(1_000);
    expect(made).toHaveLength(1);
    clock.advance(5_000);
    expect(made).toHaveLength(1);
    dialer.take(first.id, { status: 'busy' });
    expect(made).toHaveLength(2);
    expect(dialer.calls.map(({ id }) => id)).toEqual([second.id]);
    await dialer.stop();
  });

  it('refuses calls beyond those that may wait, and says so', async () => {
    const { dialer, made, changes } = start({ bound: { maxQueued: 1 } });
    dialer.dial(ORDER);
    dialer.dial(ORDER);
    expect(() => dialer.dial(ORDER)).toThrow('CALL_CAPACITY');
    expect(made).toHaveLength(1);
    expect(changes).toHaveLength(2);
    await dialer.stop();
  });

  it('gives up what waits or rings when it stops, and leaves alone whom somebody talks to', async () => {
    const { clock, dialer, completed, told } = start({ bound: { callsPerSecond: 30, maxCalls: 2 } });
    const [ringing, answered] = [dialer.dial(ORDER), dialer.dial(ORDER)];
    clock.advance(100);
    await settled();
    dialer.take(ringing.id, { status: 'ringing' });
    dialer.take(answered.id, { status: 'in-progress' });
    const waiting = dialer.dial(ORDER);
    await dialer.stop();
    expect(completed).toEqual(['CA1']);
    expect(told(waiting.id)).toEqual(['queued', 'canceled']);
    expect(told(ringing.id)).toEqual(['queued', 'ringing', 'canceled']);
    expect(told(answered.id)).toEqual(['queued', 'in-progress']);
    expect(() => dialer.dial(ORDER)).toThrow('CALL_REFUSED');
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('giving up a call', () => {
  it('whose creation is not answered hangs it up as soon as Twilio names it, also when the server stops meanwhile', async () => {
    const { dialer, create, completed, told } = start();
    let answer: (callSid: string) => void = () => undefined;
    create.answer = () => new Promise((resolve) => (answer = resolve));
    const { id } = dialer.dial(ORDER);
    await dialer.cancel(id);
    expect(completed).toEqual([]);
    const stopped = dialer.stop();
    answer('CA1');
    await stopped;
    expect(completed).toEqual(['CA1']);
    expect(told(id)).toEqual(['queued', 'canceled']);
  });

  it('that Twilio never answered for hangs it up when a callback names it, once', async () => {
    const { dialer, create, completed } = start();
    create.answer = () => Promise.reject(new CallError('CARRIER_UNREACHABLE', 'no answer'));
    const { id } = dialer.dial(ORDER);
    await settled();
    await dialer.cancel(id);
    dialer.take(id, { status: 'ringing', callSid: 'CA1' });
    dialer.take(id, { status: 'in-progress', callSid: 'CA1' });
    expect(completed).toEqual(['CA1']);
    expect(dialer.find(id)).toMatchObject({ status: 'canceled', callSid: 'CA1' });
    await dialer.stop();
  });
});

describe('what becomes of a call', () => {
  it('is taken in any order and any number of times, and never leads back', async () => {
    const { dialer, told } = start();
    const { id } = dialer.dial(ORDER);
    for (const status of [
      'ringing',
      'initiated',
      'in-progress',
      'ringing',
      'completed',
      'completed',
      'busy',
    ] as const) {
      dialer.take(id, { status, callSid: 'CA7', ...(status === 'completed' && { durationS: 12 }) });
    }
    expect(told(id)).toEqual(['queued', 'ringing', 'in-progress', 'completed']);
    expect(dialer.find('CA7')).toMatchObject({ id, status: 'completed', durationS: 12 });
    await dialer.stop();
  });

  it('may be told before the answer to its creation', async () => {
    const { dialer, create } = start();
    let answer: (callSid: string) => void = () => undefined;
    create.answer = () => new Promise((resolve) => (answer = resolve));
    const { id } = dialer.dial(ORDER);
    dialer.take(id, { status: 'in-progress', callSid: 'CA1' });
    answer('CA1');
    await settled();
    expect(dialer.find(id)).toMatchObject({ status: 'in-progress', callSid: 'CA1' });
    await dialer.stop();
  });

  it('tells once who answered', async () => {
    const { dialer, changes } = start();
    const { id } = dialer.dial(ORDER);
    dialer.take(id, { answeredBy: 'human' });
    dialer.take(id, { answeredBy: 'machine_start' });
    expect(changes.map(({ answeredBy }) => answeredBy)).toEqual([undefined, 'human']);
    await dialer.stop();
  });

  it('fails with Twilio’s word where it refuses, and makes the next', async () => {
    const { clock, dialer, create, made } = start({ bound: { maxCalls: 1 } });
    create.answer = () => Promise.reject(new CallError('CARRIER_FAILED', 'Twilio did not make the call: HTTP 400'));
    const { id } = dialer.dial(ORDER);
    dialer.dial(ORDER);
    await settled();
    expect(dialer.find(id)).toMatchObject({ status: 'failed', error: { code: 'CARRIER_FAILED' } });
    clock.advance(1_000);
    expect(made).toHaveLength(2);
    await dialer.stop();
  });

  it('stays open where Twilio did not answer: the order may have been taken, or is given up in time', async () => {
    const { clock, dialer, create, told } = start();
    create.answer = () => Promise.reject(new CallError('CARRIER_UNREACHABLE', 'no answer'));
    const [taken, lost] = [dialer.dial(ORDER), dialer.dial(ORDER)];
    clock.advance(1_000);
    await settled();
    dialer.take(taken.id, { status: 'ringing', callSid: 'CA1' });
    expect(dialer.find(taken.id)).not.toHaveProperty('error');
    for (let seconds = 0; seconds < 120; seconds += 15) {
      clock.advance(15_000);
      await settled();
    }
    expect(told(lost.id)).toEqual(['queued', 'failed']);
    expect(dialer.find(lost.id)).toMatchObject({ error: { code: 'CARRIER_UNREACHABLE' } });
    expect(dialer.find(taken.id)).toMatchObject({ status: 'ringing' });
    await dialer.stop();
  });

  it('is asked for when nothing was told for a while: another instance may have been', async () => {
    const { clock, dialer, asked, statuses, told } = start();
    const { id } = dialer.dial(ORDER);
    await settled();
    clock.advance(14_000);
    dialer.take(id, { status: 'ringing' });
    clock.advance(14_000);
    expect(asked).toEqual([]);
    statuses.set('CA1', 'in-progress');
    clock.advance(1_000);
    await settled();
    statuses.set('CA1', 'completed');
    clock.advance(15_000);
    await settled();
    expect(asked).toEqual(['CA1', 'CA1']);
    expect(told(id)).toEqual(['queued', 'ringing', 'in-progress', 'completed']);
    expect(clock.pendingTimers).toBe(0);
  });
});
