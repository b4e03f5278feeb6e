import { describe, expect, it } from 'vitest';
import type { CallPlan } from '../../../src/call/plan.js';
import { createHangUpTool } from '../../../src/tools/hang-up-tool.js';
import { createToolbox } from '../../../src/tools/toolbox.js';
import { settle } from '../../support/call-with-actions.js';
import { localPlan } from '../../support/local-call.js';
import { ManualClock } from '../../support/manual-clock.js';
import { activeCall } from '../../support/placed-call.js';
import { HEALTH } from '../../support/watched-call.js';

/** A voice: 20 ms of a loud 300 Hz square wave, µ-law. */
const VOICE = Uint8Array.from({ length: 160 }, (_, index) => (index % 27 < 13 ? 0x90 : 0x10));

/** A call whose agent says goodbye for three seconds, of which 1.2 are over, and has hung up. */
async function goodbye(plan: Partial<CallPlan> = {}) {
  const tools = createToolbox([createHangUpTool()], { clock: new ManualClock() });
  const placed = activeCall({ tools, protectGreeting: false, maxCallMs: 600_000, ...plan });
  const { caller, clock, model } = placed;
  const say = (ms: number) => {
    model.speak(ms);
    model.handlers.onGenerationComplete();
    model.handlers.onTurnComplete(undefined);
  };
  const hangUp = async (id: string) => {
    model.handlers.onToolCalls([{ id, name: 'hang_up', args: { reason: `as ${id} said` } }]);
    await settle();
  };
  say(3_000);
  await hangUp('h1');
  model.handlers.onTurnComplete(undefined);
  clock.advance(1_200);
  return {
    ...placed,
    say,
    hangUp,
    isOver: () => caller.closed !== undefined,
    cutIn: () => {
      model.handlers.onInterrupted();
      model.handlers.onTurnComplete(undefined);
    },
  };
}

describe('a goodbye that the caller cuts into', () => {
  it('is not the end while the model may answer', async () => {
    const { clock, cutIn, isOver, outcomes } = await goodbye();
    cutIn();
    clock.advance(2_900);
    expect(isOver()).toBe(false);
    clock.advance(200);
    expect(outcomes).toEqual([{ reason: 'agent-hung-up' }]);
  });

  it('is not the end while they speak, nor until they are answered and had the time to say more', async () => {
    const { caller, clock, cutIn, isOver, say, talk } = await goodbye();
    cutIn();
    talk(5_000, 0, VOICE);
    clock.advance(2_900);
    expect(isOver()).toBe(false);
    say(500);
    clock.advance(1_000);
    caller.hearAll();
    clock.advance(2_900);
    expect(isOver()).toBe(false);
    clock.advance(200);
    expect(isOver()).toBe(true);
  });

  it('is not the end where the cut is found here', async () => {
    const { caller, clock, isOver, talk } = await goodbye({ turns: localPlan() });
    talk(400, 0, new Uint8Array(160).fill(1));
    expect(caller.log).toContain('clear');
    clock.advance(2_700);
    expect(isOver()).toBe(false);
  });

  it('is the end after half a minute whoever speaks', async () => {
    const { clock, cutIn, isOver, talk } = await goodbye();
    cutIn();
    for (let second = 0; second < 28; second += 1) {
      talk(500, second * 1_000, VOICE);
      clock.advance(500);
    }
    expect(isOver()).toBe(false);
    clock.advance(800);
    expect(isOver()).toBe(true);
  });
});

describe('a goodbye that the model takes back', () => {
  async function takenBack(plan: Partial<CallPlan> = {}) {
    const placed = await goodbye(plan);
    placed.cutIn();
    placed.model.handlers.onToolCallsCancelled(['h1']);
    return placed;
  }

  it('is not the end: the call goes on, and ends as it ends then', async () => {
    const { caller, call, clock, hangUp, isOver, leave, model, say, events } = await takenBack();
    expect(call.state).toBe('active');
    say(500);
    caller.hearAll();
    clock.advance(60_000);
    expect(isOver()).toBe(false);
    await hangUp('h2');
    model.handlers.onTurnComplete(undefined);
    clock.advance(1_000);
    expect(events.filter(({ type }) => ['draining', 'end-called-off', 'ended'].includes(type))).toMatchObject([
      { type: 'draining' },
      { type: 'end-called-off' },
      { type: 'draining' },
      { type: 'ended', reason: 'agent-hung-up', pii: { why: 'as h2 said' } },
    ]);
    leave();
    model.handlers.onClosed(undefined);
    expect(clock.pendingTimers).toBe(0);
  });

  it('leaves nothing of itself in a call that the caller ends', async () => {
    const { clock, events, leave, model } = await takenBack();
    leave();
    model.handlers.onClosed(undefined);
    const ended = events.find(({ type }) => type === 'ended');
    expect(ended).toMatchObject({ reason: 'caller-hung-up' });
    expect(ended).not.toHaveProperty('pii');
    expect(clock.pendingTimers).toBe(0);
  });

  it('has the call watched over as before: who says nothing is asked, and a model that does is told', async () => {
    const noInput = { promptAfterMs: 12_000, hangUpAfterMs: 30_000 };
    const silent = await takenBack({ noInput });
    silent.clock.advance(20_000);
    expect(silent.events.some(({ type }) => type === 'prompted')).toBe(true);
    const { clock, events, talk } = await takenBack({ health: HEALTH });
    talk(2_000, 0, VOICE);
    talk(1_000, 2_000);
    clock.advance(20_000);
    expect(events.some(({ type }) => type === 'model-unwell')).toBe(true);
  });

  it('is the end all the same where something else ends the call', async () => {
    const placed = await goodbye({ maxCallMs: 1_500 });
    placed.clock.advance(400);
    placed.cutIn();
    placed.model.handlers.onToolCallsCancelled(['h1']);
    placed.clock.advance(4_000);
    expect(placed.isOver()).toBe(true);
    const twice = await goodbye();
    await twice.hangUp('h2');
    twice.cutIn();
    twice.model.handlers.onToolCallsCancelled(['h1']);
    twice.clock.advance(4_000);
    expect(twice.isOver()).toBe(true);
  });

  it('does so on a model that repeats what it calls off, and is said anew', async () => {
    const { call, clock, hangUp, isOver, model } = await takenBack({ repeatsCancelledCalls: true });
    expect(call.state).toBe('active');
    model.handlers.onToolCalls([{ id: 'h2', name: 'hang_up', args: { reason: 'as h1 said' } }]);
    await hangUp('h2');
    model.handlers.onTurnComplete(undefined);
    clock.advance(3_500);
    expect(isOver()).toBe(true);
  });
});

describe('a goodbye that was heard to its end', () => {
  it('is the end soon, whatever came back of it while it was heard', async () => {
    const { caller, clock, isOver, talk } = await goodbye();
    talk(1_800, 0, VOICE);
    caller.hearAll();
    talk(200, 1_800, VOICE);
    clock.advance(1_000);
    expect(isOver()).toBe(true);
  });

  it('is not the end while the caller speaks after it, nor while the model may answer', async () => {
    const { caller, clock, isOver, talk } = await goodbye();
    caller.hearAll();
    clock.advance(200);
    talk(2_000, 0, VOICE);
    clock.advance(2_900);
    expect(isOver()).toBe(false);
    clock.advance(200);
    expect(isOver()).toBe(true);
  });
});
