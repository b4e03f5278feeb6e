import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitHeard } from '../../../../src/call/agent/heard-text.js';
import { ModelError } from '../../../../src/errors.js';
import { activeCall } from '../../../support/placed-call.js';

const STORY = 'Once upon a time, there was a king who had three daughters.';

describe('the words of a turn that was cut', () => {
  it('are split by the share of audio that was heard, behind a word and its punctuation', () => {
    const cut = (atMs: number) => splitHeard(STORY, { atMs, madeMs: 4_000, generated: true });
    expect(cut(900)).toEqual({ heard: 'Once upon a time,', unheard: ' there was a king who had three daughters.' });
    expect(cut(2_000)).toEqual({ heard: 'Once upon a time, there was a', unheard: ' king who had three daughters.' });
    expect(cut(0)).toEqual({ heard: '', unheard: STORY });
    expect(cut(4_000)).toEqual({ heard: STORY, unheard: '' });
  });

  it('that ran ahead of their audio do not count as heard', () => {
    const cut = { atMs: 500, madeMs: 1_000, generated: false };
    expect(splitHeard(STORY, cut).heard).toBe('Once upon');
    expect(splitHeard(STORY, { ...cut, madeMs: 0 }).heard).toBe('');
  });

  it('are split where no spaces are written', () => {
    const text = '営業時間は午前九時から午後六時までです';
    const { heard } = splitHeard(text, { atMs: 1_000, madeMs: 2_000, generated: true });
    expect(heard.length).toBeGreaterThan(6);
    expect(heard.length).toBeLessThan(14);
  });

  it('are all there, whatever the text and the place', () => {
    const cut = fc.record({ atMs: fc.nat(9_000), madeMs: fc.nat(9_000), generated: fc.boolean() });
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), cut, (text, at) => {
        const { heard, unheard } = splitHeard(text, at);
        expect((heard + unheard).replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
      }),
    );
  });
});

describe('what a fresh session is told', () => {
  /** Two seconds are said, and so many marks of 200 ms come back. */
  function told(marks: number, end: (call: ReturnType<typeof activeCall>) => void) {
    const call = activeCall();
    call.model.handlers.onTranscript('agent', STORY);
    for (let chunk = 0; chunk < 10; chunk += 1) call.model.speak(200);
    call.caller.marks.splice(0, marks).forEach((name) => call.caller.handlers.onMarkReached(name));
    end(call);
    return call;
  }

  function historyAfterLoss({ model, models }: ReturnType<typeof activeCall>) {
    model.handlers.onClosed(new ModelError('MODEL_UNAVAILABLE', 'gone', { phase: 'conversation', retryable: true }));
    expect(models.opened).toHaveLength(2);
    return models.last.history;
  }

  it('is what the caller heard of a turn that was cut off', () => {
    const call = told(5, ({ model }) => model.handlers.onInterrupted());
    expect(call.events.findLast(({ type }) => type === 'turn')).toMatchObject({
      cutOff: true,
      pii: { text: STORY, heard: 'Once upon a time, there', unheard: ' was a king who had three daughters.' },
    });
  });

  it('leaves out a turn of which nothing was heard', () => {
    const call = told(0, ({ model }) => model.handlers.onInterrupted());
    expect(call.events.findLast(({ type }) => type === 'turn')).toMatchObject({ pii: { heard: '', unheard: STORY } });
    expect(historyAfterLoss(call)).toEqual([]);
  });

  it('is what was heard of a turn that had ended when its rest was cut off', () => {
    const call = told(5, ({ model }) => {
      model.handlers.onGenerationComplete();
      model.handlers.onTurnComplete(undefined);
      model.handlers.onInterrupted();
    });
    expect(call.events.findLast(({ type }) => type === 'turn')).toMatchObject({ cutOff: false });
    const heard = 'Once upon a time, there was a';
    expect(historyAfterLoss(call)).toEqual([{ speaker: 'agent', text: heard, cutOff: true }]);
  });

  it('is everything that had been made where the session was lost: the caller still hears that', () => {
    const call = told(2, () => undefined);
    const heard = 'Once upon a time, there was a king who had';
    expect(historyAfterLoss(call)).toEqual([{ speaker: 'agent', text: heard, cutOff: true }]);
    expect(call.events.findLast(({ type }) => type === 'turn')).toMatchObject({
      cutOff: true,
      pii: { heard, unheard: ' three daughters.' },
    });
  });
});
