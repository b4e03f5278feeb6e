import { describe, expect, it } from 'vitest';
import { ModelError } from '../../../src/errors.js';
import { activeCall, placeCall } from '../../support/placed-call.js';

const lost = new ModelError('MODEL_UNAVAILABLE', 'gone', { phase: 'conversation', closeCode: 1011, retryable: true });

describe('a call', () => {
  it('opens no session before its start, and ends after ten seconds without one', async () => {
    const { call, caller, clock, models, outcomes } = placeCall();
    clock.advance(9_999);
    expect(caller.closed).toBeUndefined();
    clock.advance(1);
    expect(caller.closed?.code).toBe(1008);
    expect(models.opened).toHaveLength(0);
    caller.handlers.onClosed('closed');
    await expect(call.finished).resolves.toMatchObject({ reason: 'never-started' });
    expect(outcomes).toHaveLength(1);
    expect(clock.pendingTimers).toBe(0);
  });

  it('keeps what the caller says into the set-up and delivers it first', () => {
    const { start, talk } = placeCall();
    const model = start();
    talk(400);
    expect(model.heard).toHaveLength(0);
    model.handlers.onReady();
    talk(100, 400);
    expect(model.heardMs).toBe(500);
  });

  it('closes the session within the same moment that the caller leaves, once, whatever it was doing', async () => {
    for (const ready of [false, true]) {
      const { call, clock, leave, start, events } = placeCall({ greeting: 'Greet.' });
      const model = start();
      if (ready) {
        model.handlers.onReady();
        model.speak(500);
      }
      leave();
      expect(model.closed).toBe(true);
      await expect(call.finished).resolves.toEqual({ reason: 'caller-hung-up' });
      expect(clock.pendingTimers).toBe(0);
      expect(events.filter((event) => event.type === 'ended')).toHaveLength(1);
    }
  });

  it('ends with a failed model only after its retries, and tells the carrier by the close code', async () => {
    const { call, caller, clock, events, models, start } = placeCall();
    start();
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      expect(models.opened).toHaveLength(attempt);
      models.last.handlers.onClosed(lost);
      clock.advance(2_000);
    }
    expect(caller.closed?.code).toBe(1011);
    caller.handlers.onClosed('closed');
    await expect(call.finished).resolves.toMatchObject({ reason: 'model-failed', error: lost });
    expect(events.at(-1)).toMatchObject({ type: 'ended', reason: 'model-failed' });
  });

  it('gives up on a session that never stands, all attempts together, after ten seconds', () => {
    const { caller, clock, models, start } = placeCall();
    start();
    clock.advance(6_000);
    models.last.handlers.onClosed(lost);
    clock.advance(3_999);
    expect(caller.closed).toBeUndefined();
    clock.advance(1);
    expect(caller.closed?.code).toBe(1011);
    expect(models.last.closed).toBe(true);
  });

  it('reopens a lost session with what was said, does not greet again, and delivers what was said meanwhile', () => {
    const { caller, model, models, talk } = activeCall({ greeting: 'Greet.', protectGreeting: false });
    model.handlers.onTranscript('agent', 'Hello, how can I help?');
    model.speak(300);
    model.handlers.onGenerationComplete();
    model.handlers.onTurnComplete(undefined);
    caller.hearAll();
    model.handlers.onTranscript('caller', ' I need an appointment.');
    model.handlers.onClosed(lost);
    talk(200);
    const next = models.last;
    expect(next).not.toBe(model);
    expect(next.history).toEqual([
      { speaker: 'agent', text: 'Hello, how can I help?' },
      { speaker: 'caller', text: 'I need an appointment.' },
    ]);
    next.handlers.onReady();
    expect(next.texts).not.toContain('Greet.');
    expect(next.heardMs).toBe(200);
    expect(caller.closed).toBeUndefined();
  });

  it('asks the next session to go on only where the lost one owed an answer', () => {
    const answered = activeCall({ greeting: 'Greet.', protectGreeting: false });
    answered.model.handlers.onTranscript('agent', 'Hello.');
    answered.model.speak(300);
    answered.model.handlers.onGenerationComplete();
    answered.model.handlers.onTurnComplete(undefined);
    answered.model.handlers.onClosed(lost);
    answered.models.last.handlers.onReady();
    expect(answered.models.last.texts).toEqual([]);

    const asked = activeCall();
    asked.model.handlers.onTranscript('caller', 'What are your hours?');
    asked.model.handlers.onClosed(lost);
    asked.models.last.handlers.onReady();
    expect(asked.models.last.texts).toHaveLength(1);
  });

  it('does not give a session that was refused its history the same history in the same way', () => {
    const { model, models } = activeCall();
    model.handlers.onTranscript('caller', 'Hello?');
    model.handlers.onClosed(
      new ModelError('MODEL_REJECTED', 'invalid argument', { phase: 'conversation', closeCode: 1007, retryable: true }),
    );
    expect(models.last).toMatchObject({ rejected: true, history: [{ speaker: 'caller', text: 'Hello?' }] });
  });

  it('greets in the second session when the first was lost before it spoke', () => {
    const { model, models } = activeCall({ greeting: 'Greet.' });
    model.handlers.onClosed(lost);
    models.last.handlers.onReady();
    expect(models.last.texts).toEqual(['Greet.']);
  });

  it('ends a call at its limit, after what is being said', () => {
    const { caller, clock, model } = activeCall({ maxCallMs: 5_000 });
    clock.advance(4_000);
    model.speak(1_500);
    model.handlers.onGenerationComplete();
    model.handlers.onTurnComplete(undefined);
    clock.advance(2_500);
    expect(caller.closed).toBeUndefined();
    caller.hearAll();
    clock.advance(1_000);
    expect(caller.closed?.code).toBe(1000);
  });

  it('takes a typed line, also before the session stands, and refuses it after the end', () => {
    const { call, leave, start } = placeCall();
    const model = start();
    call.say('What are your hours?');
    model.handlers.onReady();
    call.say('And on Sunday?');
    expect(model.texts).toEqual(['What are your hours?', 'And on Sunday?']);
    leave();
    expect(() => call.say('Hello?')).toThrow(/CALL_REFUSED/);
  });

  it('gives the model digits as one text at # or after a pause', () => {
    const { caller, clock, model } = activeCall();
    for (const digit of '12#') caller.handlers.onDigit(digit);
    expect(model.texts).toHaveLength(1);
    expect(model.texts[0]).toContain('12#');
    caller.handlers.onDigit('7');
    clock.advance(1_499);
    expect(model.texts).toHaveLength(1);
    clock.advance(1);
    expect(model.texts[1]).toContain('7');
  });

  it('keeps digits from an agent that ignores them', () => {
    const { caller, model, types } = activeCall({ digits: 'ignore' });
    caller.handlers.onDigit('#');
    expect(model.texts).toEqual([]);
    expect(types()).toContain('digits');
  });

  it('ends only itself when something of ours goes wrong', async () => {
    const { call, caller, start, outcomes } = placeCall({
      get openModel(): never {
        throw new Error('a fault');
      },
    });
    expect(() => start()).toThrow('no model was opened');
    expect(caller.closed?.code).toBe(1011);
    caller.handlers.onClosed('closed');
    await expect(call.finished).resolves.toMatchObject({ reason: 'internal-error' });
    expect(outcomes).toHaveLength(1);
  });

  it('hears nothing more after its end, though the caller’s socket stays a moment longer', () => {
    const { call, caller, clock, events, model } = activeCall();
    model.speak(300);
    call.end('operator-hung-up');
    const told = events.length;
    caller.handlers.onAudio(new Uint8Array(160), 0);
    caller.handlers.onDigit('#');
    caller.hearAll();
    expect(events).toHaveLength(told);
    expect(clock.pendingTimers).toBe(0);
  });

  it('tells each kind of irregularity once', () => {
    const { caller, model, events } = activeCall();
    for (let time = 0; time < 50; time += 1) {
      caller.handlers.onIrregular('binary');
      model.handlers.onIrregular('unknown-field');
      caller.handlers.onMarkReached('never sent');
    }
    expect(events.filter((event) => event.type === 'irregular')).toHaveLength(3);
  });
});
