import { describe, expect, it } from 'vitest';
import { ToolError } from '../../../src/errors.js';
import { limitedTool, type ToolLimits } from '../../../src/tools/limited-tool.js';
import type { CallActions, Tool, TurnCounts } from '../../../src/tools/tool.js';
import { createToolbox } from '../../../src/tools/toolbox.js';
import { ManualClock } from '../../support/manual-clock.js';
import { scriptedActions } from '../../support/scripted-actions.js';

const parameters = {
  type: 'object',
  properties: { day: { type: 'string' }, count: { type: 'integer', default: 1 } },
  required: ['day'],
};

/** One tool in one toolbox, called by as many calls as a test begins. */
function setUp(limits: ToolLimits, run: Tool['run'] = () => Promise.resolve('done')) {
  const clock = new ManualClock();
  const ran: unknown[] = [];
  const tool: Tool = {
    declaration: { name: 'book', description: 'Books.', parameters },
    timeoutMs: 5000,
    run(args, context) {
      ran.push(args);
      return run(args, context);
    },
  };
  const toolbox = createToolbox([limitedTool(tool, limits, clock, 'book')], { clock });
  /** @param memory that of the call which goes on; by default another one begins */
  function beginCall(memory: object = {}) {
    const turns: TurnCounts = { agent: 0, caller: 0 };
    const actions: CallActions = scriptedActions({ turns: () => turns });
    return {
      memory,
      turns,
      book: async (args: Record<string, unknown> = { day: 'monday' }, signal = new AbortController().signal) => {
        const answer = await toolbox.run(
          { id: 'c', name: 'book', args },
          { callSid: 'CA1', memory, variables: {}, signal, actions, onUpdate: () => undefined },
        );
        return answer?.response;
      },
      /** The agent asks, and the caller says something. */
      ask: () => {
        turns.agent += 1;
        turns.caller = turns.agent;
      },
    };
  }
  return { clock, ran, beginCall, ...beginCall() };
}

const asked = { output: { status: 'not_done_yet', note: expect.stringContaining('ask whether to go ahead') } };
const askedAlready = { output: { status: 'not_done_yet', note: expect.stringContaining('has not answered') } };

/** Lets a wait for late words pass, if there is one. */
async function afterLateWords<T>(clock: ManualClock, running: Promise<T>): Promise<T> {
  await new Promise((resolve) => setImmediate(resolve));
  clock.advance(1500);
  return await running;
}

describe('a tool that needs the consent of the caller', () => {
  it('runs when it is asked for again after the caller has answered', async () => {
    const { book, ask, ran } = setUp({ confirm: true });
    expect(await book()).toEqual(asked);
    expect(ran).toEqual([]);
    ask();
    expect(await book()).toEqual({ output: 'done' });
    expect(ran).toEqual([{ day: 'monday', count: 1 }]);
  });

  it('does not run while the caller has not answered', async () => {
    const { book, turns, ran, clock } = setUp({ confirm: true });
    await book();
    expect(await afterLateWords(clock, book())).toEqual(askedAlready);
    turns.agent = 1;
    expect(await afterLateWords(clock, book()), 'the agent has only asked').toEqual(askedAlready);
    expect(ran).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not take for an answer what the caller said before', async () => {
    const { book, turns, ran, clock } = setUp({ confirm: true });
    turns.agent = 2;
    await book();
    turns.caller = 2;
    expect(await afterLateWords(clock, book())).toEqual(askedAlready);
    expect(ran).toEqual([]);
  });

  it('waits a moment for words that come later than the call they made', async () => {
    const { book, turns, clock } = setUp({ confirm: true });
    await book();
    turns.agent = 1;
    const second = book();
    await new Promise((resolve) => setImmediate(resolve));
    turns.caller = 1;
    expect(await afterLateWords(clock, second)).toEqual({ output: 'done' });
  });

  it('asks again for other arguments, and does not forget the first', async () => {
    const { book, ask, ran } = setUp({ confirm: true });
    await book({ day: 'monday' });
    ask();
    expect(await book({ day: 'tuesday' })).toEqual(asked);
    expect(await book({ count: '1', day: 'monday' }), 'the same arguments, written otherwise').toEqual({
      output: 'done',
    });
    ask();
    expect(await book({ day: 'tuesday' })).toEqual({ output: 'done' });
    expect(ran).toEqual([
      { day: 'monday', count: 1 },
      { day: 'tuesday', count: 1 },
    ]);
  });

  it('asks anew each time', async () => {
    const { book, ask } = setUp({ confirm: true });
    await book();
    ask();
    await book();
    expect(await book()).toEqual(asked);
  });

  it('remembers eight questions and forgets the oldest', async () => {
    const { book, ask } = setUp({ confirm: true });
    for (let day = 0; day < 9; day += 1) await book({ day: `day ${day}` });
    ask();
    expect(await book({ day: 'day 8' })).toEqual({ output: 'done' });
    expect(await book({ day: 'day 0' })).toEqual(asked);
  });

  it('keeps the calls apart', async () => {
    const { book, ask, beginCall, ran } = setUp({ confirm: true });
    await book();
    const other = beginCall();
    other.ask();
    expect(await other.book()).toEqual(asked);
    ask();
    expect(await book()).toEqual({ output: 'done' });
    expect(ran).toHaveLength(1);
  });

  it('asks anew when the call has come back: the answer was to another conversation', async () => {
    const { book, beginCall, memory, ran } = setUp({ confirm: true });
    await book();
    const back = beginCall(memory);
    back.ask();
    expect(await back.book()).toEqual(asked);
    back.ask();
    expect(await back.book()).toEqual({ output: 'done' });
    expect(ran).toHaveLength(1);
  });

  it('is not asked for while its arguments do not fit', async () => {
    const { book, ask } = setUp({ confirm: true });
    expect(await book({})).toMatchObject({ error: expect.stringContaining('do not fit') });
    ask();
    expect(await book()).toEqual(asked);
  });

  it('leaves no timer when it is called off while it waits', async () => {
    const { book, clock } = setUp({ confirm: true });
    await book();
    const callingOff = new AbortController();
    const second = book({ day: 'monday' }, callingOff.signal);
    await new Promise((resolve) => setImmediate(resolve));
    expect(clock.pendingTimers).toBe(2);
    callingOff.abort();
    expect(await second).toBeUndefined();
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('a tool that is done once in a call', () => {
  const limits = { oncePerCall: true };
  const refused = { error: expect.stringContaining('or may have been; it is done once'), retryable: false };

  it('is not done again in this call, and is in another', async () => {
    const { book, beginCall, ran } = setUp(limits);
    expect(await book()).toEqual({ output: 'done' });
    expect(await book({ day: 'friday' })).toEqual(refused);
    expect(await beginCall().book()).toEqual({ output: 'done' });
    expect(ran).toHaveLength(2);
  });

  it('is not done again when the call was put through meanwhile and has come back', async () => {
    const { book, beginCall, memory } = setUp(limits);
    expect(await book()).toEqual({ output: 'done' });
    const back = beginCall(memory);
    expect(await back.book()).toEqual(refused);
  });

  it('is not done twice at once', async () => {
    let finish: (value: string) => void = () => undefined;
    const { book, ran } = setUp(limits, () => new Promise((resolve) => (finish = resolve)));
    const first = book();
    expect(await book()).toEqual({ error: 'this is being done already; wait for it', retryable: false });
    finish('done');
    expect(await first).toEqual({ output: 'done' });
    expect(ran).toHaveLength(1);
  });

  it.each<[string, Error, boolean]>([
    ['the service refused it', new ToolError('TOOL_HTTP_STATUS', 'refused', { status: 422 }), true],
    ['the service was not ready', new ToolError('TOOL_HTTP_STATUS', 'later', { status: 503, retryable: true }), true],
    ['the service could not be reached', new ToolError('TOOL_FAILED', 'no', { retryable: true }), true],
    ['an argument did not fit', new ToolError('TOOL_ARGUMENTS', 'no'), true],
    ['it never began', new ToolError('TOOL_FAILED', 'no', { untouched: true }), true],
    ['the service failed', new ToolError('TOOL_HTTP_STATUS', 'oh', { status: 500 }), false],
    ['the connection broke', new ToolError('TOOL_FAILED', 'oh'), false],
    ['it threw', new Error('oh'), false],
  ])('after %s it runs again: %3$s', async (_why, error: Error, runsAgain) => {
    let runs = 0;
    const { book } = setUp(limits, () => {
      runs += 1;
      return runs === 1 ? Promise.reject(error) : Promise.resolve('done');
    });
    expect(await book()).toHaveProperty('error');
    expect(await book()).toEqual(runsAgain ? { output: 'done' } : refused);
  });

  it('counts a run that ran out of time or was called off as one that may have taken effect', async () => {
    const late = setUp(limits, () => new Promise(() => undefined));
    const first = late.book();
    late.clock.advance(5000);
    expect(await first).toMatchObject({ error: expect.stringContaining('no answer') });
    expect(await late.book()).toEqual(refused);

    const off = setUp(limits, () => new Promise(() => undefined));
    const callingOff = new AbortController();
    const second = off.book({ day: 'monday' }, callingOff.signal);
    callingOff.abort();
    expect(await second).toBeUndefined();
    expect(await off.book()).toEqual(refused);
  });

  it('needs consent first where that is asked, too', async () => {
    const { book, ask } = setUp({ confirm: true, oncePerCall: true });
    expect(await book()).toEqual(asked);
    ask();
    expect(await book()).toEqual({ output: 'done' });
    expect(await book()).toEqual(refused);
  });
});

describe('a tool with a bound on its runs', () => {
  it('runs so often in a call, failures included', async () => {
    let runs = 0;
    const { book, beginCall } = setUp({ maxPerCall: 2 }, () => {
      runs += 1;
      return runs === 1 ? Promise.reject(new Error('oh')) : Promise.resolve(runs);
    });
    expect(await book()).toHaveProperty('error');
    expect(await book()).toEqual({ output: 2 });
    expect(await book()).toEqual({ error: 'this can be done 2 times in a call, and no more', retryable: false });
    expect(await beginCall().book()).toEqual({ output: 3 });
  });
});

describe('undoing what a limited tool did', () => {
  function undoable(limits: ToolLimits) {
    const undone: unknown[] = [];
    const tool: Tool = {
      declaration: { name: 'book', description: 'Books.' },
      timeoutMs: 5000,
      run: () => Promise.resolve('done'),
      undo: (_args, { toolCallId }) => Promise.resolve(undone.push(toolCallId)),
    };
    const clock = new ManualClock();
    const toolbox = createToolbox([limitedTool(tool, limits, clock, 'book')], { clock });
    const context = {
      callSid: 'CA1',
      memory: {},
      variables: {},
      signal: new AbortController().signal,
      actions: scriptedActions(),
      onUpdate: () => undefined,
    };
    return {
      undone,
      book: async (id: string) => (await toolbox.run({ id, name: 'book', args: {} }, context))?.response,
      undo: (id: string) => toolbox.undo({ id, name: 'book', args: {} }, context, undefined),
    };
  }

  it('is not done for a question to the caller, which did nothing', async () => {
    const { book, undo, undone } = undoable({ confirm: true });
    expect(await book('a')).toEqual(asked);
    expect(await undo('a')).toBeUndefined();
    expect(undone).toEqual([]);
  });

  it('lets it be done once more', async () => {
    const { book, undo, undone } = undoable({ oncePerCall: true });
    await book('a');
    expect(await book('b')).toHaveProperty('error');
    await undo('b');
    expect(undone).toEqual([]);
    await undo('a');
    expect(undone).toEqual(['a']);
    expect(await book('c')).toEqual({ output: 'done' });
  });
});

it('a tool without limits stays what it is', () => {
  const tool: Tool = { declaration: { name: 'a', description: 'b' }, timeoutMs: 1, run: () => Promise.resolve() };
  expect(limitedTool(tool, {}, new ManualClock(), 'a')).toBe(tool);
});
