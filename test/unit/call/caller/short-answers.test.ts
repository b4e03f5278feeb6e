import { describe, expect, it } from 'vitest';
import { encodeMulaw } from '../../../../src/audio/mulaw.js';
import { activeCall } from '../../../support/placed-call.js';
import { silence, speechLike } from '../../../support/sounds.js';

/** A caller who speaks and is silent, in real time. */
function answering(...args: Parameters<typeof activeCall>) {
  const call = activeCall({ protectGreeting: false, ...args[0] }, args[1]);
  let atMs = 0;
  const hear = (pcm: Int16Array) => {
    const mulaw = encodeMulaw(pcm);
    for (let at = 0; at < mulaw.length; at += 160, atMs += 20) {
      call.caller.handlers.onAudio(mulaw.subarray(at, at + 160), atMs);
      call.clock.advance(20);
    }
  };
  hear(silence(500, 8_000));
  return {
    ...call,
    speak: (ms: number) => hear(speechLike(ms, 8_000)),
    pause: (ms: number) => hear(silence(ms, 8_000)),
    closed: () => call.events.filter(({ type }) => type === 'turn-closed'),
  };
}

describe('a short answer', () => {
  it('that nothing comes of is closed 1.2 s after it, once', () => {
    const { model, speak, pause, closed } = answering();
    speak(300);
    pause(1_160);
    expect(model.audioEnds).toBe(0);
    pause(60);
    expect(model.audioEnds).toBe(1);
    pause(10_000);
    expect(model.audioEnds).toBe(1);
    expect(closed()).toEqual([expect.objectContaining({ by: 'audio-end', speechMs: 300 })]);
    speak(300);
    pause(1_300);
    expect(model.audioEnds).toBe(2);
  });

  it('is closed by a second of silence where the service has no message for it', () => {
    const { model, speak, pause, closed } = answering();
    model.endAudio = () => false;
    const before = model.heardMs;
    speak(300);
    pause(1_300);
    expect(model.heardMs - before).toBe(300 + 1_300 + 1_000);
    expect(closed()).toEqual([expect.objectContaining({ by: 'silence' })]);
    expect(
      model.heard
        .slice(-10)
        .flatMap((pcm) => [...pcm])
        .every((byte) => byte === 0),
    ).toBe(true);
  });

  it('is closed by half a second more than the silence that the agent has chosen', () => {
    const { model, speak, pause } = answering({ turns: { detection: 'model', silenceMs: 2_000 } });
    model.endAudio = () => false;
    const before = model.heardMs;
    speak(300);
    pause(1_300);
    expect(model.heardMs - before).toBe(300 + 1_300 + 2_500);
  });

  type Call = ReturnType<typeof answering>;

  it.each<[string, (call: Call) => void]>([
    ['its words', ({ model }) => model.handlers.onTranscript('caller', 'Yes.')],
    ['speech', ({ model }) => model.speak(200)],
    ['a call of a tool', ({ model }) => model.handlers.onToolCalls([{ id: '1', name: 'hours', args: {} }])],
    ['a turn without a word', ({ model }) => model.handlers.onTurnComplete('NEED_MORE_INPUT')],
    ['word that it waits', ({ model }) => model.handlers.onWaiting()],
    ['the loss of the session', ({ leave }) => leave()],
  ])('is left alone where something came of it: %s', (_what, happens) => {
    const call = answering();
    call.speak(300);
    call.pause(500);
    happens(call);
    call.pause(3_000);
    expect(call.closed()).toEqual([]);
  });

  it('is looked for in what is short, and neither in a click nor in a sentence', () => {
    const { speak, pause, closed } = answering();
    for (const ms of [60, 1_500]) {
      speak(ms);
      pause(3_000);
    }
    expect(closed()).toEqual([]);
  });

  it('is not what is said into the agent’s words', () => {
    const { model, speak, pause, closed } = answering();
    model.speak(5_000);
    speak(300);
    pause(3_000);
    expect(closed()).toEqual([]);
  });

  it('is not said to a model that waits for a tool', () => {
    const call = answering({}, () => new Promise(() => undefined));
    call.model.handlers.onToolCalls([{ id: '1', name: 'hours', args: {} }]);
    call.speak(300);
    call.pause(3_000);
    expect(call.closed()).toEqual([]);
  });

  it.each(['before', 'after'])('is not the tone of a key that is told %s it', (when) => {
    const { caller, speak, pause, closed } = answering({ digits: 'ignore' });
    if (when === 'before') caller.handlers.onDigit('1');
    speak(200);
    pause(100);
    if (when === 'after') caller.handlers.onDigit('1');
    pause(3_000);
    expect(closed()).toEqual([]);
  });

  it('leaves no timer behind', () => {
    const { clock, speak, pause, leave } = answering();
    speak(300);
    pause(400);
    leave();
    clock.advance(10_000);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('audio that stops arriving', () => {
  it('is ended by silence in one go where the service has no message for it, and resumes', () => {
    const { caller, clock, model, pause } = answering();
    model.endAudio = () => false;
    pause(100);
    const before = model.heardMs;
    clock.advance(1_500);
    expect(model.heardMs - before).toBe(1_000 + 1_000);
    caller.handlers.onAudio(new Uint8Array(160).fill(0xff), 600);
    expect(model.heardMs - before).toBe(2_020);
  });
});
