import { describe, expect, it } from 'vitest';
import { Call, type CallPlan } from '../../../src/call/call.js';
import type { CallEvent } from '../../../src/call/events.js';
import type { CallOutcome } from '../../../src/call/ports.js';
import { ModelError } from '../../../src/errors.js';
import type { ToolAnswer, ToolCall, ToolContext } from '../../../src/tools/tool.js';
import { ManualClock } from '../../support/manual-clock.js';
import { callStart, ScriptedCaller, ScriptedModels, speech } from '../../support/scripted-legs.js';

const lost = new ModelError('MODEL_UNAVAILABLE', 'gone', { phase: 'conversation', closeCode: 1011, retryable: true });
const FRAME = new Uint8Array(160).fill(0x12);

type ToolRun = (call: ToolCall, context: Omit<ToolContext, 'toolCallId'>) => Promise<ToolAnswer | undefined>;

function placeCall(plan: Partial<CallPlan> = {}, run: ToolRun = () => Promise.resolve(undefined)) {
  const clock = new ManualClock();
  const caller = new ScriptedCaller();
  const models = new ScriptedModels();
  const events: CallEvent[] = [];
  const outcomes: CallOutcome[] = [];
  const call = new Call({
    clock,
    acceptCaller: caller.accept,
    planCall: (start) => ({
      agent: start.agent,
      openModel: models.open,
      maxCallMs: 60_000,
      protectGreeting: true,
      digits: 'to_model',
      keepTranscript: { caller: true, agent: true },
      uplinkMs: 20,
      tools: { run },
      variables: {},
      ...plan,
    }),
    observe: (event) => events.push(event),
    onEnded: (_callSid, outcome) => outcomes.push(outcome),
  });
  const talk = (ms: number, fromMs = 0) => {
    for (let at = 0; at < ms; at += 20) {
      caller.handlers.onAudio(FRAME, fromMs + at);
      clock.advance(20);
    }
  };
  return {
    clock,
    caller,
    models,
    events,
    outcomes,
    call,
    talk,
    types: () => events.map((event) => event.type),
    start: () => {
      caller.handlers.onStarted(callStart());
      return models.last;
    },
    /** The caller's socket reports that it is gone. */
    leave: (reason: 'stopped' | 'disconnected' = 'stopped') => caller.handlers.onClosed(reason),
  };
}

function activeCall(plan: Partial<CallPlan> = {}, run?: ToolRun) {
  const placed = placeCall(plan, run);
  const model = placed.start();
  model.handlers.onReady();
  return { ...placed, model };
}

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
    expect(model.heardBytes).toBe(500 * 32);
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
    const { call, caller, clock, models, start } = placeCall();
    start();
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      expect(models.opened).toHaveLength(attempt);
      models.last.handlers.onClosed(lost);
      clock.advance(2_000);
    }
    expect(caller.closed?.code).toBe(1011);
    caller.handlers.onClosed('closed');
    await expect(call.finished).resolves.toMatchObject({ reason: 'model-failed', error: lost });
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
    expect(next.texts).toEqual([]);
    expect(next.heardBytes).toBe(200 * 32);
    expect(caller.closed).toBeUndefined();
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
    expect(cut).toMatchObject({ speaker: 'agent', cutOff: true, pii: { text: 'A long story.' } });
    const interrupted = events.find((event) => event.type === 'interrupted');
    expect(interrupted).toMatchObject({ generation: 1 });
    if (interrupted?.type !== 'interrupted') throw new Error('no interruption was told');
    expect(interrupted.heardMs).toBeGreaterThanOrEqual(600);
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
    expect(model.heardBytes).toBe(400 * 32);
    expect(silent).toBe(true);
    model.handlers.onGenerationComplete();
    expect(types()).not.toContain('greeting-released');
    caller.hearAll();
    expect(types()).toContain('greeting-released');
    expect(model.heardBytes).toBe(800 * 32);
    talk(100, 400);
    expect(model.heardBytes).toBe(900 * 32);
  });

  it('is protected for eight seconds at most', () => {
    const { model, talk, events } = activeCall({ greeting });
    model.speak(20_000);
    talk(8_100);
    expect(events.find((event) => event.type === 'greeting-released')).toMatchObject({ by: 'timeout' });
    expect(model.heardBytes).toBe(9_100 * 32);
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
    await Promise.resolve();
    expect(model.answers.map((answer) => answer.id)).toEqual(['b']);
    done.get('a')!();
    await Promise.resolve();
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
    await Promise.resolve();
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
    await Promise.resolve();
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
