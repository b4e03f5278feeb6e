import { describe, expect, it } from 'vitest';
import { ModelTurn } from '../../../../src/call/agent/model-turn.js';
import { ManualClock } from '../../../support/manual-clock.js';

function interruptedTurn() {
  const clock = new ManualClock();
  const turn = new ModelTurn(clock);
  turn.admit();
  turn.interrupted();
  return { clock, turn };
}

describe('the model’s turn', () => {
  it('drops late audio of an interrupted turn until the model says that it is over', () => {
    const { turn } = interruptedTurn();
    expect(turn.admit()).toBe(false);
    turn.turnCompleted();
    expect(turn.admit()).toBe(true);
  });

  it('drops it no longer than a second', () => {
    const { clock, turn } = interruptedTurn();
    clock.advance(999);
    expect(turn.admit()).toBe(false);
    clock.advance(1);
    expect(turn.admit()).toBe(true);
  });

  it('drops it no longer than to the first sign of a new turn', () => {
    const { turn } = interruptedTurn();
    turn.newTurnSeen();
    expect(turn.admit()).toBe(true);
  });

  it('never swallows the reply after a turn that was already complete', () => {
    const turn = new ModelTurn(new ManualClock());
    turn.admit();
    turn.generationCompleted();
    turn.turnCompleted();
    turn.interrupted();
    expect(turn.admit()).toBe(true);
  });

  it('never swallows the reply after a turn whose audio was all made', () => {
    const turn = new ModelTurn(new ManualClock());
    turn.admit();
    turn.generationCompleted();
    turn.interrupted();
    expect(turn.admit()).toBe(true);
  });

  it('drops nothing when an interruption comes before any audio', () => {
    const turn = new ModelTurn(new ManualClock());
    turn.interrupted();
    expect(turn.admit()).toBe(true);
  });
});
