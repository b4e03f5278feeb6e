import { describe, expect, it } from 'vitest';
import type { ToolCall } from '../../../src/tools/tool.js';
import { activeCall } from '../../support/placed-call.js';
import { speech } from '../../support/scripted-legs.js';
import { settle } from '../../support/watched-call.js';

describe('barge-in', () => {
  it('clears the carrier exactly once and drops what still comes of the old turn', () => {
    const { caller, model } = activeCall();
    model.speak(2_000);
    const sent = caller.audio.length;
    model.handlers.onInterrupted();
    model.speak(240);
    expect(caller.log.filter((entry) => entry === 'clear')).toHaveLength(1);
    expect(caller.audio).toHaveLength(sent);
    model.handlers.onTurnComplete(undefined);
    model.speak(240);
    expect(caller.audio.length).toBeGreaterThan(sent);
  });

  it('never swallows the reply to a caller who cut into the rest of a finished turn', () => {
    const { caller, model } = activeCall();
    model.speak(5_000);
    model.handlers.onGenerationComplete();
    model.handlers.onTurnComplete(undefined);
    model.handlers.onInterrupted();
    const sent = caller.audio.length;
    model.speak(240);
    expect(caller.audio.length).toBeGreaterThan(sent);
  });

  it('tells what was sent and heard of the cut turn, not counting marks that the clear brought back', () => {
    const { caller, model, events } = activeCall();
    model.handlers.onTranscript('agent', 'A long story.');
    for (let chunk = 0; chunk < 10; chunk += 1) model.speak(200);
    caller.marks.splice(0, 3).forEach((name) => caller.handlers.onMarkReached(name));
    model.handlers.onInterrupted();
    caller.hearAll();
    const cut = events.find((event) => event.type === 'turn');
    expect(cut).toMatchObject({
      speaker: 'agent',
      cutOff: true,
      pii: { text: 'A long story.', heard: 'A long', unheard: ' story.' },
    });
    const interrupted = events.find((event) => event.type === 'interrupted');
    expect(interrupted).toMatchObject({ generation: 1 });
    if (interrupted?.type !== 'interrupted') throw new Error('no interruption was told');
    expect(interrupted.heardMs).toBeGreaterThanOrEqual(590);
    expect(interrupted.heardMs).toBeLessThan(800);
    expect(interrupted.sentMs).toBeGreaterThan(1_900);
    expect(events.some((event) => event.type === 'reply-heard')).toBe(false);
  });
});

describe('the greeting', () => {
  const greeting = 'Greet the caller.';

  it('is asked for once, when the session stands', () => {
    const { model } = activeCall({ greeting });
    expect(model.texts).toEqual([greeting]);
  });

  it('is protected: the model hears silence until it was heard, then the caller’s last second', () => {
    const { caller, model, talk, types } = activeCall({ greeting });
    model.speak(400);
    talk(400);
    const silent = model.heard.every((pcm) => pcm.every((byte) => byte === 0));
    expect(model.heardMs).toBe(400);
    expect(silent).toBe(true);
    model.handlers.onGenerationComplete();
    expect(types()).not.toContain('greeting-released');
    caller.hearAll();
    expect(types()).toContain('greeting-released');
    expect(model.heardMs).toBe(800);
    talk(100, 400);
    expect(model.heardMs).toBe(900);
  });

  it('is protected for eight seconds at most', () => {
    const { model, talk, events } = activeCall({ greeting });
    model.speak(20_000);
    talk(8_100);
    expect(events.find((event) => event.type === 'greeting-released')).toMatchObject({ by: 'timeout' });
    expect(model.heardMs).toBe(9_100);
  });

  it('gives way to more than a second of speech', () => {
    const { caller, clock, model, events } = activeCall({ greeting });
    model.speak(6_000);
    // A loud 300 Hz square wave in µ-law, 20 ms at a time.
    const loud = Uint8Array.from({ length: 160 }, (_, index) => (index % 27 < 13 ? 0x90 : 0x10));
    for (let at = 0; at < 2_000; at += 20) {
      caller.handlers.onAudio(at < 200 ? new Uint8Array(160).fill(0xff) : loud, at);
      clock.advance(20);
    }
    expect(events.find((event) => event.type === 'greeting-released')).toMatchObject({ by: 'speech' });
  });

  it('lets the caller through at once when the model answers it with nothing', () => {
    const { model, events } = activeCall({ greeting });
    model.handlers.onTurnComplete('NEED_MORE_INPUT');
    expect(events.find((event) => event.type === 'greeting-released')).toMatchObject({ by: 'empty' });
  });

  it('is not protected where the agent does not ask for it', () => {
    const { model, talk } = activeCall({ greeting, protectGreeting: false });
    talk(100);
    expect(model.heard.some((pcm) => pcm.some((byte) => byte !== 0))).toBe(true);
  });
});

describe('tools', () => {
  const call = (id: string, name = 'look_up'): ToolCall => ({ id, name, args: {} });

  it('run together, and each is answered as it is done', async () => {
    const done = new Map<string, () => void>();
    const { model } = activeCall({}, ({ id, name }) => {
      return new Promise((resolve) => done.set(id, () => resolve({ id, name, response: { output: id } })));
    });
    model.handlers.onToolCalls([call('a'), call('b')]);
    done.get('b')!();
    await settle();
    expect(model.answers.map((answer) => answer.id)).toEqual(['b']);
    done.get('a')!();
    await settle();
    expect(model.answers.map((answer) => answer.id)).toEqual(['b', 'a']);
  });

  it('that are cancelled stop, and are not answered', async () => {
    let aborted = false;
    const { model, events } = activeCall({}, ({ id, name }, { signal }) => {
      return new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          aborted = true;
          resolve({ id, name, response: { output: 'too late' } });
        });
      });
    });
    model.handlers.onToolCalls([call('a')]);
    model.handlers.onToolCallsCancelled(['a', 'unknown']);
    await settle();
    expect(aborted).toBe(true);
    expect(model.answers).toEqual([]);
    expect(events.filter((event) => event.type === 'tool').map((event) => event.phase)).toEqual([
      'called',
      'cancelled',
    ]);
  });

  it('stop when the caller leaves', () => {
    let aborted = false;
    const { leave, model } = activeCall({}, (_call, { signal }) => {
      signal.addEventListener('abort', () => (aborted = true));
      return new Promise(() => undefined);
    });
    model.handlers.onToolCalls([call('a')]);
    leave();
    expect(aborted).toBe(true);
  });

  it('let the agent hang up after its goodbye was heard to the last mark', async () => {
    const { caller, clock, model, outcomes } = activeCall({}, ({ id, name }, { actions }) => {
      actions.hangUp('done');
      return Promise.resolve({ id, name, response: { output: { status: 'ending' } } });
    });
    model.speak(800);
    model.handlers.onToolCalls([call('h', 'hang_up')]);
    await settle();
    expect(model.answers).toHaveLength(1);
    model.handlers.onAudio(speech(700));
    model.handlers.onGenerationComplete();
    model.handlers.onTurnComplete(undefined);
    clock.advance(5_000);
    expect(caller.closed).toBeUndefined();
    caller.hearAll();
    clock.advance(1_000);
    expect(caller.closed?.code).toBe(1000);
    expect(outcomes).toEqual([{ reason: 'agent-hung-up' }]);
  });

  it('wait for a goodbye that the model begins only after the answer', async () => {
    const { caller, clock, model } = activeCall({}, ({ id, name }, { actions }) => {
      actions.hangUp('done');
      return Promise.resolve({ id, name, response: {} });
    });
    model.handlers.onToolCalls([call('h', 'hang_up')]);
    await settle();
    clock.advance(2_000);
    expect(caller.closed).toBeUndefined();
    model.speak(700);
    model.handlers.onGenerationComplete();
    model.handlers.onTurnComplete(undefined);
    caller.hearAll();
    clock.advance(1_000);
    expect(caller.closed?.code).toBe(1000);
  });

  it('end the call soon when the model has nothing more to say', async () => {
    const { caller, clock, model } = activeCall({}, ({ id, name }, { actions }) => {
      actions.hangUp('done');
      return Promise.resolve({ id, name, response: {} });
    });
    model.handlers.onToolCalls([call('h', 'hang_up')]);
    await settle();
    model.handlers.onTurnComplete(undefined);
    clock.advance(1_000);
    expect(caller.closed?.code).toBe(1000);
  });

  it('end the call all the same when the goodbye is never confirmed', () => {
    const { caller, clock, model } = activeCall({}, ({ id, name }, { actions }) => {
      actions.hangUp('done');
      return Promise.resolve({ id, name, response: {} });
    });
    model.speak(800);
    model.handlers.onToolCalls([call('h', 'hang_up')]);
    clock.advance(29_999);
    expect(caller.closed).toBeUndefined();
    clock.advance(1);
    expect(caller.closed?.code).toBe(1000);
  });
});

describe('a turn of several utterances', () => {
  function saying() {
    const placed = activeCall();
    const { model, clock, events } = placed;
    return {
      ...placed,
      say: (text: string) => {
        model.handlers.onTranscript('agent', text);
        model.speak(500);
        model.handlers.onGenerationComplete();
        model.handlers.onUtteranceComplete(undefined);
        clock.advance(2_000);
      },
      turns: () => events.flatMap((event) => (event.type === 'turn' ? [`${event.speaker}: ${event.pii.text}`] : [])),
    };
  }

  it('is one turn, over when the model is idle', () => {
    const { model, say, turns } = saying();
    say('Let me look.');
    expect(turns()).toEqual([]);
    say('From nine to five.');
    model.handlers.onTurnComplete(undefined);
    expect(turns()).toEqual(['agent: Let me look. From nine to five.']);
  });

  it('is over when the caller speaks, or types, after one of them', () => {
    const { call, model, say, turns } = saying();
    model.handlers.onTranscript('caller', 'When?');
    say('Let me look.');
    model.handlers.onTranscript('caller', 'And where?');
    say('At the harbour.');
    call.say('Please hurry.');
    say('From nine to five.');
    model.handlers.onTurnComplete(undefined);
    expect(turns()).toEqual([
      'caller: When?',
      'agent: Let me look.',
      'caller: And where?',
      'agent: At the harbour.',
      'caller: Please hurry.',
      'agent: From nine to five.',
    ]);
  });

  it('does not take what comes after an interruption for late, though the turn goes on', () => {
    const { caller, model } = saying();
    model.speak(500);
    model.handlers.onInterrupted();
    model.handlers.onUtteranceComplete(undefined);
    const sent = caller.audio.length;
    model.speak(200);
    expect(caller.audio.length).toBeGreaterThan(sent);
  });
});
