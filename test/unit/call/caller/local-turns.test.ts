import { describe, expect, it } from 'vitest';
import { encodeMulaw } from '../../../../src/audio/mulaw.js';
import { loadVoiceDetector } from '../../../../src/audio/voice-detector.js';
import { ModelError } from '../../../../src/errors.js';
import { localCall, localPlan, openingLocalCall } from '../../../support/local-call.js';
import { activeCall } from '../../../support/placed-call.js';
import { reply } from '../../../support/watched-call.js';
import { chord, shippedSpeech } from '../../../support/telephone-sounds.js';

const lost = new ModelError('MODEL_UNAVAILABLE', 'gone', { phase: 'conversation', closeCode: 1011, retryable: true });

describe('turns that the bridge finds', () => {
  it('are all that the model hears, with 300 ms before the voice and the silence that ends them', () => {
    const { model, make, events } = localCall();
    make('silence', 1_000);
    expect(model.heard).toEqual([]);
    make('voice', 500);
    expect(model.activity).toEqual(['start at 0']);
    make('silence', 580);
    expect(model.activity).toHaveLength(1);
    make('silence', 1_000);
    expect(model.activity).toEqual(['start at 0', 'end at 1400']);
    make('voice', 200);
    make('silence', 1_000);
    expect(model.activity).toEqual(['start at 0', 'end at 1400', 'start at 1400', 'end at 2500']);
    expect(model.heardMs).toBe(2_500);
    expect(model.audioEnds).toBe(0);
    const activity = events.filter((event) => event.type === 'activity');
    expect(activity.map((event) => ('ms' in event ? event.ms : event.phase))).toEqual([
      'started',
      1_400,
      'started',
      1_100,
    ]);
  });

  it('begin with enough voice, and not with clicks', () => {
    const { model, make } = localCall();
    for (let click = 0; click < 20; click += 1) {
      make('voice', 80);
      make('silence', 120);
    }
    expect(model.activity).toEqual([]);
    make('voice', 80);
    make('silence', 40);
    make('voice', 20);
    expect(model.activity).toEqual(['start at 0']);
  });

  it('go on through pauses that are shorter than the silence that ends them', () => {
    const { model, make } = localCall({ silenceMs: 400 });
    for (let word = 0; word < 5; word += 1) {
      make('voice', 300);
      make('silence', 380);
    }
    expect(model.activity).toHaveLength(1);
    make('silence', 20);
    expect(model.activity).toHaveLength(2);
  });

  it('never overlap: what was sent with one is not sent with the next', () => {
    const { model, make } = localCall({ silenceMs: 100 });
    make('silence', 500);
    make('voice', 200);
    make('silence', 200);
    make('voice', 200);
    expect(model.activity).toEqual(['start at 0', 'end at 600', 'start at 600']);
    expect(model.heardMs).toBe(600 + 100 + 200);
  });

  it('are a minute long at most', () => {
    const { model, make } = localCall();
    make('voice', 61_000);
    expect(model.activity.slice(0, 3)).toEqual(['start at 0', 'end at 60000', 'start at 60000']);
  });

  it('end when the caller’s audio stops arriving', () => {
    const { clock, model, make } = localCall({ silenceMs: 5_000 });
    make('silence', 300);
    make('voice', 300);
    clock.advance(1_200);
    expect(model.activity).toEqual(['start at 0', 'end at 1600']);
    expect(model.audioEnds).toBe(0);
  });

  it('are found in audio that is cut in any way', () => {
    const { caller, model } = activeCall({ protectGreeting: false, turns: localPlan() });
    const line = new Uint8Array(16_000).fill(0xff).fill(1, 8_000, 12_000);
    for (let at = 0, piece = 1; at < line.length; at += piece, piece = (piece * 7) % 311) {
      caller.handlers.onAudio(line.subarray(at, at + piece), at / 8);
    }
    expect(model.activity[0]).toBe('start at 0');
    expect(model.activity).toHaveLength(1);
    expect(model.heardMs).toBe(300 + 500 + 500);
  });
});

describe('a caller with a real voice', async () => {
  const createDetector = await loadVoiceDetector();

  it('has a turn for each sentence, and none for keys and ringing', () => {
    const { model, make, play } = localCall({ createDetector });
    const keys = [697, 770, 852, 941].flatMap((low) =>
      [1_209, 1_336, 1_477, 1_633].map((high) => chord(200, low, high)),
    );
    make('silence', 400);
    for (const key of keys) {
      play(encodeMulaw(key));
      make('silence', 140);
    }
    for (let ring = 0; ring < 2; ring += 1) {
      play(encodeMulaw(chord(2_000, 440, 480)));
      make('silence', 1_000);
      play(encodeMulaw(chord(1_000, 425)));
      make('silence', 1_000);
    }
    expect(model.activity).toEqual([]);
    const sentences = shippedSpeech().slice(0, 3);
    for (const sentence of sentences) {
      const { length } = model.activity;
      const before = model.heardMs;
      play(encodeMulaw(sentence));
      make('silence', 1_200);
      expect(model.activity).toHaveLength(length + 2);
      const heardMs = model.heardMs - before;
      expect(heardMs).toBeGreaterThan(300 + sentence.length / 8);
      expect(heardMs).toBeLessThan(300 + sentence.length / 8 + 800);
    }
  });
});

describe('a turn and the greeting', () => {
  const greeting = 'Greet the caller.';

  it('wait for each other: a hello into the greeting is no turn', () => {
    const { caller, model, make } = localCall({}, { greeting, protectGreeting: true });
    model.speak(3_000);
    make('voice', 600);
    make('silence', 1_500);
    model.handlers.onGenerationComplete();
    caller.hearAll();
    make('silence', 1_000);
    expect(model.activity).toEqual([]);
    expect(model.heard).toEqual([]);
  });

  it('what was said in its last second becomes a turn behind it', () => {
    const { caller, model, make, clears } = localCall({}, { greeting, protectGreeting: true });
    model.speak(1_000);
    make('silence', 500);
    make('voice', 400);
    model.handlers.onGenerationComplete();
    caller.hearAll();
    make('silence', 1_000);
    expect(model.activity).toEqual(['start at 0', 'end at 1300']);
    expect(clears()).toBe(0);
  });

  it('what was said before there was a session is not said into it', () => {
    const call = openingLocalCall({ greeting, protectGreeting: true });
    const model = call.start();
    call.make('voice', 600);
    model.handlers.onReady();
    call.make('silence', 300);
    model.speak(500);
    expect(model.activity).toEqual([]);
  });
});

describe('a turn and a change of the connection', () => {
  it('is said to the next session from its beginning', () => {
    const { model, models, make } = localCall();
    make('silence', 500);
    make('voice', 600);
    model.handlers.onClosed(lost);
    make('voice', 400);
    models.last.handlers.onReady();
    expect(models.last.activity).toEqual(['start at 0']);
    expect(Math.floor(models.last.heardMs / 20) * 20).toBe(300 + 600 + 400);
    make('silence', 1_000);
    expect(models.last.activity).toEqual(['start at 0', 'end at 1900']);
    expect(model.activity).toEqual(['start at 0']);
  });

  it('is begun and ended at once for a session that comes after it', () => {
    const { model, models, make } = localCall();
    make('silence', 500);
    model.handlers.onClosed(lost);
    make('voice', 400);
    make('silence', 1_000);
    models.last.handlers.onReady();
    expect(models.last.activity).toEqual(['start at 0', 'end at 1300']);
    make('silence', 500);
    expect(models.last.heardMs).toBe(1_300);
  });

  it('is said again where nothing has come of it, unless it was long ago', () => {
    const { clock, model, models, make } = localCall();
    make('silence', 500);
    make('voice', 300);
    make('silence', 700);
    expect(model.activity).toEqual(['start at 0', 'end at 1200']);
    model.handlers.onClosed(lost);
    models.last.handlers.onReady();
    expect(models.last.activity).toEqual(['start at 0', 'end at 1300']);
    const second = models.last;
    make('silence', 4_000);
    second.handlers.onClosed(lost);
    clock.advance(1_000);
    models.last.handlers.onReady();
    expect(models.last).not.toBe(second);
    expect(models.last.activity).toEqual([]);
  });

  it('is nothing where nothing was said', () => {
    const { model, models, make } = localCall();
    make('voice', 300);
    make('silence', 700);
    reply(model);
    model.handlers.onClosed(lost);
    make('silence', 500);
    models.last.handlers.onReady();
    make('silence', 500);
    expect(models.last.activity).toEqual([]);
    expect(models.last.heard).toEqual([]);
  });
});
