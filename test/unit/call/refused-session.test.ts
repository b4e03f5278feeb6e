import { describe, expect, it } from 'vitest';
import { ModelError } from '../../../src/errors.js';
import { closeError } from '../../../src/live/close-errors.js';
import { greetedCall, placeCall } from '../../support/placed-call.js';

const lost = new ModelError('MODEL_UNAVAILABLE', 'gone', { phase: 'conversation', closeCode: 1011, retryable: true });

/** As the service words it when it does not say what is wrong. */
function policy(phase: 'setup' | 'conversation'): ModelError {
  return closeError({ kind: 'closed', code: 1008, reason: 'Policy violation.' }, phase);
}

describe('a call whose session is refused without a word that trying again is of no use', () => {
  it.each([
    ['at once', undefined],
    ['after it was given another handle', 'handle-2'],
  ])('goes on by its handle, and by a fresh session when it is refused again %s', (_when, handle) => {
    const { clock, events, model, models } = greetedCall();
    model.handlers.onClosed(policy('conversation'));
    expect(models.last.handle).toBe('handle-1');
    models.last.handlers.onReady();
    models.last.handlers.onResumable(handle);
    models.last.handlers.onClosed(policy('conversation'));
    expect(events.findLast((event) => event.type === 'model-lost')).toMatchObject({ handleGivenUp: true });
    clock.advance(400);
    expect(models.last).toMatchObject({ handle: undefined, history: [{ speaker: 'agent', text: 'Hello.' }] });
  });

  it('goes on by its handle once more where that had stood for a while', () => {
    const { clock, model, models } = greetedCall();
    model.handlers.onClosed(lost);
    models.last.handlers.onReady();
    models.last.handlers.onResumable('handle-2');
    clock.advance(10_000);
    models.last.handlers.onClosed(policy('conversation'));
    expect(models.last.handle).toBe('handle-2');
  });

  it('goes on though a fresh session is refused as well, after three tries at most; not where trying is of no use', () => {
    const { caller, clock, model, models } = greetedCall();
    model.handlers.onClosed(policy('conversation'));
    for (const delayMs of [400, 800]) {
      models.last.handlers.onClosed(policy('setup'));
      clock.advance(delayMs);
      expect(models.last.handle).toBeUndefined();
    }
    expect(models.opened).toHaveLength(4);
    models.last.handlers.onClosed(policy('setup'));
    expect(caller.closed?.code).toBe(1011);

    const hopeless = greetedCall();
    hopeless.model.handlers.onClosed(lost);
    hopeless.models.last.handlers.onClosed(policy('setup'));
    hopeless.clock.advance(400);
    hopeless.models.last.handlers.onClosed(new ModelError('MODEL_UNAUTHORIZED', 'no such key', { phase: 'setup' }));
    expect(hopeless.caller.closed?.code).toBe(1011);
    expect(hopeless.models.opened).toHaveLength(3);
  });

  it('fails at once where no session ever stood', () => {
    const { caller, models, start } = placeCall();
    start().handlers.onClosed(policy('setup'));
    expect(caller.closed?.code).toBe(1011);
    expect(models.opened).toHaveLength(1);
  });
});
