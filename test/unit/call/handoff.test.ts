import { describe, expect, it } from 'vitest';
import { HandoffPlanner } from '../../../src/call/handoff.js';
import { ManualClock } from '../../support/manual-clock.js';

function setUp() {
  const clock = new ManualClock();
  const state = { audible: true, due: 0 };
  const planner = new HandoffPlanner(
    clock,
    () => state.audible,
    () => (state.due += 1),
  );
  planner.connected();
  return { clock, planner, state };
}

describe('the planned change of a connection', () => {
  it('waits for the reply to be made and for a handle that knows of it', () => {
    const { planner, state } = setUp();
    planner.handleIssued();
    planner.generating();
    planner.goingAway(50_000);
    expect(state.due).toBe(0);
    planner.generationCompleted();
    expect(state.due).toBe(0);
    planner.handleIssued();
    expect(state.due).toBe(1);
  });

  it('takes place at once while a finished reply is still being heard', () => {
    const { planner, state } = setUp();
    planner.generating();
    planner.generationCompleted();
    planner.handleIssued();
    planner.goingAway(50_000);
    expect(state.due).toBe(1);
  });

  it('waits in silence for the next reply to hide behind, but not beyond the time that is left', () => {
    const { clock, planner, state } = setUp();
    state.audible = false;
    planner.handleIssued();
    planner.goingAway(50_000);
    clock.advance(44_999);
    expect(state.due).toBe(0);
    clock.advance(1);
    expect(state.due).toBe(1);
  });

  it('takes place in the middle of a reply when there is no time left, once', () => {
    const { clock, planner, state } = setUp();
    planner.generating();
    planner.goingAway(0);
    planner.goingAway(0);
    clock.advance(0);
    expect(state.due).toBe(1);
    expect(clock.pendingTimers).toBe(0);
  });

  it('comes of itself before a connection is 55 minutes old', () => {
    const { clock, planner, state } = setUp();
    state.audible = false;
    clock.advance(55 * 60_000);
    expect(state.due).toBe(1);
    planner.connected();
    clock.advance(49 * 60_000);
    expect(state.due).toBe(1);
  });
});
