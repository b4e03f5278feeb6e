import { describe, expect, it } from 'vitest';
import { ConfigError, LivelineError, ToolError } from '../../../src/errors.js';
import type { Tool, ToolAnswer, ToolCall, ToolContext } from '../../../src/tools/tool.js';
import { createToolbox } from '../../../src/tools/toolbox.js';
import { ManualClock } from '../../support/manual-clock.js';
import { scriptedActions } from '../../support/scripted-actions.js';

type Run = Tool['run'];

function tool(run: Run, more: Partial<Tool> & { parameters?: Record<string, unknown> } = {}): Tool {
  const { parameters, ...rest } = more;
  const declaration = { name: 'probe', description: 'A probe.', ...(parameters && { parameters }) };
  return { declaration, timeoutMs: 5000, run, ...rest };
}

function setUp(...tools: Tool[]) {
  const clock = new ManualClock();
  const toolbox = createToolbox(tools, { clock });
  const ending = new AbortController();
  const updates: ToolAnswer[] = [];
  const context = {
    callSid: 'CA1',
    variables: {},
    signal: ending.signal,
    memory: {},
    actions: scriptedActions(),
    onUpdate: (piece: ToolAnswer) => updates.push(piece),
  };
  return {
    clock,
    toolbox,
    updates,
    undo: (call: ToolCall, answer?: ToolAnswer) => toolbox.undo(call, context, answer),
    cancel: () => {
      ending.abort();
    },
    call: (args: Record<string, unknown> = {}, name = 'probe') => toolbox.run({ id: 'call-7', name, args }, context),
  };
}

const returnsArgs: Run = (args) => Promise.resolve(args);
const noError = 'rude' as unknown as Error;
const never: Run = () => new Promise(() => undefined);

describe('answers', () => {
  it('carries the result back under the id and name of the call', async () => {
    const { call } = setUp(tool(() => Promise.resolve({ free: ['10:00'] })));
    expect(await call()).toEqual({ id: 'call-7', name: 'probe', response: { output: { free: ['10:00'] } } });
  });

  it('tells the tool its call, and shares no object with the model or the tool', async () => {
    const seen: ToolContext[] = [];
    const result = { list: [1] };
    const { call } = setUp(
      tool((_args, context) => {
        seen.push(context);
        return Promise.resolve(result);
      }),
    );
    const answer = await call();
    expect(seen).toMatchObject([{ callSid: 'CA1', toolCallId: 'call-7', variables: {} }]);
    result.list.push(2);
    expect(answer?.response).toEqual({ output: { list: [1] } });
  });

  it.each([
    [undefined, null],
    [0, 0],
    ['', ''],
    [false, false],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
  ])('writes %j as the JSON value %j', async (value, output) => {
    const { call } = setUp(tool(() => Promise.resolve(value)));
    expect((await call())?.response).toEqual({ output });
  });

  it('says when the model is to speak of it', async () => {
    const { call } = setUp(tool(returnsArgs, { whenDone: 'silent' }));
    expect(await call()).toMatchObject({ whenDone: 'silent' });
  });

  it('lists the declarations in order', () => {
    const other = { ...tool(returnsArgs), declaration: { name: 'other', description: 'Another.', blocking: true } };
    const { toolbox } = setUp(tool(returnsArgs), other);
    expect(toolbox.declarations).toEqual([{ name: 'probe', description: 'A probe.' }, other.declaration]);
  });
});

describe('arguments', () => {
  const parameters = {
    type: 'object',
    properties: {
      day: { type: 'string', enum: ['monday', 'tuesday'] },
      count: { type: 'integer', minimum: 1, default: 2 },
      who: { type: 'object', properties: { age: { type: 'number' } } },
      note: { type: 'string', format: 'unheard-of', nullable: true, example: 'x' },
    },
    required: ['day'],
  };

  it('corrects what a model writes loosely, and fills in defaults', async () => {
    const { call } = setUp(tool(returnsArgs, { parameters }));
    const args = { day: 'monday', who: { age: '42' } };
    expect((await call(args))?.response).toEqual({ output: { day: 'monday', count: 2, who: { age: 42 } } });
    expect(args, "the model's own object").toEqual({ day: 'monday', who: { age: '42' } });
  });

  it.each([
    [{}, "the arguments do not fit: must have required property 'day'"],
    [
      { day: 'sunday', count: 'many' },
      'the arguments do not fit: day must be equal to one of the allowed values: "monday", "tuesday"; count must be integer',
    ],
    [{ day: 'monday', who: { age: 'old' } }, 'the arguments do not fit: who.age must be number'],
  ])('refuses %j without running the tool', async (args, error) => {
    let runs = 0;
    const counting: Run = () => Promise.resolve((runs += 1));
    const { call } = setUp(tool(counting, { parameters }));
    expect((await call(args))?.response).toEqual({ error, retryable: false });
    expect(runs).toBe(0);
  });

  it('passes none to a tool without parameters', async () => {
    const { call } = setUp(tool(returnsArgs));
    expect((await call({ made: 'up' }))?.response).toEqual({ output: {} });
  });

  it('names the tools there are when the model asks for another', async () => {
    const { call } = setUp(tool(returnsArgs));
    expect((await call({}, 'prob'))?.response).toEqual({
      error: 'there is no tool "prob"; the tools are: probe',
      retryable: false,
    });
    expect((await call({}, 'constructor'))?.response).toHaveProperty('error');
  });
});

describe('failures', () => {
  it.each<[string, Run, Record<string, unknown>]>([
    [
      'a tool error with its status',
      () => Promise.reject(new ToolError('TOOL_HTTP_STATUS', 'no such day', { status: 404 })),
      { error: 'no such day', status: 404, retryable: false },
    ],
    [
      'the words of the service beside it',
      () => Promise.reject(new ToolError('TOOL_HTTP_STATUS', 'busy', { status: 503, retryable: true, cause: 'later' })),
      { error: 'busy', status: 503, body: 'later', retryable: true },
    ],
    ['any error', () => Promise.reject(new Error('no patient')), { error: 'no patient', retryable: false }],
    [
      'an error of the project, without its code',
      () => Promise.reject(new LivelineError('INTERNAL', 'oh')),
      { error: 'oh', retryable: false },
    ],
    [
      'a throw before the first promise',
      () => {
        throw new Error('at once');
      },
      { error: 'at once', retryable: false },
    ],
    ['something that is no error', () => Promise.reject(noError), { error: 'rude', retryable: false }],
    ['a bigint', () => Promise.resolve({ n: 1n }), { error: 'the result is no JSON value', retryable: false }],
    ['a function', () => Promise.resolve(returnsArgs), { error: 'the result is no JSON value', retryable: false }],
    [
      'more than a model should read',
      () => Promise.resolve('é'.repeat(20_000)),
      { error: 'the result is larger than 32 KiB; ask for less', retryable: false },
    ],
  ])('answers with %s', async (_name, run, response) => {
    const { call } = setUp(tool(run));
    expect((await call())?.response).toEqual(response);
  });

  it('keeps an error short', async () => {
    const { call } = setUp(tool(() => Promise.reject(new Error('x'.repeat(5000)))));
    const error = (await call())?.response['error'] as string;
    expect(error).toMatch(/^x{299}…$/);
  });
});

describe('time and cancelling', () => {
  it('answers when the time is up, aborts the tool, and leaves no timer', async () => {
    const signals: AbortSignal[] = [];
    const { call, clock } = setUp(
      tool((args, context) => {
        signals.push(context.signal);
        return never(args, context);
      }),
    );
    const answer = call();
    clock.advance(4999);
    expect(signals[0]?.aborted).toBe(false);
    clock.advance(1);
    expect((await answer)?.response).toEqual({
      error: 'no answer within 5 s; it may have taken effect all the same',
      retryable: false,
    });
    expect(signals[0]?.aborted).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  it('sends no answer for a call that is cancelled, and does not wait for the tool', async () => {
    const signals: AbortSignal[] = [];
    const { call, cancel, clock } = setUp(
      tool((args, context) => {
        signals.push(context.signal);
        return never(args, context);
      }),
    );
    const answer = call();
    cancel();
    expect(await answer).toBeUndefined();
    expect(signals[0]?.aborted).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not start what is already cancelled', async () => {
    let runs = 0;
    const { call, cancel } = setUp(tool(() => Promise.resolve((runs += 1))));
    cancel();
    expect(await call()).toBeUndefined();
    expect(runs).toBe(0);
  });

  it('ignores a tool that fails after its time', async () => {
    let fail = (_error: Error): void => undefined;
    const late: Run = () => new Promise((_resolve, reject) => (fail = reject));
    const { call, clock } = setUp(tool(late));
    const answer = call();
    clock.advance(5000);
    fail(new Error('too late'));
    expect((await answer)?.response['error']).toMatch(/^no answer within/);
  });

  it('leaves no timer behind an answer', async () => {
    const { call, clock } = setUp(tool(returnsArgs));
    await call();
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('pieces of an answer', () => {
  it('go to the call as the model will see them, before the answer', async () => {
    const { call, updates } = setUp(
      tool((_args, { update }) => {
        update({ at: new Date(0) });
        update(undefined);
        return Promise.resolve('done');
      }),
    );
    expect((await call())?.response).toEqual({ output: 'done' });
    expect(updates).toEqual([
      { id: 'call-7', name: 'probe', response: { output: { at: '1970-01-01T00:00:00.000Z' } } },
      { id: 'call-7', name: 'probe', response: { output: null } },
    ]);
  });

  it('are at most twenty, none too large, and none after the call was cancelled', async () => {
    const tools: ToolContext[] = [];
    const { call, cancel, updates } = setUp(
      tool((args, context) => {
        tools.push(context);
        context.update('é'.repeat(20_000));
        for (let count = 0; count < 30; count += 1) context.update(count);
        return never(args, context);
      }),
    );
    const answer = call();
    cancel();
    await answer;
    expect(updates).toHaveLength(19);
    tools[0]?.update('late');
    expect(updates).toHaveLength(19);
  });
});

describe('undoing', () => {
  const parameters = { type: 'object', properties: { count: { type: 'integer', default: 2 } } };
  const made = { id: 'call-7', name: 'probe', args: { count: '3' } };

  function undoable(undo: NonNullable<Tool['undo']>) {
    return setUp(tool(returnsArgs, { parameters, undo }));
  }

  it('gets the arguments that the tool got, and its result', async () => {
    const seen: unknown[] = [];
    const { toolbox, undo } = undoable((args, context) => {
      seen.push(args, context);
      return Promise.resolve('gone');
    });
    expect(toolbox.canUndo('probe')).toBe(true);
    const answer = { id: 'call-7', name: 'probe', response: { output: { booking: 5 } } };
    expect(await undo(made, answer)).toEqual({ id: 'call-7', name: 'probe', response: { output: 'gone' } });
    expect(seen).toMatchObject([{ count: 3 }, { callSid: 'CA1', toolCallId: 'call-7', result: { booking: 5 } }]);
  });

  it('knows no result of a call that failed or was cancelled', async () => {
    const seen: object[] = [];
    const { undo } = undoable((_args, context) => Promise.resolve(seen.push(context)));
    await undo(made, { id: 'call-7', name: 'probe', response: { error: 'no answer' } });
    await undo(made);
    expect(seen.map((context) => 'result' in context)).toEqual([false, false]);
  });

  it('has the time of the tool, and leaves no timer', async () => {
    const { clock, undo } = undoable(() => new Promise(() => undefined));
    const undone = undo(made);
    clock.advance(5_000);
    expect((await undone)?.response['error']).toMatch(/^no answer within 5 s/);
    expect(clock.pendingTimers).toBe(0);
  });

  it.each<[string, Error, boolean]>([
    ['an error that says so', new ToolError('TOOL_FAILED', 'no', { untouched: true }), true],
    ['arguments that it refuses', new ToolError('TOOL_ARGUMENTS', 'no'), true],
    ['an error that does not say so', new ToolError('TOOL_FAILED', 'no', { retryable: true }), false],
    ['any other error', new Error('no'), false],
  ])('is known to be needless after %s: %s', async (_name, thrown, untouched) => {
    const { call } = setUp(tool(() => Promise.reject(thrown)));
    expect((await call())?.untouched ?? false).toBe(untouched);
  });

  it('is known to be needless for arguments that do not fit', async () => {
    const { call } = setUp(tool(returnsArgs, { parameters }));
    expect(await call({ count: 'many' })).toMatchObject({ untouched: true });
    expect(await call({}, 'other')).toMatchObject({ untouched: true });
  });
});

describe('tools that cannot be used', () => {
  it.each([
    ['two of one name', [tool(returnsArgs), tool(returnsArgs)], /two tools are named "probe"/],
    ['no JSON Schema', [tool(returnsArgs, { parameters: { type: 'thing' } })], /parameters of tool "probe"/],
  ])('refuses %s', (_name, tools, message) => {
    const create = () => createToolbox(tools, { clock: new ManualClock() });
    expect(create).toThrow(ConfigError);
    expect(create).toThrow(message);
  });
});
