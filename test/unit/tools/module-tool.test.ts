import { describe, expect, it } from 'vitest';
import type { ToolDefinition, ToolModuleContext } from '../../../src/tools/define-tool.js';
import { createModuleTool } from '../../../src/tools/module-tool.js';
import { createToolbox } from '../../../src/tools/toolbox.js';
import { ManualClock } from '../../support/manual-clock.js';
import { scriptedActions } from '../../support/scripted-actions.js';

const text = 'no such day' as unknown as Error;
const nothing = undefined as unknown as Error;

const variables = {
  caller: { number: '+15550001111' },
  call: { sid: 'CA1', to: '+15550002222', direction: 'inbound', sip_headers: {}, parameters: { vip: 'yes' } },
  now: '2026-11-20T10:00:00Z',
};

function setUp(definition: ToolDefinition) {
  const clock = new ManualClock();
  const lines: string[] = [];
  const tool = createModuleTool({
    declaration: { name: 'find', description: 'Finds.', parameters: { type: 'object', properties: {} } },
    timeoutMs: 5000,
    definition,
    log: (level, { callSid, tool: name }, text) => lines.push(`${level} ${callSid} ${name}: ${text}`),
  });
  const toolbox = createToolbox([tool], { clock });
  const calling = new AbortController();
  const pieces: unknown[] = [];
  const said: string[] = [];
  const call = { id: 'call-7', name: 'find', args: { day: 'monday' } };
  return {
    clock,
    lines,
    pieces,
    said,
    cancel: () => calling.abort(),
    run: async () => {
      const answer = await toolbox.run(call, {
        callSid: 'CA1',
        variables,
        signal: calling.signal,
        memory: {},
        actions: scriptedActions({ say: (text) => said.push(text) }),
        onUpdate: ({ response }) => pieces.push(response),
      });
      return answer?.response;
    },
    undo: async (result: unknown) => {
      const answer = { id: 'call-7', name: 'find', response: { output: result } };
      return (await toolbox.undo(call, { callSid: 'CA1', variables }, answer))?.response;
    },
  };
}

describe('a tool of a module', () => {
  it('is given the arguments, and what it may know of the call', async () => {
    let seen: ToolModuleContext | undefined;
    const { run, said, pieces } = setUp({
      run(args, context) {
        seen = context;
        context.actions.say('One moment.');
        context.update('half');
        return { got: args };
      },
    });
    expect(await run()).toEqual({ output: { got: { day: 'monday' } } });
    expect(seen).toMatchObject({ caller: variables.caller, call: variables.call, idempotencyKey: 'CA1:call-7' });
    expect(said).toEqual(['One moment.']);
    expect(pieces).toEqual([{ output: 'half' }]);
  });

  it('cannot change what other tools know of the call', async () => {
    const { run } = setUp({
      run: (_args, { caller, call }) => {
        caller.number = 'changed';
        call.parameters['vip'] = 'no';
      },
    });
    await run();
    expect(variables).toMatchObject({ caller: { number: '+15550001111' }, call: { parameters: { vip: 'yes' } } });
  });

  it.each<[string, () => unknown, Record<string, unknown>]>([
    [
      'an error, at once',
      () => {
        throw new Error('no such day');
      },
      { error: 'no such day', retryable: false },
    ],
    ['an error, later', () => Promise.reject(new Error('no such day')), { error: 'no such day', retryable: false }],
    [
      'an error with what the model may know',
      () => {
        throw Object.assign(new Error('try later'), { status: 503, retryable: true });
      },
      { error: 'try later', status: 503, retryable: true },
    ],
    [
      'an error without a word',
      () => {
        throw new TypeError('');
      },
      { error: 'TypeError', retryable: false },
    ],
    [
      'text',
      () => {
        throw text;
      },
      { error: 'no such day', retryable: false },
    ],
    [
      'nothing',
      () => {
        throw nothing;
      },
      { error: 'the tool threw something that is no error', retryable: false },
    ],
    [
      'a long story',
      () => {
        throw new Error('x'.repeat(5000));
      },
      { error: `${'x'.repeat(299)}…`, retryable: false },
    ],
  ])('answers with an error when it throws %s', async (_what, run, response) => {
    expect(await setUp({ run }).run()).toEqual(response);
  });

  it.each<[string, unknown, unknown]>([
    ['nothing', undefined, { output: null }],
    ['a function', () => 1, { error: 'the result is no JSON value', retryable: false }],
    ['a big number', 7n, { error: 'the result is no JSON value', retryable: false }],
    ['too much', 'x'.repeat(40_000), { error: 'the result is larger than 32 KiB; ask for less', retryable: false }],
  ])('may return %s', async (_what, value, response) => {
    expect(await setUp({ run: () => value }).run()).toEqual(response);
  });

  it('is told when its time is up, and when it is called off', async () => {
    const signals: AbortSignal[] = [];
    const hanging: ToolDefinition = {
      run: (_args, { signal }) => {
        signals.push(signal);
        return new Promise(() => undefined);
      },
    };
    const late = setUp(hanging);
    const answer = late.run();
    late.clock.advance(5000);
    expect(await answer).toMatchObject({ error: expect.stringContaining('no answer within 5 s') });
    const off = setUp(hanging);
    const cancelled = off.run();
    off.cancel();
    expect(await cancelled).toBeUndefined();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });

  it('writes to the log, so much', async () => {
    const { run, lines } = setUp({
      run: (_args, { log }) => {
        log.info('looked');
        log.error({ toString: 'no text' } as unknown as string);
        log.warn('x'.repeat(5000));
        for (let line = 0; line < 200; line += 1) log.info('again');
      },
    });
    await run();
    expect(lines[0]).toBe('info CA1 find: looked');
    expect(lines[1]).toBe("error CA1 find: { toString: 'no text' }");
    expect(lines[2]).toHaveLength('warn CA1 find: '.length + 1000);
    expect(lines).toHaveLength(100);
  });

  it('leaves kind and place of an error in the log, and nothing of its words', async () => {
    const { run, lines } = setUp({
      run: () => {
        throw new RangeError('the caller said +15550001111');
      },
    });
    await run();
    expect(lines).toEqual([expect.stringMatching(/^warn CA1 find: the tool failed: RangeError/)]);
    expect(lines[0]).not.toContain('5550001111');
  });

  it('undoes, knowing what it gave', async () => {
    const undone: unknown[] = [];
    const { undo } = setUp({
      run: () => 'booked',
      undo: (args, { result, idempotencyKey, call }) => {
        undone.push({ args, result, idempotencyKey, sid: call.sid });
      },
    });
    expect(await undo('booked')).toEqual({ output: null });
    expect(undone).toEqual([{ args: { day: 'monday' }, result: 'booked', idempotencyKey: 'CA1:call-7', sid: 'CA1' }]);
  });
});
