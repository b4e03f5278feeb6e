import { describe, expect, it } from 'vitest';
import type { AgentConfig } from '../../../src/agents/schema/schema.js';
import type { CallEndReason } from '../../../src/call/ports.js';
import { CallError } from '../../../src/errors.js';
import { Transfers } from '../../../src/server/transfers.js';
import { createTransferSeal } from '../../../src/twilio/transfer-order.js';
import type { CallOrder, TwilioRest } from '../../../src/twilio/rest.js';
import { agentsIn, deskWith } from '../../support/agents-file.js';
import { ManualClock } from '../../support/manual-clock.js';
import { callStart } from '../../support/scripted-legs.js';

const START = { ...callStart({ agent: 'desk', parameters: { tenant: 'north' } }), serverUrl: 'https://host.test' };
const TAKEN = { key: '1', answeringSid: 'CA2' };
/** How a call is taken that must not be. */
interface Attempt {
  answeringSid?: string;
  isAsked?: boolean;
  laterMs?: number;
  before?: string;
  moves?: number;
  status?: string | undefined;
  isRoomRunning?: boolean;
}
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

function start(settings: string) {
  const [agent] = agentsIn(
    deskWith(`tools:\n  - built_in: transfer\n    to: { sales: "+15550004444" }\n    ${settings}`),
  );
  const clock = new ManualClock();
  const seal = createTransferSeal(['secret']);
  const made: CallOrder[] = [];
  const moved: Parameters<TwilioRest['redirectCall']>[1][] = [];
  const completed: string[] = [];
  const statuses: Record<string, string | undefined> = { [START.callSid]: 'in-progress', CA2: 'ringing' };
  const rooms: string[] = [];
  const answers = { redirect: () => Promise.resolve(true), isRoomRunning: false };
  const rest: TwilioRest = {
    accountSid: START.accountSid,
    createCall: (order) => Promise.resolve((made.push(order), 'CA2')),
    completeCall: (callSid) => Promise.resolve(void completed.push(callSid)),
    redirectCall: (_callSid, next) => (moved.push(next), answers.redirect()),
    callStatus: (callSid) => Promise.resolve(statuses[callSid]),
    isRoomRunning: (name) => Promise.resolve((rooms.push(name), answers.isRoomRunning)),
    pauseRecording: () => Promise.resolve(false),
    sendMessage: () => Promise.resolve('SM1'),
  };
  const parts = { rest, seal, clock, findAgent: (): AgentConfig | undefined => agent };
  const expected: (CallEndReason | undefined)[] = [];
  const expectMove = (reason: CallEndReason | undefined) => void expected.push(reason);
  /** The caller's call, where this instance has it. */
  const here: { call?: { expectMove: typeof expectMove; isTalking: boolean } } = {};
  const transfers = new Transfers({
    ...parts,
    calls: { find: (callSid) => (callSid === START.callSid ? here.call : undefined) },
  });
  const ended = new AbortController();
  /** How the caller's stream ends, when it does. */
  const unsure = { now: true };
  const calledOff = new AbortController();
  let heard: () => void = () => undefined;
  const spoken = new Promise<void>((resolve) => (heard = resolve));
  const seat = {
    heard: () => spoken,
    expectMove,
    conversation: () => ({ handle: 'handle-1', spentMs: 65_000, beganWallMs: 1_700_000_000_000 }),
    ended: ended.signal,
    isUnsure: () => ended.signal.aborted && unsure.now,
  };
  const transfer = (to = 'sales', summary = 'Ada asks.') =>
    transfers.transfer(START, to, { summary, signal: calledOff.signal }, seat);
  /** Orders in what Twilio was given, opened. */
  const orders = (text: string) => [...text.matchAll(/order=([\w-]+)/g)].map(([, sealed = '']) => seal.open(sealed));
  const advance = async (ms: number) => {
    clock.advance(ms);
    await settled();
    await settled();
  };
  /** What whoever answers in this call is asked; answered at once. */
  const asked = (answeringSid = 'CA2') => {
    statuses['CA2'] = 'in-progress';
    const [order] = orders(made.at(-1)!.url);
    return orders(transfers.brief(order!, answeringSid, START.serverUrl))[0]!;
  };
  return {
    ...{
      asked,
      rooms,
      here,
      expectMove,
      clock,
      transfers,
      transfer,
      made,
      moved,
      completed,
      statuses,
      answers,
      expected,
      seat,
    },
    ...{ heard, ended, unsure, calledOff, orders, advance, parts },
  };
}

describe('a cold transfer', () => {
  it('waits for what is being said, tells Twilio, and is over when the stream is', async () => {
    const { transfer, moved, heard, ended, expected, orders, clock } = start('caller_id: "+15550002222"');
    const outcome = transfer();
    await settled();
    expect(moved).toEqual([]);
    heard();
    await settled();
    const [next] = moved;
    const { twiml } = next as { twiml: string };
    expect(twiml).toContain('<Dial answerOnBridge="true" timeout="25"');
    expect(twiml).toContain('callerId="+15550002222"><Number>+15550004444</Number>');
    expect(twiml.length).toBeLessThan(4_000);
    expect(orders(twiml)).toMatchObject([
      {
        ...{ agent: 'desk', to: 'sales', callSid: START.callSid, handle: 'handle-1', parameters: { tenant: 'north' } },
        ...{ spentMs: 65_000, beganWallMs: 1_700_000_000_000 },
      },
    ]);
    expect(expected).toEqual(['transferred']);
    ended.abort();
    expect(await outcome).toBe('moved');
    expect(clock.pendingTimers).toBe(0);
  });

  it.each([
    [
      'Twilio refuses',
      () => Promise.reject(new CallError('CARRIER_FAILED', 'no', { status: 400 })),
      { status: 400, untouched: true },
      ['transferred', undefined],
    ],
    [
      'Twilio does not answer',
      () => Promise.reject(new CallError('CARRIER_UNREACHABLE', 'no')),
      { untouched: false },
      ['transferred', undefined],
    ],
    ['the caller has gone', () => Promise.resolve(false), { untouched: true }, ['transferred']],
  ] as const)('fails when %s', async (_, redirect, what, reasons) => {
    const { transfer, heard, answers, expected } = start('');
    answers.redirect = redirect;
    heard();
    await expect(transfer()).rejects.toMatchObject({ code: 'TOOL_FAILED', ...what });
    expect(expected).toEqual(reasons);
  });

  it('reaches nobody whom the file does not name, and does nothing that was called off', async () => {
    const { transfer, heard, calledOff, moved } = start('');
    await expect(transfer('+15550009999')).rejects.toMatchObject({ code: 'TOOL_ARGUMENTS' });
    await expect(transfer('constructor')).rejects.toMatchObject({ code: 'TOOL_ARGUMENTS' });
    const outcome = transfer();
    calledOff.abort();
    heard();
    await expect(outcome).rejects.toMatchObject({ code: 'TOOL_FAILED' });
    expect(moved).toEqual([]);
  });
});

describe('a caller whom nobody took', () => {
  const order = { id: 'x', agent: 'desk', to: 'sales', callSid: 'CA1', beganWallMs: 0 };

  it('goes back to the agent while it has time left for them, and hears its fallback after that', () => {
    const { transfers } = start('');
    const maxMs = 30 * 60_000;
    expect(transfers.unansweredLine({ ...order, spentMs: maxMs - 20_000 })).toBeUndefined();
    expect(transfers.unansweredLine({ ...order, spentMs: maxMs - 19_999 })).toHaveProperty('say');
  });

  it('hears the line that the file has for them', () => {
    const { transfers } = start('on_no_answer: { say: Nobody is there. }');
    expect(transfers.unansweredLine({ ...order, spentMs: 0 })).toMatchObject({ say: 'Nobody is there.' });
  });
});

describe('a warm transfer', () => {
  it('asks whoever answers, by urls that any instance understands', async () => {
    const { transfer, transfers, made, heard, orders, moved, expected, advance, statuses, parts } = start('mode: warm');
    heard();
    const outcome = transfer();
    await settled();
    expect(made).toMatchObject([{ to: '+15550004444', from: START.to, ringTimeoutS: 25 }]);
    const [order] = orders(made[0]!.url);
    const twiml = transfers.brief(order!, 'CA2', 'https://host.test');
    expect(twiml).toContain('You have a call. Ada asks. To take it, press 1.');
    expect(twiml.match(/<Gather/g)).toHaveLength(2);
    const elsewhere = new Transfers({ ...parts, calls: { find: () => undefined } });
    const [asked] = orders(twiml);
    expect(asked).not.toHaveProperty('briefing');
    statuses['CA2'] = 'in-progress';
    const taken = await elsewhere.decide(asked!, TAKEN, 'https://host.test');
    expect(taken).toContain(`>liveline-${order!.id}</Conference>`);
    const [next] = moved;
    expect((next as { twiml: string }).twiml).toContain('<Dial action="https://host.test/twilio/transfer/after?order=');
    expect(orders((next as { twiml: string }).twiml)[0]).not.toHaveProperty('decision');
    // This instance was not told: the stream's end alone does not say where the caller is.
    expect(expected).toEqual([]);
    statuses['CA2'] = 'no-answer';
    await advance(1_000);
    expect(await outcome).toBe('no-answer');
  });

  it('that Twilio is asked to make and does not answer leaves a caller who stays with their agent, and nobody waits', async () => {
    const { transfers, transfer, heard, asked, here, expectMove, expected, answers, completed, advance, statuses } =
      start('mode: warm');
    heard();
    const outcome = transfer();
    await settled();
    const order = asked();
    here.call = { expectMove, isTalking: true };
    answers.redirect = () => Promise.reject(new CallError('CARRIER_UNREACHABLE', 'no'));
    expect(await transfers.decide(order, TAKEN, 'https://host.test')).toContain('<Conference');
    for (let seconds = 0; seconds < 6; seconds += 1) await advance(1_000);
    expect(completed).toEqual(['CA2']);
    expect(expected).toEqual(['transferred', undefined]);
    statuses['CA2'] = 'completed';
    await advance(1_000);
    expect(await outcome).toBe('declined');
  });

  it('that Twilio refuses lets go whoever took the call', async () => {
    const { transfers, transfer, heard, asked, here, expectMove, expected, answers, calledOff } = start('mode: warm');
    heard();
    const outcome = transfer();
    await settled();
    here.call = { expectMove, isTalking: true };
    answers.redirect = () => Promise.reject(new CallError('CARRIER_FAILED', 'no', { status: 400 }));
    expect(await transfers.decide(asked(), TAKEN, 'https://host.test')).toContain('<Hangup/>');
    expect(expected).toEqual(['transferred', undefined]);
    calledOff.abort();
    expect(await outcome).toBe('no-answer');
  });

  it.each([
    ['in the place of another call', { answeringSid: 'CA3' }],
    ['by what the call was made with', { isAsked: false }],
    ['when its time is over', { laterMs: 100_001 }],
    ['once it was declined', { before: '2' }],
    ['a second time', { before: '1', moves: 1 }],
    ['when whoever was asked has hung up', { status: 'completed' }],
    ['when Twilio does not know their call', { status: undefined }],
    ['when both are in the room, whoever was told', { isRoomRunning: true }],
  ])('can not be taken %s', async (_, how: Attempt) => {
    const { transfers, transfer, heard, ...line } = start('mode: warm');
    heard();
    const outcome = transfer();
    await settled();
    const order = how.isAsked === false ? line.orders(line.made[0]!.url)[0]! : line.asked();
    line.calledOff.abort();
    await outcome;
    if (how.before !== undefined) await transfers.decide(order, { ...TAKEN, key: how.before }, START.serverUrl);
    if ('status' in how) line.statuses['CA2'] = how.status;
    line.answers.isRoomRunning = how.isRoomRunning === true;
    line.clock.advance(how.laterMs ?? 0);
    const { answeringSid = 'CA2' } = how;
    expect(await transfers.decide(order, { key: '1', answeringSid }, START.serverUrl)).toContain('<Hangup/>');
    expect(line.moved).toHaveLength(how.moves ?? 0);
    await transfers.stop();
  });

  it('can be taken to the end of its time', async () => {
    const { transfers, transfer, heard, asked, clock, calledOff, rooms, moved } = start('mode: warm');
    heard();
    const outcome = transfer();
    await settled();
    const order = asked();
    calledOff.abort();
    await outcome;
    clock.advance(100_000);
    expect(await transfers.decide(order, TAKEN, START.serverUrl)).toContain('<Conference');
    expect(rooms).toEqual([`liveline-${order.id}`]);
    expect(moved).toHaveLength(1);
    await transfers.stop();
  });

  it.each([
    ['completed', 'declined'],
    ['busy', 'busy'],
    ['no-answer', 'no-answer'],
    ['failed', 'failed'],
  ])('that Twilio calls %s is %s, and nothing is left', async (status, said) => {
    const { transfer, heard, advance, statuses, clock, completed } = start('mode: warm');
    heard();
    const outcome = transfer();
    await settled();
    await advance(3_000);
    statuses['CA2'] = status;
    await advance(1_000);
    expect(await outcome).toBe(said);
    expect(completed).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('goes on where the stream ended because another instance was told that the call is taken', async () => {
    const { transfer, heard, ended, advance, completed } = start('mode: warm');
    heard();
    const outcome = transfer();
    await settled();
    ended.abort();
    for (let looks = 0; looks < 3; looks += 1) await advance(1_000);
    expect(await outcome).toBe('moved');
    expect(completed).toEqual([]);
  });

  it.each([
    ['Twilio does not say how the caller’s call stands', true, undefined],
    ['the call has ended for a reason of our own, and its stream leads elsewhere', false, 'in-progress'],
  ])('is given up where %s', async (_, isUnsure, status) => {
    const { transfer, heard, ended, unsure, advance, statuses, completed, clock } = start('mode: warm');
    heard();
    const outcome = transfer();
    await settled();
    unsure.now = isUnsure;
    statuses[START.callSid] = status;
    ended.abort();
    for (let looks = 0; looks < 3; looks += 1) await advance(700);
    expect(await outcome).toBe('no-answer');
    expect(completed).toEqual(['CA2']);
    expect(clock.pendingTimers).toBe(0);
  });

  it.each([
    [
      'the caller hangs up',
      (line: ReturnType<typeof start>) => {
        line.ended.abort();
      },
    ],
    [
      'the model calls it off',
      (line: ReturnType<typeof start>) => {
        line.calledOff.abort();
      },
    ],
    [
      'nobody decides',
      (line: ReturnType<typeof start>) => {
        line.clock.advance(101_000);
      },
    ],
  ])('is given up when %s', async (_, act) => {
    const line = start('mode: warm');
    line.heard();
    const outcome = line.transfer();
    await settled();
    if (_ === 'the caller hangs up') line.statuses[START.callSid] = 'completed';
    act(line);
    await line.advance(1_000);
    expect(await outcome).toBe('no-answer');
    expect(line.completed).toEqual(['CA2']);
    expect(line.clock.pendingTimers).toBe(0);
  });
});
