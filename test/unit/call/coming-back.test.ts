import { describe, expect, it } from 'vitest';
import type { CallPast } from '../../../src/call/ports.js';
import type { CallPlan } from '../../../src/call/plan.js';
import { placeCall, scriptedTools } from '../../support/placed-call.js';
import { callStart } from '../../support/scripted-legs.js';

const RETURNED = { from: 'sales', why: 'busy', handle: 'handle-1', spentMs: 50_000, beganWallMs: 1_600_000_000_000 };
const PAST: CallPast = {
  history: [{ speaker: 'caller', text: 'Sales, please.' }],
  spentMs: 54_000,
  parameters: { tenant: 'north', note: 'long' },
  sipHeaders: {},
  toolMemory: {},
};

/** A call that comes back and whose session stands; `past` is what its instance knows of it. */
function comeBack(options: { past?: CallPast; plan?: Partial<CallPlan> } = {}) {
  const memories: object[] = [];
  const tools = scriptedTools((call, { memory }) => {
    memories.push(memory);
    return Promise.resolve({ id: call.id, name: call.name, response: {} });
  });
  const plan = { greeting: '(They are back.)', protectGreeting: false, tools, ...options.plan };
  const placed = placeCall(plan, undefined, { ...(options.past && { pastOf: () => options.past }) });
  placed.caller.handlers.onStarted(callStart({ returned: RETURNED, parameters: { tenant: 'north' } }));
  const model = placed.models.last;
  model.handlers.onReady();
  return { ...placed, model, memories };
}

describe('a call that comes back', () => {
  it('says so, and from whom, why, and what it goes on with', () => {
    const { events } = comeBack();
    expect(events[0]).toMatchObject({
      type: 'started',
      beganWallMs: 1_700_000_000_000,
      returned: { from: 'sales', why: 'busy', beganWallMs: 1_600_000_000_000 },
    });
    expect(events[0]).not.toHaveProperty('returned.handle');
  });

  it('has what is left of its time, and wraps up before that is over', () => {
    const { clock, events, model } = comeBack();
    clock.advance(3_999);
    expect(model.texts).toEqual(['(They are back.)']);
    clock.advance(1);
    expect(model.texts.at(-1)).toContain('must end in 6 seconds');
    clock.advance(6_000);
    expect(events.find(({ type }) => type === 'draining')).toMatchObject({ reason: 'time-limit', atMs: 10_000 });
  });

  it('goes by what its own instance remembers, where it does', () => {
    const { model, clock, events, call } = comeBack({ past: { ...PAST, handle: 'handle-2' } });
    expect(model.handle).toBe('handle-2');
    clock.advance(6_000);
    expect(events.some(({ type }) => type === 'draining')).toBe(true);
    call.end('operator-hung-up');
  });

  it('takes up the session of its order where its instance remembers none', () => {
    expect(comeBack({ past: PAST }).model.handle).toBe('handle-1');
  });

  it('leaves what a further return needs: all that was said, and all the time that was spent', async () => {
    const { call, clock, model, memories, outcomes, leave } = comeBack({ past: PAST });
    model.handlers.onToolCalls([{ id: 't', name: 'tool', args: {} }]);
    model.handlers.onTranscript('agent', 'They are busy.');
    model.handlers.onTurnComplete(undefined);
    model.handlers.onResumable('handle-3');
    clock.advance(2_000);
    call.expectMove('transferred');
    leave();
    await call.finished;
    expect(outcomes).toEqual([
      {
        reason: 'transferred',
        past: {
          ...{ handle: 'handle-3', spentMs: 56_000, parameters: PAST.parameters, sipHeaders: {} },
          history: [
            { speaker: 'caller', text: 'Sales, please.' },
            { speaker: 'agent', text: 'They are busy.' },
          ],
          toolMemory: PAST.toolMemory,
        },
      },
    ]);
    expect(memories).toEqual([PAST.toolMemory]);
    expect(memories[0]).toBe(PAST.toolMemory);
    expect(clock.pendingTimers).toBe(0);
  });

  it('leaves nothing where it cannot come back', async () => {
    const { call, leave, outcomes } = comeBack({ past: PAST });
    leave();
    await call.finished;
    expect(outcomes).toEqual([{ reason: 'caller-hung-up' }]);
  });
});
