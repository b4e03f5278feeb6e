import { describe, expect, it } from 'vitest';
import type { TelephoneSeat } from '../../../src/call/ports.js';
import { ToolError } from '../../../src/errors.js';
import type { TransferOutcome } from '../../../src/tools/tool.js';
import { callWithActions, settle } from '../../support/call-with-actions.js';

/** What becomes of asking, when a test says so. */
function createAnswer() {
  let resolve: (outcome: TransferOutcome) => void = () => undefined;
  let reject: (reason: ToolError) => void = () => undefined;
  const promise = new Promise<TransferOutcome>((...settlers) => ([resolve, reject] = settlers));
  return { promise, resolve, reject };
}
type Answer = ReturnType<typeof createAnswer>;

/** A call on which somebody is being asked to take the caller, whose stream then ends. */
async function leaveWhileAsking(how: 'stopped' | 'disconnected' = 'stopped') {
  const asked = createAnswer();
  let seat: TelephoneSeat | undefined;
  const transfer = (_to: string, _options: unknown, given: TelephoneSeat) => {
    seat = given;
    return asked.promise;
  };
  const placed = await callWithActions({}, { telephoneOf: () => ({ transfer, sendSms: () => Promise.resolve() }) });
  const told = placed.actions.transfer('sales').catch(() => 'failed');
  placed.leave(how);
  await settle();
  if (!seat) throw new Error('nobody was asked');
  return { ...placed, asked, seat, told, ended: () => placed.events.filter(({ type }) => type === 'ended') };
}

describe('a stream that ends while somebody is being asked to take the caller', () => {
  it('ends conversation and session at once, and the call when it is known where the caller is', async () => {
    const { asked, call, clock, ended, model, outcomes, seat, types } = await leaveWhileAsking();
    expect(model.closed).toBe(true);
    expect(seat.ended.aborted).toBe(true);
    expect(seat.isUnsure()).toBe(true);
    expect(call.state).toBe('departing');
    clock.advance(2_000);
    expect(ended()).toEqual([]);
    asked.resolve('moved');
    await call.finished;
    expect(ended()).toMatchObject([{ reason: 'transferred', atMs: 2_000, durationMs: 0 }]);
    expect(outcomes).toMatchObject([{ reason: 'transferred', past: { spentMs: 0 } }]);
    expect(types()).not.toContain('unexpected');
    expect(clock.pendingTimers).toBe(0);
  });

  it.each([
    ['nobody took them', (asked: Answer) => asked.resolve('no-answer')],
    ['nobody can tell', (asked: Answer) => asked.reject(new ToolError('TOOL_FAILED', ''))],
  ])('is a hang-up where %s', async (_, settleIt) => {
    const { asked, call, clock, ended } = await leaveWhileAsking();
    settleIt(asked);
    await call.finished;
    expect(ended()).toMatchObject([{ reason: 'caller-hung-up' }]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is a hang-up after three seconds, and what is found out later is told to nobody', async () => {
    const { asked, call, clock, ended, types } = await leaveWhileAsking();
    clock.advance(2_999);
    expect(ended()).toEqual([]);
    clock.advance(1);
    await call.finished;
    expect(ended()).toMatchObject([{ reason: 'caller-hung-up' }]);
    asked.resolve('moved');
    await settle();
    expect(ended()).toHaveLength(1);
    expect(types()).not.toContain('unexpected');
    expect(clock.pendingTimers).toBe(0);
  });

  it('is no question where the connection broke', async () => {
    const { ended, seat } = await leaveWhileAsking('disconnected');
    expect(ended()).toMatchObject([{ reason: 'caller-lost' }]);
    expect(seat.isUnsure()).toBe(false);
  });

  it('takes the word of whoever ends the call meanwhile', async () => {
    const { asked, call, clock, ended } = await leaveWhileAsking();
    call.end('caller-hung-up');
    asked.resolve('moved');
    await call.finished;
    expect(ended()).toMatchObject([{ reason: 'caller-hung-up' }]);
    expect(clock.pendingTimers).toBe(0);
  });
});
