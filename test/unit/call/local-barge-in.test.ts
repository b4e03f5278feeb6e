import { describe, expect, it } from 'vitest';
import { localCall, localPlan } from '../../support/local-call.js';
import type { activeCall } from '../../support/placed-call.js';
import { HEALTH } from '../../support/watched-call.js';

/** The caller hears the agent for the next ten seconds. */
function agentSpeaks(call: ReturnType<typeof localCall>, ms = 10_000) {
  call.model.handlers.onTranscript('agent', 'Once upon a time there was a king who had three daughters.');
  call.model.speak(ms);
}

describe('barge-in as the bridge hears it', () => {
  it('clears the carrier once, before the model says so and not again when it does', () => {
    const call = localCall();
    const { caller, model, make, clears, events } = call;
    agentSpeaks(call);
    make('silence', 400);
    caller.marks.splice(0, 5).forEach((name) => caller.handlers.onMarkReached(name));
    make('voice', 240);
    expect([clears(), model.activity.length]).toEqual([0, 0]);
    make('voice', 20);
    expect([clears(), model.activity]).toEqual([1, ['start at 0']]);
    expect(model.heardMs).toBe(300 + 260);
    expect(events.findLast(({ type }) => type === 'interrupted')).toMatchObject({ by: 'detector', generation: 1 });
    expect(events.findLast(({ type }) => type === 'turn')).toMatchObject({ speaker: 'agent', cutOff: true });
    // What the model has sent meanwhile is of the old reply, even behind words of the new turn.
    const sent = caller.audio.length;
    model.speak(200);
    model.handlers.onTranscript('caller', 'No,');
    model.speak(200);
    model.handlers.onInterrupted();
    model.speak(200);
    model.handlers.onTurnComplete(undefined);
    expect([clears(), caller.audio.length]).toEqual([1, sent]);
    expect(events.filter(({ type }) => type === 'interrupted')).toHaveLength(1);
  });

  it.each([
    ['in the usual order', ['interrupted', 'complete']],
    ['with the end of the turn first', ['complete', 'interrupted']],
    ['without a word about it', []],
  ])('does not cut the reply that follows, whatever the model says: %s', (_order, says) => {
    const call = localCall();
    const { caller, model, make, clears } = call;
    agentSpeaks(call);
    model.handlers.onGenerationComplete();
    make('voice', 400);
    make('silence', 800);
    for (const word of says) {
      if (word === 'interrupted') model.handlers.onInterrupted();
      else model.handlers.onTurnComplete(undefined);
    }
    const sent = caller.sentBytes;
    agentSpeaks(call, 2_000);
    expect(caller.sentBytes - sent).toBeGreaterThan(1_900 * 8);
    expect(clears()).toBe(1);
    // And that one can be cut off too.
    make('voice', 400);
    expect(clears()).toBe(2);
  });

  it('lets a model that never stops be heard again after two seconds', () => {
    const call = localCall();
    const { caller, model, make } = call;
    agentSpeaks(call);
    make('voice', 260);
    const sent = caller.audio.length;
    make('silence', 1_960);
    model.speak(200);
    expect(caller.audio.length).toBe(sent);
    make('silence', 40);
    model.speak(200);
    expect(caller.audio.length).toBeGreaterThan(sent);
  });

  it('needs a voice that is louder than an echo while the agent is heard', () => {
    const call = localCall();
    const { caller, model, make } = call;
    agentSpeaks(call, 1_000);
    make('murmur', 900);
    expect(model.activity).toEqual([]);
    model.handlers.onGenerationComplete();
    caller.hearAll();
    // The last of it is still on its way back.
    make('murmur', 200);
    expect(model.activity).toEqual([]);
    make('murmur', 120);
    expect(model.activity).toEqual(['start at 0']);
  });

  it('passes over a short word in the middle, and takes one at the end for the answer', () => {
    const call = localCall();
    const { caller, clears, model, make } = call;
    agentSpeaks(call);
    make('voice', 200);
    make('silence', 2_000);
    expect(model.activity).toEqual([]);
    model.handlers.onGenerationComplete();
    make('voice', 200);
    make('silence', 300);
    caller.hearAll();
    make('silence', 1_000);
    expect(model.activity).toEqual(['start at 0', 'end at 1100']);
    expect(clears()).toBe(0);
  });

  it('ignores a model that says it was interrupted where nothing was said', () => {
    const { model, make, clears, types } = localCall();
    make('voice', 300);
    model.handlers.onInterrupted();
    model.handlers.onTurnComplete(undefined);
    expect(clears()).toBe(0);
    expect(types()).not.toContain('interrupted');
  });

  it('is none where the agent is not to be interrupted: what was said is a turn all the same', () => {
    const call = localCall({ bargeIn: false });
    const { clears, model, make } = call;
    agentSpeaks(call);
    make('silence', 300);
    make('voice', 400);
    make('silence', 800);
    expect(model.activity).toEqual(['start at 0', 'end at 1300']);
    expect(clears()).toBe(0);
  });
});

describe('a model that was cut off', () => {
  const heardOf = { turns: localPlan(), tellCutOff: true } as const;
  const story = /^\(The caller cut in\. The last they heard of you was: "Once.*They did not hear: ".*daughters\."\.\)$/;

  function cutOff(plan: Partial<Parameters<typeof activeCall>[0]>) {
    const call = localCall({}, { ...heardOf, ...plan });
    agentSpeaks(call);
    call.caller.marks.splice(0, 10).forEach((name) => call.caller.handlers.onMarkReached(name));
    return call;
  }

  it('is told what the caller heard, when it has stopped', () => {
    const { model, make } = cutOff({});
    make('voice', 300);
    expect(model.told).toEqual([]);
    model.handlers.onInterrupted();
    expect(model.told).toEqual([expect.stringMatching(story)]);
  });

  it('is told at once when it had finished', () => {
    const { model, make } = cutOff({});
    model.handlers.onGenerationComplete();
    model.handlers.onTurnComplete(undefined);
    make('voice', 300);
    expect(model.told).toEqual([expect.stringMatching(story)]);
    model.handlers.onInterrupted();
    expect(model.told).toHaveLength(1);
  });

  it('is told when it found out itself', () => {
    const { model } = cutOff({ turns: { detection: 'model' } });
    model.handlers.onInterrupted();
    expect(model.told).toEqual([expect.stringMatching(story)]);
  });

  it('is told nothing where it was heard to the end, nor where the agent does not want it told', () => {
    const { caller, model } = cutOff({ turns: { detection: 'model' } });
    model.handlers.onGenerationComplete();
    caller.hearAll();
    model.handlers.onInterrupted();
    expect(model.told).toEqual([]);
    const silent = cutOff({ turns: { detection: 'model' }, tellCutOff: false });
    silent.model.handlers.onInterrupted();
    expect(silent.model.told).toEqual([]);
  });
});

describe('the watch over a model', () => {
  const settings = { health: { ...HEALTH, continuesCutSentences: true } };

  it('expects an answer to each turn that the bridge has found', () => {
    const { clock, make, events } = localCall({}, settings);
    make('voice', 300);
    make('silence', 700);
    clock.advance(7_500);
    expect(events.filter(({ type }) => type === 'model-unwell')).toEqual([]);
    clock.advance(1_000);
    expect(events.filter(({ type }) => type === 'model-unwell')).toMatchObject([{ symptom: 'no-answer' }]);
  });

  it('takes the end of a reply that was cut off here neither for an empty turn nor for a broken sentence', () => {
    const call = localCall({}, settings);
    const { model, make, types } = call;
    model.handlers.onTranscript('agent', 'We are open from nine');
    model.speak(4_000);
    make('voice', 300);
    model.speak(200);
    model.handlers.onTurnComplete(undefined);
    model.handlers.onInterrupted();
    make('silence', 200);
    expect(types()).not.toContain('turn-empty');
    expect(types()).not.toContain('model-unwell');
  });
});
