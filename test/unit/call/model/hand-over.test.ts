import { describe, expect, it } from 'vitest';
import type { CallPlan } from '../../../../src/call/plan.js';
import { ModelError } from '../../../../src/errors.js';
import { settle } from '../../../support/call-with-actions.js';
import { localPlan } from '../../../support/local-call.js';
import { activeCall, scriptedTools } from '../../../support/placed-call.js';
import { ScriptedModels } from '../../../support/scripted-legs.js';

const lost = new ModelError('MODEL_CLOSED', 'gone', { phase: 'conversation', retryable: true });
const SAME = { resumesWith: 'gemini-3.8-live' };

/** `reception`, whose tool `hand_over` gives the call to the agent and with the note of its arguments. */
function receptionCall(others: Record<string, Partial<CallPlan>>, plan: Partial<CallPlan> = {}) {
  const refused: unknown[] = [];
  const placed = activeCall(
    { protectGreeting: false, maxCallMs: 600_000, ...plan },
    ({ id, name, args }, { actions, signal }) => {
      if (name === 'slow') return new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined)));
      try {
        actions.handOver(text(args['agent']), text(args['note']), { greet: args['greet'] === true });
      } catch (thrown) {
        refused.push(thrown);
      }
      return Promise.resolve({ id, name, response: { output: { status: 'handing_over' } } });
    },
    { others },
  );
  const { clock, model, models, events } = placed;
  return {
    ...placed,
    refused,
    handOver: async (args: Record<string, unknown>) => {
      models.last.handlers.onToolCalls([{ id: `h${events.length}`, name: 'hand_over', args }]);
      await settle();
    },
    /** The agent says a sentence to its end, and the session is given a handle behind it. */
    say: (text: string, handle?: string) => {
      models.last.handlers.onTranscript('agent', text);
      models.last.speak(500);
      models.last.handlers.onGenerationComplete();
      models.last.handlers.onTurnComplete(undefined);
      if (handle !== undefined) models.last.handlers.onResumable(handle);
    },
    /** The next session stands. */
    next: async (waitMs = 3_000) => {
      const before = models.opened.length;
      clock.advance(waitMs);
      await settle();
      expect(models.opened.length, 'a session was opened').toBeGreaterThan(before);
      models.last.handlers.onReady();
      return models.last;
    },
    first: model,
  };
}

const ofType = (events: readonly { type: string }[], type: string) => events.filter((event) => event.type === type);
const text = (value: unknown) => (typeof value === 'string' ? value : '');

describe('a call that is handed over', () => {
  it('goes on in the same session where the model is the same: with its handle, a note, and no greeting', async () => {
    const placed = receptionCall({ billing: { ...SAME, greeting: 'Greet the caller.' } }, SAME);
    placed.say('Hello, who is calling?', 'handle-1');
    placed.first.handlers.onTranscript('caller', 'I have a question about my bill.');
    placed.say('I put you through.');
    await placed.handOver({ agent: 'billing', note: 'Ann Bell, invoice 7' });
    placed.first.handlers.onTurnComplete(undefined);
    placed.first.handlers.onResumable('handle-2');
    const second = await placed.next(800);
    expect(placed.first.closed).toBe(true);
    expect(second).toMatchObject({ handle: 'handle-2', history: [] });
    expect(second.texts).toHaveLength(1);
    expect(second.texts[0]).toContain('Ann Bell, invoice 7');
    expect(second.texts[0]).toContain('"reception"');
    expect(second.texts[0]).not.toContain('Greet the caller.');
    expect(ofType(placed.events, 'handed-over')).toMatchObject([
      { from: 'reception', agent: 'billing', sameSession: true, pii: { note: 'Ann Bell, invoice 7' } },
    ]);
    expect(placed.call.agent).toBe('billing');
  });

  it('is the same call to the tools of both agents', async () => {
    const memories: object[] = [];
    const tools = scriptedTools(({ id, name }, { memory, actions }) => {
      memories.push(memory);
      if (name === 'hand_over') actions.handOver('billing', '');
      return Promise.resolve({ id, name, response: {} });
    });
    const placed = receptionCall({ billing: { ...SAME, tools } }, { ...SAME, tools });
    await placed.handOver({});
    const second = await placed.next();
    second.handlers.onToolCalls([{ id: 'b', name: 'remember', args: {} }]);
    await settle();
    expect(memories).toHaveLength(2);
    expect(memories[0]).toBe(memories[1]);
  });

  it('is told to a fresh session where the model is another one', async () => {
    const models = new ScriptedModels();
    const placed = receptionCall({ sales: { openModel: models.open, resumesWith: 'another-model' } }, SAME);
    placed.say('Hello, who is calling?', 'handle-1');
    await placed.handOver({ agent: 'sales', note: 'wants two' });
    placed.clock.advance(800);
    await settle();
    expect(models.last).toMatchObject({
      handle: undefined,
      history: [{ speaker: 'agent', text: 'Hello, who is calling?' }],
    });
    models.last.handlers.onReady();
    expect(models.last.texts[0]).toContain('wants two');
    expect(ofType(placed.events, 'handed-over')).toMatchObject([{ sameSession: false }]);
  });

  it('is told to a fresh session where the service gives no handle that knows of the last words', async () => {
    const placed = receptionCall({ billing: SAME }, SAME);
    placed.say('Hello.', 'handle-1');
    placed.say('I put you through.');
    await placed.handOver({ agent: 'billing', note: '' });
    placed.clock.advance(2_000);
    await settle();
    expect(placed.models.opened).toHaveLength(1);
    const second = await placed.next(600);
    expect(second.handle).toBeUndefined();
    expect(second.history.map(({ text }) => text)).toEqual(['Hello.', 'I put you through.']);
  });

  it('waits for the agent to finish its sentence, but not for ever', async () => {
    const placed = receptionCall({ billing: {} });
    placed.first.speak(500);
    await placed.handOver({ agent: 'billing' });
    placed.clock.advance(9_800);
    await settle();
    expect(placed.first.closed).toBe(false);
    await placed.next(300);
    expect(placed.first.closed).toBe(true);
  });

  it('lets the caller hear the last words to the end, and what follows behind them', async () => {
    const placed = receptionCall({ billing: {} });
    placed.say('I put you through.');
    const sent = placed.caller.sentBytes;
    await placed.handOver({ agent: 'billing' });
    const second = await placed.next();
    second.speak(400);
    expect(placed.caller.log).not.toContain('clear');
    expect(placed.caller.sentBytes).toBeGreaterThan(sent);
  });

  it('keeps what the caller says meanwhile for the agent that takes over', async () => {
    const placed = receptionCall({ billing: {} });
    await placed.handOver({ agent: 'billing' });
    placed.clock.advance(800);
    await settle();
    placed.talk(400);
    placed.models.last.handlers.onReady();
    expect(placed.models.last.heardMs).toBe(400);
  });

  it('gives the tools of all agents the same actions, by which they know what they did in the call', async () => {
    const seen = new Set<unknown>();
    const tools = scriptedTools(({ id, name, args }, { actions }) => {
      seen.add(actions);
      if (name === 'hand_over') actions.handOver(text(args['agent']), '');
      return Promise.resolve({ id, name, response: {} });
    });
    const placed = receptionCall({ billing: { tools } }, { tools });
    await placed.handOver({ agent: 'billing' });
    await placed.next();
    await placed.handOver({ agent: 'reception' });
    await placed.next();
    await placed.handOver({ agent: 'billing' });
    expect(seen.size).toBe(1);
  });

  it('has the turns found as the agent that takes over asks for it, of what was said meanwhile too', async () => {
    const heard: number[] = [];
    const createDetector = () => ({
      hear: (frame: Uint8Array) => {
        heard.push(frame.length);
        return -Infinity;
      },
      dispose: () => undefined,
    });
    const turns = localPlan({ createDetector });
    const placed = receptionCall({ billing: { turns } });
    await placed.handOver({ agent: 'billing' });
    placed.clock.advance(800);
    expect(placed.first.closed).toBe(true);
    placed.talk(400);
    expect(heard).toEqual([]);
    await settle();
    placed.models.last.handlers.onReady();
    placed.talk(200, 400);
    expect(heard.reduce((sum, bytes) => sum + bytes, 0)).toBe(600 * 8);
    // None of it was a voice: the model hears nothing.
    expect(placed.models.last.heard).toEqual([]);
  });

  it('greets anew where that is asked for', async () => {
    const placed = receptionCall({ billing: { greeting: 'Say hello for billing.' } });
    placed.say('Hello.');
    await placed.handOver({ agent: 'billing', note: 'n', greet: true });
    const second = await placed.next();
    expect(second.texts[0]).toMatch(/n[^]*\nSay hello for billing\.$/);
  });

  it('has the tools, the silence limits and the digits of the agent that takes over', async () => {
    const called: string[] = [];
    const tools = scriptedTools(({ id, name }, { variables }) => {
      called.push(`${name} ${JSON.stringify(variables)}`);
      return Promise.resolve({ id, name, response: { output: 1 } });
    });
    const variables = { caller: { number: '+15550001111' } };
    const noInput = { promptAfterMs: 5_000, hangUpAfterMs: 5_000 };
    const placed = receptionCall({ billing: { tools, variables, noInput, digits: 'ignore' } });
    await placed.handOver({ agent: 'billing' });
    const second = await placed.next();
    second.handlers.onTurnComplete(undefined);
    second.handlers.onToolCalls([{ id: 'x', name: 'find_invoice', args: {} }]);
    await settle();
    expect(called).toEqual(['find_invoice {"caller":{"number":"+15550001111"},"collected":{}}']);
    expect(second.answers.map(({ id }) => id)).toEqual(['x']);
    second.handlers.onTurnComplete(undefined);
    placed.caller.handlers.onDigit('#');
    placed.clock.advance(7_000);
    expect(second.texts.slice(1)).toEqual([expect.stringContaining('still there')]);
  });

  it('tells the agent that takes over what a tool of the one before has to say', async () => {
    let finish: () => void = () => undefined;
    const tools = scriptedTools(({ id, name, args }, { actions }) => {
      if (name === 'hand_over') {
        actions.handOver(text(args['agent']), '');
        return Promise.resolve({ id, name, response: {} });
      }
      return new Promise((resolve) => (finish = () => resolve({ id, name, response: { output: 'booked' } })));
    });
    const placed = receptionCall({ billing: SAME }, { ...SAME, tools });
    placed.first.handlers.onToolCalls([{ id: 'b', name: 'book', args: {} }]);
    placed.first.handlers.onResumable('handle-1');
    await placed.handOver({ agent: 'billing' });
    const second = await placed.next();
    finish();
    await settle();
    expect(second.answers).toEqual([]);
    expect(second.texts.at(-1)).toContain('booked');
  });

  it('knows of it when the next session is lost, and a fresh one takes its place', async () => {
    const placed = receptionCall({ billing: {} });
    placed.say('I put you through.');
    await placed.handOver({ agent: 'billing', note: 'invoice 7' });
    const second = await placed.next();
    second.handlers.onTranscript('agent', 'Billing here.');
    second.speak(200);
    second.handlers.onClosed(lost);
    const { history, texts } = placed.models.last;
    expect(history.map(({ text }) => text)).toEqual([
      'I put you through.',
      expect.stringContaining('invoice 7'),
      'Billing',
    ]);
    expect(texts.join()).not.toContain('invoice 7');
    expect(placed.call.agent).toBe('billing');
  });

  it.each([
    ['its greeting with it', true, /invoice 7[^]*\nSay hello for billing\.$/],
    ['no greeting', false, /invoice 7[^]*who you are, and go on\.\)$/],
  ])(
    'tells the agent that takes over once more when it is lost before it spoke: %s',
    async (_what, greet, expected) => {
      const placed = receptionCall({ billing: { greeting: 'Say hello for billing.' } });
      placed.say('I put you through.');
      await placed.handOver({ agent: 'billing', note: 'invoice 7', greet });
      const second = await placed.next();
      const [told = ''] = second.texts;
      expect(told).toMatch(expected);
      // Fresh sessions, of which none has heard it: it is no part of the history as well.
      second.handlers.onClosed(lost);
      const third = placed.models.last;
      expect(third.history.map(({ text }) => text)).toEqual(['I put you through.']);
      third.handlers.onReady();
      expect(third.texts).toEqual([told]);
      // The session of the one before, which is sent again what it had not taken in.
      third.handlers.onResumable('handle-3');
      third.handlers.onClosed(lost);
      placed.clock.advance(400);
      const fourth = placed.models.last;
      fourth.resent = [told];
      fourth.handlers.onReady();
      expect(fourth).toMatchObject({ handle: 'handle-3', texts: [] });
      // It has spoken: from here on it goes on.
      fourth.speak(200);
      fourth.handlers.onClosed(lost);
      placed.clock.advance(800);
      placed.models.last.handlers.onReady();
      expect(placed.models.last.texts).toEqual([expect.stringContaining('do not greet again')]);
    },
  );

  it('keeps the note of an agent that gave the call on without a word', async () => {
    const placed = receptionCall({ billing: {}, sales: {} });
    await placed.handOver({ agent: 'billing', note: 'invoice 7' });
    await placed.next();
    await placed.handOver({ agent: 'sales', note: 'wants two' });
    const third = await placed.next();
    expect(third.history.map(({ text }) => text)).toEqual([expect.stringContaining('invoice 7')]);
    expect(third.texts).toEqual([expect.stringContaining('wants two')]);
  });

  it('goes to the next agent as well when the connection breaks just then', async () => {
    const placed = receptionCall({ billing: SAME }, SAME);
    placed.say('I put you through.', 'handle-1');
    await placed.handOver({ agent: 'billing', note: 'n' });
    placed.first.handlers.onClosed(lost);
    placed.models.last.handlers.onReady();
    expect(placed.call.agent).toBe('billing');
    expect(placed.models.last.texts[0]).toContain('(You have taken over');
    placed.clock.advance(12_000);
    expect(placed.models.opened).toHaveLength(2);
  });

  it('is looked up first for an agent that wants to', async () => {
    let answer: () => void = () => undefined;
    const lookUp = () => new Promise<{ ok: true }>((resolve) => (answer = () => resolve({ ok: true })));
    const placed = receptionCall({ billing: { lookUp } });
    await placed.handOver({ agent: 'billing' });
    placed.clock.advance(5_000);
    expect(placed.first.closed).toBe(false);
    answer();
    await settle();
    await placed.next(200);
    expect(placed.call.agent).toBe('billing');
  });

  it('ends with the fallback of the agent that had it last', async () => {
    const placed = receptionCall({ billing: {} });
    await placed.handOver({ agent: 'billing' });
    const second = await placed.next();
    second.handlers.onClosed(new ModelError('MODEL_REJECTED', 'no', { phase: 'conversation' }));
    expect(placed.outcomes).toMatchObject([{ reason: 'model-failed', agent: 'billing' }]);
  });

  it.each([
    ['nobody', 'TOOL_ARGUMENTS'],
    ['reception', 'TOOL_ARGUMENTS'],
  ])('is not given to %s', async (agent, code) => {
    const placed = receptionCall({ billing: {} });
    await placed.handOver({ agent });
    expect(placed.refused).toMatchObject([{ code }]);
    placed.clock.advance(15_000);
    expect(placed.first.closed).toBe(false);
  });

  it('is not given away twice at once, nor sent round for ever', async () => {
    const placed = receptionCall({ billing: {}, sales: {} });
    await placed.handOver({ agent: 'billing' });
    await placed.handOver({ agent: 'sales' });
    expect(placed.refused).toMatchObject([{ code: 'TOOL_FAILED' }]);
    await placed.next();
    for (let round = 1; round < 10; round += 1) {
      await placed.handOver({ agent: round % 2 === 1 ? 'sales' : 'billing' });
      await placed.next();
    }
    await placed.handOver({ agent: 'billing' });
    expect(placed.refused).toHaveLength(2);
  });

  it('leaves no timer when the caller leaves before it is done', async () => {
    const placed = receptionCall({ billing: {} });
    await placed.handOver({ agent: 'billing' });
    placed.leave();
    placed.first.handlers.onClosed(undefined);
    expect(placed.clock.pendingTimers).toBe(0);
  });
});
