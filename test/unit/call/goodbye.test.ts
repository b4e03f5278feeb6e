import { describe, expect, it } from 'vitest';
import type { CallPlan } from '../../../src/call/plan.js';
import { createHangUpTool } from '../../../src/tools/hang-up-tool.js';
import { createToolbox } from '../../../src/tools/toolbox.js';
import { settle } from '../../support/call-with-actions.js';
import { localPlan } from '../../support/local-call.js';
import { ManualClock } from '../../support/manual-clock.js';
import { activeCall } from '../../support/placed-call.js';

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
