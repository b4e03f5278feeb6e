import { describe, expect, it } from 'vitest';
import { reply, watchedCall } from '../../support/watched-call.js';

function silentAudio(ms: number): Uint8Array {
  return new Uint8Array(ms * 48);
}

describe('turns without a word', () => {
  function emptyTurns(count: number, reason?: string) {
    const placed = watchedCall();
    for (let turn = 0; turn < count; turn += 1) {
      placed.model.handlers.onTranscript('caller', 'Hello?');
      placed.model.handlers.onTurnComplete(reason);
    }
    return placed;
  }

  it('are told, and borne for a while', () => {
    const { events, treated } = emptyTurns(2, 'SOME_REASON');
    expect(events.filter((event) => event.type === 'turn-empty')).toMatchObject([
      { reason: 'SOME_REASON' },
      { reason: 'SOME_REASON' },
    ]);
    expect(treated()).toEqual([]);
  });

  it('are what was asked for once the end is decided', () => {
    const { model, events } = watchedCall({}, (_call, { actions }) => {
      actions.hangUp('the caller said goodbye');
      return Promise.resolve({ id: 'bye', name: 'hang_up', response: { output: 'ending' } });
    });
    reply(model, 'Goodbye!');
    model.handlers.onToolCalls([{ id: 'bye', name: 'hang_up', args: {} }]);
    model.handlers.onTurnComplete(undefined);
    expect(events.filter((event) => event.type === 'turn-empty')).toEqual([]);
    expect(events.some((event) => event.type === 'draining')).toBe(true);
  });

  it('are treated from the third in a row on, each time with more', () => {
    expect(emptyTurns(3).treated()).toEqual(['empty-turns nudge']);
    expect(emptyTurns(4).treated()).toEqual(['empty-turns nudge', 'empty-turns renew']);
  });

  it('begin anew after a reply that was heard', () => {
    const { model, treated } = emptyTurns(2);
    model.handlers.onTranscript('caller', 'Hello?');
    reply(model);
    model.handlers.onTranscript('caller', 'Hello?');
    model.handlers.onTurnComplete(undefined);
    expect(treated()).toEqual([]);
  });

  it('are none of ours when the model says that it waits, or that more is to come', () => {
    const { model, treated } = watchedCall({ emptyTurns: 1 });
    model.handlers.onTranscript('caller', 'My number is');
    model.handlers.onWaiting();
    model.handlers.onTurnComplete(undefined);
    model.handlers.onTranscript('caller', 'five five');
    model.handlers.onTurnComplete('NEED_MORE_INPUT');
    expect(treated()).toEqual([]);
  });

  it('are treated from the second on where the service held the answer back', () => {
    expect(emptyTurns(1, 'RESPONSE_REJECTED').treated()).toEqual([]);
    const { model, treated } = emptyTurns(2, 'RESPONSE_REJECTED');
    expect(treated()).toEqual(['rejected-turns nudge']);
    expect(model.texts).toEqual([expect.stringContaining('in other words')]);
  });
});

describe('a reply with nothing in it to hear', () => {
  it('is asked for again', () => {
    const { model, treated } = watchedCall();
    model.handlers.onTranscript('agent', 'From nine to five.');
    model.handlers.onAudio(silentAudio(800));
    expect(treated()).toEqual([]);
    model.handlers.onGenerationComplete();
    expect(treated()).toEqual(['silent-audio nudge']);
    expect(model.texts).toEqual([expect.stringContaining('could not hear')]);
    model.handlers.onTurnComplete(undefined);
    expect(treated()).toHaveLength(1);
  });

  it('is no reply with a pause in it, and none that ends before it was heard', () => {
    const { model, treated } = watchedCall();
    model.handlers.onAudio(silentAudio(800));
    model.speak(200);
    model.handlers.onGenerationComplete();
    model.handlers.onTurnComplete(undefined);
    model.handlers.onAudio(silentAudio(800));
    model.handlers.onInterrupted();
    model.handlers.onTurnComplete(undefined);
    expect(treated()).toEqual([]);
  });

  it('is asked for again on the next connection, which does not know what was not heard', async () => {
    const { model, treated, reopen } = watchedCall();
    for (let time = 0; time < 2; time += 1) {
      model.handlers.onTranscript('agent', 'From nine to five.');
      model.handlers.onAudio(silentAudio(800));
      model.handlers.onTurnComplete(undefined);
    }
    expect(treated()).toEqual(['silent-audio nudge', 'silent-audio renew']);
    const fresh = await reopen();
    expect(fresh.texts).toEqual([expect.stringContaining('could not hear')]);
  });
});

describe('a turn that ends within a sentence', () => {
  const CUT = 'We are open from nine to';

  it('is left as it is unless the agent’s file asks for more', () => {
    const { model, treated } = watchedCall();
    reply(model, CUT);
    expect(treated()).toEqual([]);
  });

  it('is asked to go on, twice at most', () => {
    const { model, treated } = watchedCall({ continuesCutSentences: true });
    reply(model, CUT);
    expect(model.texts).toEqual([expect.stringContaining('Go on exactly where it stopped')]);
    reply(model, 'and then');
    reply(model, 'and then');
    expect(treated()).toEqual(['cut-sentence nudge', 'cut-sentence nudge']);
    reply(model, 'five.');
    reply(model, CUT);
    expect(treated()).toHaveLength(3);
  });

  it.each(['Until five.', 'Until five!”', 'Will that do?', 'ご予約ですか？', 'The hours are:', 'Um…'])(
    'is not one that ends as %j does',
    (text) => {
      const { model, treated } = watchedCall({ continuesCutSentences: true });
      reply(model, text);
      expect(treated()).toEqual([]);
    },
  );

  it('is not one that the caller cut', () => {
    const { model, treated } = watchedCall({ continuesCutSentences: true });
    model.handlers.onTranscript('agent', CUT);
    model.speak(400);
    model.handlers.onInterrupted();
    model.handlers.onTurnComplete(undefined);
    expect(treated()).toEqual([]);
  });
});
