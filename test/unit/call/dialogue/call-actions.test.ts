import { describe, expect, it } from 'vitest';
import { callWithActions } from '../../../support/call-with-actions.js';

describe('hanging up', () => {
  it('keeps the agent’s own words for why with the end of the call', async () => {
    const { actions, clock, events } = await callWithActions();
    actions.hangUp('the caller has what they need');
    actions.hangUp('again');
    clock.advance(5_000);
    expect(events.at(-1)).toMatchObject({
      type: 'ended',
      reason: 'agent-hung-up',
      pii: { why: 'the caller has what they need' },
    });
  });
});

describe('waiting until what is being said was heard', () => {
  it('is over with the last mark of a sentence that was made to its end', async () => {
    const { actions, caller, clock, model } = await callWithActions();
    let heard = false;
    model.speak(900);
    model.handlers.onGenerationComplete();
    void actions.heard().then(() => (heard = true));
    clock.advance(5_000);
    await Promise.resolve();
    expect(heard).toBe(false);
    caller.hearAll();
    clock.advance(100);
    await Promise.resolve();
    expect(heard).toBe(true);
  });

  it('is over at once where nothing is being said', async () => {
    const { actions, clock } = await callWithActions();
    const owed = clock.pendingTimers;
    await actions.heard();
    expect(clock.pendingTimers).toBe(owed);
  });

  it('goes on between the pieces of a sentence that the model is still making', async () => {
    const { actions, caller, clock, model } = await callWithActions();
    let heard = false;
    model.speak(300);
    void actions.heard().then(() => (heard = true));
    caller.hearAll();
    clock.advance(700);
    model.speak(300);
    caller.hearAll();
    clock.advance(700);
    await Promise.resolve();
    expect(heard).toBe(false);
    clock.advance(700);
    caller.hearAll();
    clock.advance(1_000);
    await Promise.resolve();
    expect(heard).toBe(true);
  });

  it('is bounded', async () => {
    const { actions, clock, model } = await callWithActions();
    let heard = false;
    model.speak(900);
    void actions.heard().then(() => (heard = true));
    clock.advance(19_900);
    await Promise.resolve();
    expect(heard).toBe(false);
    clock.advance(100);
    await Promise.resolve();
    expect(heard).toBe(true);
  });

  it('ends with the call, and leaves no timer', async () => {
    const { actions, clock, leave, model } = await callWithActions();
    model.speak(900);
    const heard = actions.heard();
    leave();
    model.handlers.onClosed(undefined);
    await heard;
    expect(clock.pendingTimers).toBe(0);
  });
});
