import { describe, expect, it } from 'vitest';
import { HandoffPlanner } from '../../../../src/call/model/handoff.js';
import { ManualClock } from '../../../support/manual-clock.js';

function setUp() {
  const clock = new ManualClock();
  const state = { audible: true, callerSpeaks: false, due: 0 };
  const planner = new HandoffPlanner({
    clock,
    isAudible: () => state.audible,
    isCallerSpeaking: () => state.callerSpeaks,
    onDue: () => (state.due += 1),
  });
  planner.connected();
  return { clock, planner, state };
}

describe('the planned change of a connection', () => {
  it('waits for the reply to be made and for a handle that knows of it', () => {
    const { clock, planner, state } = setUp();
    planner.handleIssued();
    planner.generating();
    planner.goingAway(50_000);
    clock.advance(1_000);
    expect(state.due).toBe(0);
    planner.generationCompleted();
    expect(state.due).toBe(0);
    planner.handleIssued();
    expect(state.due).toBe(1);
  });

  it('takes place at once while a finished reply is still being heard', () => {
    const { clock, planner, state } = setUp();
    planner.generating();
    planner.generationCompleted();
    planner.handleIssued();
    planner.goingAway(50_000);
    expect(state.due).toBe(1);
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not cut in on the caller, and takes place when they have spoken', () => {
    const { clock, planner, state } = setUp();
    state.callerSpeaks = true;
    planner.handleIssued();
    planner.goingAway(50_000);
    clock.advance(3_000);
    expect(state.due).toBe(0);
    state.callerSpeaks = false;
    clock.advance(250);
    expect(state.due).toBe(1);
  });

  it('waits in silence for a reply to hide behind, for half the time that is left', () => {
    const { clock, planner, state } = setUp();
    state.audible = false;
    planner.handleIssued();
    planner.goingAway(45_000);
    clock.advance(19_999);
    expect(state.due).toBe(0);
    clock.advance(250);
    expect(state.due).toBe(1);
  });

  it('waits for no handle, and for no end of a reply, beyond the time that is left', () => {
    const { clock, planner, state } = setUp();
    planner.generating();
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
    clock.advance(55 * 60_000);
    expect(state.due).toBe(1);
    planner.connected();
    clock.advance(49 * 60_000);
    expect(state.due).toBe(1);
  });

  it('heeds an end that is announced while it waits for its own', () => {
    const { clock, planner, state } = setUp();
    planner.generating();
    clock.advance(50 * 60_000);
    planner.goingAway(10_000);
    clock.advance(5_000);
    expect(state.due).toBe(1);
  });
});
