import { describe, expect, it } from 'vitest';
import type { CallerMessage } from '../../../../src/call/dialogue/caller-messages.js';
import { ModelError } from '../../../../src/errors.js';
import { activeCall, placeCall } from '../../../support/placed-call.js';

const IMAGE = { mimeType: 'image/png', bytes: new Uint8Array([1]) } as const;

/** Long enough for a model that says nothing to be at rest. */
const AT_REST_MS = 1_000;

function message(more: Partial<CallerMessage> = {}): CallerMessage {
  return { text: '', images: [], unseenImages: 0, otherFiles: 0, ...more };
}

describe('a message of the caller’s', () => {
  it.each<[Partial<CallerMessage>, string]>([
    [{ text: 'Meyer "with e y"' }, 'The caller has sent a text message: "Meyer \\"with e y\\""'],
    [{ images: [IMAGE] }, 'The caller has sent a picture.'],
    [{ images: [IMAGE, IMAGE], text: 'Two' }, 'The caller has sent 2 pictures. With it came the words: "Two"'],
    [{ unseenImages: 1 }, 'The caller has sent a picture that you cannot see.'],
    [
      { images: [IMAGE], unseenImages: 2, otherFiles: 1 },
      'The caller has sent a picture, 2 pictures that you cannot see and a file that you cannot open.',
    ],
  ])('%j is told as a line', (sent, line) => {
    const { call, model, clock } = activeCall();
    call.receiveMessage(message(sent));
    clock.advance(AT_REST_MS);
    expect(model.texts).toEqual([line]);
    expect(model.images).toEqual(sent.images ?? []);
  });

  it('is told as one that cannot be seen where the model takes no pictures', () => {
    const { call, model, events, clock } = activeCall();
    model.seesImages = false;
    call.receiveMessage(message({ images: [IMAGE] }));
    clock.advance(AT_REST_MS);
    expect(model.texts).toEqual(['The caller has sent a picture that you cannot see.']);
    expect(events.at(-1)).toMatchObject({ type: 'message-received', images: 0, unseen: 1 });
  });

  it('does not cut the agent off: its picture is shown at once, and the line waits', () => {
    const { call, caller, clock, model } = activeCall();
    model.speak(400);
    model.handlers.onGenerationComplete();
    model.handlers.onTurnComplete(undefined);
    call.receiveMessage(message({ images: [IMAGE] }));
    expect(model.images).toHaveLength(1);
    clock.advance(AT_REST_MS);
    expect(model.texts).toEqual([]);
    caller.hearAll();
    clock.advance(AT_REST_MS);
    expect(model.texts).toHaveLength(1);
  });

  it('waits for a session, two of them at most, and is refused once the call is over', () => {
    const { call, start, models, leave, clock } = placeCall();
    start();
    call.receiveMessage(message({ text: 'one' }));
    call.receiveMessage(message({ text: 'two', images: [IMAGE] }));
    expect(() => call.receiveMessage(message({ text: 'three' }))).toThrow('CALL_REFUSED');
    models.last.handlers.onReady();
    clock.advance(2 * AT_REST_MS);
    expect(models.last.texts).toHaveLength(2);
    expect(models.last.images).toHaveLength(1);
    leave();
    expect(() => call.receiveMessage(message())).toThrow('CALL_REFUSED');
  });

  it('goes to the session that takes over', () => {
    const { call, model, models } = activeCall();
    model.handlers.onClosed(new ModelError('MODEL_CLOSED', 'gone', { phase: 'conversation', retryable: true }));
    call.receiveMessage(message({ images: [IMAGE] }));
    models.last.handlers.onReady();
    expect(model.images).toEqual([]);
    expect(models.last.images).toHaveLength(1);
  });

  it('is told to nobody when the call ends first', () => {
    const { call, model, leave, clock } = activeCall();
    model.speak(400);
    call.receiveMessage(message({ text: 'late' }));
    leave();
    expect(model.texts).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });
});
