import { describe, expect, it } from 'vitest';
import { encodeMulaw } from '../../../../src/audio/mulaw.js';
import { ModelError } from '../../../../src/errors.js';
import type { ToolAnswer } from '../../../../src/tools/tool.js';
import type { ScriptedModel } from '../../../support/scripted-legs.js';
import { reply, settle, watchedCall } from '../../../support/watched-call.js';

/** 20 ms of the caller's line, µ-law. */
const QUIET = new Uint8Array(160).fill(0xff);
const VOICE = encodeMulaw(Int16Array.from({ length: 160 }, (_, index) => 8_000 * Math.sin(index / 4)));

describe('nothing at all after a turn of the caller', () => {
  it('is a line to the model, then a new connection, then a fresh session, then the fallback', async () => {
    const { caller, clock, models, model, treated, reopen, outcomes } = watchedCall();
    reply(model, 'Hello.');
    caller.hearAll();
    model.handlers.onResumable('handle-1');
    model.handlers.onTranscript('caller', 'When are you open?');
    clock.advance(7_900);
    expect(treated()).toEqual([]);
    clock.advance(500);
    expect(treated()).toEqual(['no-answer nudge']);
    expect(model.texts).toEqual([expect.stringContaining('waiting for you to speak')]);

    clock.advance(4_500);
    expect(treated().at(-1)).toBe('no-answer resume');
    expect(model.closed).toBe(true);
    const resumed = await reopen();
    expect(resumed.handle).toBe('handle-1');
    expect(resumed.texts).toEqual([expect.stringContaining('When are you open?')]);

    clock.advance(4_500);
    expect(treated().at(-1)).toBe('no-answer renew');
    const fresh = await reopen();
    expect(fresh.handle).toBeUndefined();
    expect(fresh.history.at(-1)).toEqual({ speaker: 'caller', text: 'When are you open?' });

    clock.advance(4_500);
    expect(treated().at(-1)).toBe('no-answer give-up');
    expect(models.opened).toHaveLength(3);
    expect(outcomes).toMatchObject([{ reason: 'model-failed', error: { code: 'MODEL_TIMEOUT' } }]);
    expect(caller.closed?.code).toBe(1011);
  });

  it('is the first trouble again after a reply that was heard', () => {
    const { caller, clock, model, treated } = watchedCall();
    for (const question of ['One?', 'Two?']) {
      model.handlers.onTranscript('caller', question);
      clock.advance(8_500);
      reply(model);
      caller.hearAll();
    }
    expect(treated()).toEqual(['no-answer nudge', 'no-answer nudge']);
  });

  it('is not a search or a program, which take their time', () => {
    const { clock, model, treated } = watchedCall();
    const run = { type: 'code', phase: 'run', ok: true, pii: { output: '1' } } as const;
    model.handlers.onTranscript('caller', 'What is one?');
    clock.advance(7_900);
    model.handlers.onReport(run);
    clock.advance(1_000);
    expect(treated()).toEqual([]);
    model.handlers.onTranscript('caller', 'And two?');
    clock.advance(7_900);
    model.handlers.onReport({ type: 'activity-reported', phase: 'ended' });
    clock.advance(1_000);
    expect(treated()).toHaveLength(1);
  });

  it.each<[string, (model: ScriptedModel) => void]>([
    ['a bare end of the turn', (model) => model.handlers.onTurnComplete(undefined)],
    ['a deliberate silence', (model) => model.handlers.onWaiting()],
    ['a call of a tool', (model) => model.handlers.onToolCalls([{ id: 'a', name: 'f', args: {} }])],
  ])('is not %s', (_what, answer) => {
    const { clock, model, treated } = watchedCall({}, () => new Promise(() => undefined));
    model.handlers.onTranscript('caller', 'Hm.');
    clock.advance(1_000);
    answer(model);
    clock.advance(60_000 - 2_000);
    expect(treated()).toEqual([]);
  });

  it('is a choice where the model decides itself, once its session is at rest', () => {
    for (const proactive of [true, false]) {
      const { clock, model, treated } = watchedCall({ proactive });
      model.handlers.onTranscript('caller', 'Not you, I am talking to my daughter.');
      model.handlers.onResumable('handle-1');
      clock.advance(10_000);
      expect(treated()).toEqual(proactive ? [] : ['no-answer nudge']);
    }
  });

  it('is no choice where the model was told something', () => {
    const { call, clock, model, treated } = watchedCall({ proactive: true });
    call.say('Are you there?');
    model.handlers.onResumable('handle-1');
    clock.advance(10_000);
    expect(treated()).toEqual(['no-answer nudge']);
  });

  it('is seen where the model does not even transcribe, by what the caller was heard to say', () => {
    const { clock, talk, treated } = watchedCall();
    talk(1_000, 0, QUIET);
    talk(1_600, 1_000, VOICE);
    talk(9_500, 2_600, QUIET);
    expect(treated()).toEqual(['no-answer nudge']);
    expect(clock.pendingTimers).toBeGreaterThan(0);
  });

  it('is not a cough', () => {
    const { talk, treated } = watchedCall();
    talk(1_000, 0, QUIET);
    talk(400, 1_000, VOICE);
    talk(12_000, 1_400, QUIET);
    expect(treated()).toEqual([]);
  });

  it('is not judged while the caller still hears the agent, or speaks', () => {
    const { clock, caller, model, talk, treated } = watchedCall();
    reply(model, 'A long story.');
    model.handlers.onTranscript('caller', 'Wait.');
    clock.advance(20_000);
    expect(treated()).toEqual([]);
    caller.hearAll();
    talk(12_000, 0, VOICE);
    expect(treated()).toEqual([]);
  });

  it('goes straight to another connection where the model takes no text, and to a fresh session without a handle', async () => {
    const { clock, model, treated, reopen } = watchedCall({ takesText: false });
    model.handlers.onTranscript('caller', 'Hello?');
    clock.advance(8_500);
    expect(treated()).toEqual(['no-answer renew']);
    await reopen();
  });

  it('is nobody’s business when the call is coming to its end', () => {
    const { call, clock, model, treated } = watchedCall();
    model.handlers.onTranscript('caller', 'Bye.');
    call.end('operator-hung-up');
    clock.advance(20_000);
    expect(treated()).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('tools that have answered', () => {
  async function withTool(answer: Partial<ToolAnswer> = {}) {
    let finish: () => void = () => undefined;
    const placed = watchedCall({}, (call) =>
      new Promise<void>((resolve) => (finish = resolve)).then(() => ({
        id: call.id,
        name: call.name,
        response: { output: 1 },
        ...answer,
      })),
    );
    placed.model.handlers.onToolCalls([{ id: 'a', name: 'look_up', args: {} }]);
    placed.clock.advance(20_000);
    expect(placed.treated()).toEqual([]);
    finish();
    await settle();
    return placed;
  }

  it('are spoken of, or the model is asked to', async () => {
    const { clock, model, treated } = await withTool();
    expect(model.answers).toHaveLength(1);
    clock.advance(8_500);
    expect(treated()).toEqual(['tool-deadlock nudge']);
    expect(model.texts).toEqual([expect.stringContaining('tools have answered')]);
  });

  it('need not be spoken of when their answer is for the model alone', async () => {
    const { clock, treated } = await withTool({ whenDone: 'silent' });
    clock.advance(20_000);
    expect(treated()).toEqual([]);
  });
});

describe('a reply that stops in its middle', () => {
  it('is noticed once the caller has heard what there is of it', () => {
    const { caller, clock, model, treated } = watchedCall();
    model.handlers.onTranscript('agent', 'The opening hours');
    model.speak(600);
    clock.advance(10_000);
    expect(treated()).toEqual([]);
    caller.hearAll();
    clock.advance(2_900);
    expect(treated()).toEqual([]);
    clock.advance(600);
    expect(treated()).toEqual(['stalled nudge']);
    expect(model.texts).toEqual([expect.stringContaining('middle of a sentence')]);
  });

  it('is not cured by what ends it: the interruption, and the end of the old turn', () => {
    const { caller, clock, model, treated } = watchedCall();
    model.speak(600);
    clock.advance(1_000);
    caller.hearAll();
    clock.advance(3_600);
    model.handlers.onInterrupted();
    model.handlers.onTurnComplete(undefined);
    clock.advance(4_500);
    expect(treated()).toEqual(['stalled nudge', 'stalled renew']);
  });

  it('may wait for a tool', () => {
    const { caller, clock, model, treated } = watchedCall({}, () => new Promise(() => undefined));
    model.speak(600);
    model.handlers.onToolCalls([{ id: 'a', name: 'f', args: {} }]);
    clock.advance(1_000);
    caller.hearAll();
    clock.advance(20_000);
    expect(treated()).toEqual([]);
  });
});

describe('a turn that is never said to be over', () => {
  it('counts as over when its reply was made and heard', () => {
    const { caller, clock, events, model, treated } = watchedCall();
    model.handlers.onTranscript('agent', 'From nine to five.');
    model.speak(600);
    model.handlers.onGenerationComplete();
    caller.hearAll();
    clock.advance(9_900);
    expect(treated()).toEqual([]);
    clock.advance(600);
    expect(treated()).toEqual(['turn-open end-turn']);
    expect(events.findLast((event) => event.type === 'turn')).toMatchObject({ cutOff: false });
    expect(model.texts).toEqual([]);
    model.handlers.onTurnComplete(undefined);
    expect(events.filter((event) => event.type === 'turn-empty')).toEqual([]);
  });
});

describe('a connection that is lost', () => {
  it('is no trouble of the model’s, and leaves no timer behind', () => {
    const { clock, model, models, treated, leave } = watchedCall();
    model.handlers.onTranscript('caller', 'Hello?');
    model.handlers.onClosed(new ModelError('MODEL_CLOSED', 'gone', { phase: 'conversation', retryable: true }));
    models.last.handlers.onReady();
    reply(models.last);
    leave();
    clock.advance(60_000);
    expect(treated()).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });
});
