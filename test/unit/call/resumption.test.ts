import { describe, expect, it } from 'vitest';
import { ModelError } from '../../../src/errors.js';
import type { ToolAnswer } from '../../../src/tools/tool.js';
import { activeCall, greetedCall, scriptedTools } from '../../support/placed-call.js';

const lost = new ModelError('MODEL_UNAVAILABLE', 'gone', { phase: 'conversation', closeCode: 1011, retryable: true });
const refused = new ModelError('MODEL_REJECTED', 'unknown handle', { phase: 'setup', closeCode: 1007 });

/** Lets the closed connection say that it is gone. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('a planned change of the connection', () => {
  it('closes the old one first, takes the session up, and greets and repeats nothing', async () => {
    const { caller, events, model, models, talk } = greetedCall();
    model.handlers.onGoingAway(50_000);
    expect(model.closed).toBe(true);
    expect(models.opened).toHaveLength(1);
    await settle();
    expect(models.opened).toHaveLength(2);
    expect(models.last).toMatchObject({ handle: 'handle-1', history: [] });
    talk(300);
    models.last.handlers.onReady();
    expect(models.last.texts).toEqual([]);
    expect(models.last.told).toEqual([]);
    expect(models.last.heardMs).toBe(300);
    expect(caller.log).not.toContain('clear');
    expect(events.some((event) => event.type === 'model-lost')).toBe(false);
    expect(events.findLast((event) => event.type === 'turn')).toMatchObject({ cutOff: false });
  });

  it('plays on what the caller is hearing', async () => {
    const { caller, model, models } = greetedCall();
    const sent = caller.sentBytes;
    model.handlers.onGoingAway(50_000);
    await settle();
    models.last.handlers.onReady();
    expect(caller.sentBytes).toBe(sent);
    caller.hearAll();
    models.last.speak(200);
    expect(caller.sentBytes).toBeGreaterThan(sent);
  });

  it('repeats thirty times in one call, which ends with the same conversation', async () => {
    const { caller, clock, model, models } = greetedCall();
    model.handlers.onGoingAway(50_000);
    for (let change = 2; change <= 30; change += 1) {
      await settle();
      models.last.handlers.onReady();
      caller.hearAll();
      models.last.handlers.onTranscript('caller', `Question ${change}?`);
      models.last.handlers.onTranscript('agent', `Answer ${change}.`);
      models.last.speak(500);
      models.last.handlers.onGenerationComplete();
      models.last.handlers.onTurnComplete(undefined);
      models.last.handlers.onResumable(`handle-${change}`);
      models.last.handlers.onGoingAway(50_000);
    }
    await settle();
    expect(models.opened).toHaveLength(31);
    expect(models.last.handle).toBe('handle-30');
    expect(models.opened.slice(1).flatMap(({ texts, told }) => [...texts, ...told])).toEqual([]);
    expect(caller.closed).toBeUndefined();
    // What the call itself remembers of all thirty, told to a session that knows nothing.
    models.last.handlers.onClosed(refused);
    clock.advance(500);
    const told = Array.from({ length: 29 }, (_, index) => [`Question ${index + 2}?`, `Answer ${index + 2}.`]).flat();
    expect(models.last.history.map(({ text }) => text)).toEqual(['Hello.', ...told]);
  });
});

describe('what the caller still hears of an earlier connection', () => {
  it('is cut by the caller’s voice though the next one knows nothing of it, unless nothing may cut the agent', async () => {
    for (const bargeIn of [true, false]) {
      const { caller, model, models } = greetedCall({ bargeIn });
      model.handlers.onGoingAway(50_000);
      await settle();
      models.last.handlers.onReady();
      models.last.handlers.onTranscript('caller', 'Wait');
      models.last.handlers.onTranscript('caller', ' a moment.');
      expect(caller.log.filter((entry) => entry === 'clear')).toHaveLength(bargeIn ? 1 : 0);
    }
  });

  it('is no more once the next one has spoken, or it was heard', async () => {
    const { caller, model, models } = greetedCall();
    model.handlers.onGoingAway(50_000);
    await settle();
    models.last.handlers.onReady();
    caller.hearAll();
    models.last.speak(1_000);
    models.last.handlers.onTranscript('caller', 'Hello?');
    expect(caller.log).not.toContain('clear');
  });
});

describe('a lost connection', () => {
  it('is taken up by the newest handle, three times at most, with a fresh session where the handle does not do', () => {
    const { caller, clock, model, models } = greetedCall();
    model.handlers.onClosed(lost);
    expect(models.last.handle).toBe('handle-1');
    models.last.handlers.onClosed(lost);
    clock.advance(500);
    expect(models.last.handle).toBe('handle-1');
    models.last.handlers.onClosed(lost);
    clock.advance(1_000);
    expect(models.opened).toHaveLength(4);
    expect(models.last).toMatchObject({ handle: undefined, history: [{ speaker: 'agent', text: 'Hello.' }] });
    models.last.handlers.onClosed(lost);
    expect(caller.closed?.code).toBe(1011);
  });

  it('is replaced by a fresh session that is told what was said when the handle is refused', () => {
    const { caller, clock, events, model, models } = greetedCall();
    model.handlers.onClosed(lost);
    models.last.handlers.onClosed(refused);
    const losses = events.filter((event) => event.type === 'model-lost');
    expect(losses.map(({ willRetry, handleGivenUp }) => [willRetry, handleGivenUp])).toEqual([
      [true, undefined],
      [true, true],
    ]);
    clock.advance(500);
    expect(models.last).toMatchObject({ handle: undefined, history: [{ speaker: 'agent', text: 'Hello.' }] });
    models.last.handlers.onReady();
    expect(models.last.texts).toEqual([]);
    expect(caller.closed).toBeUndefined();
  });

  it('gives each attempt half of the time that all have, and leaves a handle that took it all', () => {
    const { clock, model, models } = greetedCall();
    model.handlers.onClosed(lost);
    expect(models.last).toMatchObject({ handle: 'handle-1', patienceMs: 4_000 });
    models.last.handlers.onClosed(new ModelError('MODEL_TIMEOUT', 'late', { phase: 'setup', retryable: true }));
    clock.advance(400);
    expect(models.last).toMatchObject({ handle: undefined, patienceMs: 4_000 });
    expect(models.opened).toHaveLength(3);
  });

  it('leaves a handle whose connections do not last and bring no other', () => {
    const { clock, model, models } = greetedCall();
    model.handlers.onClosed(lost);
    for (const delayMs of [400, 800]) {
      expect(models.last.handle).toBe('handle-1');
      models.last.handlers.onReady();
      models.last.handlers.onClosed(lost);
      clock.advance(delayMs);
    }
    expect(models.last.handle).toBeUndefined();
  });

  it('is taken up by its handle where the service fails in words that blame the client, but not after 1007', () => {
    const closed = (closeCode: number) =>
      new ModelError('MODEL_REJECTED', 'not implemented', { phase: 'conversation', closeCode, retryable: true });
    const failed = greetedCall();
    failed.model.handlers.onClosed(closed(1008));
    expect(failed.models.last).toMatchObject({ handle: 'handle-1', rejected: false });
    const refusing = greetedCall();
    refusing.model.handlers.onClosed(closed(1007));
    expect(refusing.models.last).toMatchObject({ handle: undefined, rejected: true });
  });

  it('tells the session what the caller said after its last handle', () => {
    const { model, models } = greetedCall();
    model.handlers.onTurnComplete(undefined);
    model.handlers.onTranscript('caller', 'What are your hours?');
    model.handlers.onClosed(lost);
    models.last.handlers.onReady();
    expect(models.last.texts).toHaveLength(1);
    expect(models.last.texts[0]).toContain('What are your hours?');
  });

  it('lets the session know of an exchange that was over after its last handle, without a word of its own', () => {
    const lostAfterExchange = (resent: string[]) => {
      const { model, models } = greetedCall();
      model.handlers.onTurnComplete(undefined);
      model.handlers.onTranscript('caller', 'I am Ada.');
      model.handlers.onTranscript('agent', 'Thank you, Ada.');
      model.speak(200);
      model.handlers.onGenerationComplete();
      model.handlers.onTurnComplete(undefined);
      model.handlers.onClosed(lost);
      models.last.resent = resent;
      models.last.handlers.onReady();
      expect(models.last.texts).toEqual([]);
      return models.last.told;
    };
    expect(lostAfterExchange([])).toEqual([expect.stringMatching(/:\nCaller: I am Ada\.\nYou: Thank you, Ada\.$/)]);
    // It answers something at this very moment.
    expect(lostAfterExchange(['(The caller has been silent.)'])).toEqual([]);
  });

  it('does not make an agent greet again that answers in text', () => {
    const { model, models } = activeCall({ greeting: 'Greet.', answersInText: true });
    model.handlers.onTranscript('agent', 'Hello.');
    model.handlers.onTurnComplete(undefined);
    model.handlers.onClosed(lost);
    models.last.handlers.onReady();
    expect(models.last.texts).not.toContain('Greet.');
  });

  it('tells the session all that it cannot know, and nothing that it was sent again', () => {
    const lostAfter = (resent: string[]) => {
      const { call, model, models } = greetedCall();
      model.handlers.onTurnComplete(undefined);
      model.handlers.onResumable('handle-2');
      call.say('Are you open?');
      if (resent.length === 0) {
        model.handlers.onTranscript('agent', 'From nine');
        model.speak(200);
      }
      model.handlers.onClosed(lost);
      models.last.resent = resent;
      models.last.handlers.onReady();
      return models.last.texts;
    };
    const [told = ''] = lostAfter([]);
    expect(told).toContain('Caller: Are you open?\nYou: From');
    expect(told).not.toContain('Hello.');
    expect(lostAfter(['Are you open?'])).toEqual([]);
    expect(lostAfter(['Something else.'])).toHaveLength(1);
  });

  it('gives a caller who would hear nothing a soft tone after two seconds, until the agent is back', () => {
    const { caller, clock, model, models } = greetedCall();
    caller.hearAll();
    const sent = caller.sentBytes;
    model.handlers.onClosed(lost);
    clock.advance(1_999);
    expect(caller.sentBytes).toBe(sent);
    clock.advance(1);
    const toned = caller.sentBytes;
    expect(toned).toBeGreaterThan(sent);
    models.last.handlers.onReady();
    caller.hearAll();
    clock.advance(10_000);
    expect(caller.sentBytes).toBe(toned);
  });

  it('gives them the agent’s own sound instead, over and over', () => {
    const sound = new Uint8Array(4_000).fill(0x20);
    const { caller, clock, model } = greetedCall({ awaySound: sound });
    clock.advance(1_000);
    caller.hearAll();
    const before = caller.audio.length;
    model.handlers.onClosed(lost);
    clock.advance(3_500);
    const played = caller.audio.slice(before);
    expect(played.reduce((sum, piece) => sum + piece.length, 0)).toBeGreaterThan(2 * sound.length);
    expect(played.every((piece) => piece.every((code) => code === 0x20))).toBe(true);
  });
});

describe('a connection that is lost before the agent has spoken', () => {
  it.each([
    ['is told to greet again', [], ['Greet.']],
    ['is not where it was sent that again', ['Greet.'], []],
    ['is where it was sent something else again', ['Are you open?'], ['Greet.']],
  ])('the next one %s', (_what, resent, told) => {
    const { clock, events, model, models } = activeCall({ greeting: 'Greet.', protectGreeting: true });
    model.handlers.onResumable('handle-1');
    model.handlers.onClosed(lost);
    models.last.resent = resent;
    models.last.handlers.onReady();
    expect(models.last.texts).toEqual(told);
    // Either way it is the greeting that the caller hears next.
    expect(events.filter(({ type }) => type === 'greeting-protected')).toHaveLength(2);
    models.last.speak(200);
    models.last.handlers.onClosed(lost);
    clock.advance(400);
    models.last.handlers.onReady();
    expect(models.opened).toHaveLength(3);
    expect(models.last.texts.join()).not.toContain('Greet.');
  });

  it('the next one is not told to greet again at a planned change either', async () => {
    const { clock, model, models } = activeCall({ greeting: 'Greet.' });
    model.handlers.onResumable('handle-1');
    model.handlers.onGoingAway(1_000);
    clock.advance(0);
    await settle();
    expect(models.opened).toHaveLength(2);
    models.last.resent = ['Greet.'];
    models.last.handlers.onReady();
    expect(models.last.texts).toEqual([]);
  });
});

describe('a tool that runs while the connection changes', () => {
  function callWithTool() {
    let finish: (answer: ToolAnswer) => void = () => undefined;
    const placed = greetedCall({}, () => new Promise((resolve) => (finish = resolve)));
    return {
      ...placed,
      done: async () => {
        finish({ id: 'a', name: 'look_up', response: { output: 7 } });
        await settle();
      },
    };
  }

  it('is answered by id where the session knows of the call', async () => {
    const { model, models, done } = callWithTool();
    model.handlers.onToolCalls([{ id: 'a', name: 'look_up', args: {} }]);
    model.handlers.onResumable('handle-2');
    model.handlers.onClosed(lost);
    await done();
    models.last.handlers.onReady();
    expect(models.last.answers).toEqual([{ id: 'a', name: 'look_up', response: { output: 7 } }]);
  });

  it('is told of in words where it does not', async () => {
    const { model, models, done } = callWithTool();
    model.handlers.onToolCalls([{ id: 'a', name: 'look_up', args: {} }]);
    model.handlers.onClosed(lost);
    models.last.handlers.onReady();
    await done();
    expect(models.last.answers).toEqual([]);
    expect(models.last.texts.at(-1)).toMatch(/look_up.*7/);
  });
});

describe('instructions and tools that were changed in mid-session', () => {
  const narrowed = { instructions: 'Say goodbye.', tools: ['hang_up'] };
  const declarations = ['look_up', 'hang_up'].map((name) => ({ name, description: name }));

  function callWithTools() {
    let updated: boolean | undefined;
    const placed = greetedCall({
      tools: scriptedTools(
        async ({ id, name }, { actions }) => {
          updated = actions.updateContext(narrowed);
          return Promise.resolve({ id, name, response: {} });
        },
        { declarations },
      ),
    });
    return { ...placed, updated: () => updated };
  }

  it('are what a session that takes over begins with', async () => {
    const { model, models, updated } = callWithTools();
    model.handlers.onToolCalls([{ id: 'a', name: 'look_up', args: {} }]);
    await settle();
    const told = { instructions: 'Say goodbye.', tools: [declarations[1]] };
    expect(updated()).toBe(true);
    expect(model.contexts).toEqual([told]);
    model.handlers.onClosed(lost);
    expect(models.last.context).toEqual(told);
  });

  it('stay as they were where the model cannot be told', async () => {
    const { model, models, updated } = callWithTools();
    model.takesUpdates = false;
    model.handlers.onToolCalls([{ id: 'a', name: 'look_up', args: {} }]);
    await settle();
    expect(updated()).toBe(false);
    model.handlers.onClosed(lost);
    expect(models.last.context).toBeUndefined();
  });
});
