import { describe, expect, it } from 'vitest';
import { createGuardedDispatchers } from '../../../src/tools/guarded-dispatcher.js';
import { createHttpTool, type HttpToolOptions } from '../../../src/tools/http-tool.js';
import type { ToolAnswer } from '../../../src/tools/tool.js';
import { createToolbox } from '../../../src/tools/toolbox.js';
import { startLocalServer } from '../../support/local-server.js';
import { ManualClock } from '../../support/manual-clock.js';
import { scriptedActions } from '../../support/scripted-actions.js';

const call = { id: 'call-7', name: 'book', args: { day: 'monday' } };
const context = { callSid: 'CA1', variables: { caller: { number: '+15550001111' } } };

function toolboxFor(options: Pick<HttpToolOptions, 'request' | 'undo'>, allowPrivateHosts: string[]) {
  const dispatchers = createGuardedDispatchers();
  const clock = new ManualClock();
  const declaration = { name: 'book', description: 'Books.', parameters: { type: 'object' } };
  const tool = createHttpTool({ declaration, timeoutMs: 5000, allowPrivateHosts, ...options }, { dispatchers, clock });
  const toolbox = createToolbox([tool], { clock });
  return {
    undo: (answer?: ToolAnswer) => toolbox.undo(call, context, answer),
    run: () =>
      toolbox.run(call, {
        ...context,
        signal: new AbortController().signal,
        memory: {},
        actions: scriptedActions(),
        onUpdate: () => undefined,
      }),
    [Symbol.asyncDispose]: () => dispatchers[Symbol.asyncDispose](),
  };
}

const done: ToolAnswer = { id: 'call-7', name: 'book', response: { output: { id: 'b 1' } } };

describe('what undoes an HTTP tool', () => {
  it('is one request, made from the arguments, the call and the result', async () => {
    await using server = await startLocalServer((_request, response) => response.writeHead(204).end());
    const undo = {
      method: 'POST' as const,
      url: `${server.origin}/bookings/{{ result.id | url_encode }}/cancel`,
      headers: { authorization: 'Bearer t' },
      body: { day: '{{ args.day }}', caller: '{{ caller.number }}', result: '{{ result }}' },
    };
    await using tool = toolboxFor({ request: { method: 'POST', url: server.origin }, undo }, ['127.0.0.1']);
    expect((await tool.undo(done))?.response).toEqual({ output: { status: 'ok' } });
    expect(server.requests).toMatchObject([
      {
        method: 'POST',
        path: '/bookings/b%201/cancel',
        headers: { authorization: 'Bearer t', 'idempotency-key': 'CA1:call-7:undo' },
        body: '{"day":"monday","caller":"+15550001111","result":{"id":"b 1"}}',
      },
    ]);
  });

  it('is sent without a result where the url needs none, and not at all where it does', async () => {
    await using server = await startLocalServer((_request, response) => response.end('{}'));
    const request = { method: 'POST' as const, url: server.origin };
    const byDay = {
      method: 'DELETE' as const,
      url: `${server.origin}/days/{{ args.day }}`,
      body: { id: '{{ result.id }}' },
    };
    await using knowing = toolboxFor({ request, undo: byDay }, ['127.0.0.1']);
    await knowing.undo();
    expect(server.requests).toMatchObject([{ path: '/days/monday', body: '{}' }]);
    const byId = { method: 'DELETE' as const, url: `${server.origin}/bookings/{{ result.id }}` };
    await using needing = toolboxFor({ request, undo: byId }, ['127.0.0.1']);
    expect((await needing.undo())?.response['error']).toMatch(/not known/);
    expect(server.requests).toHaveLength(1);
  });

  it('goes nowhere that the tool may not go, and says what the service said', async () => {
    await using server = await startLocalServer((_request, response) => response.writeHead(500).end('no'));
    const options = {
      request: { method: 'POST' as const, url: server.origin },
      undo: { method: 'POST' as const, url: server.origin },
    };
    await using barred = toolboxFor(options, []);
    expect((await barred.undo(done))?.response['error']).toMatch(/not a public address/);
    await using allowed = toolboxFor(options, ['127.0.0.1']);
    expect((await allowed.undo(done))?.response).toMatchObject({ status: 500 });
    expect(server.requests).toHaveLength(1);
  });
});

describe('whether a request may have had an effect', () => {
  const POST = 'POST' as const;

  it.each<[string, number, boolean]>([
    ['refused', 409, true],
    ['failed', 500, false],
    ['answered with something else', 200, false],
  ])('is known of one that was %s (%d)', async (_how, status, untouched) => {
    await using server = await startLocalServer((_request, response) =>
      response.writeHead(status, { 'content-type': 'image/png' }).end('x'),
    );
    await using tool = toolboxFor({ request: { method: POST, url: server.origin } }, ['127.0.0.1']);
    expect((await tool.run())?.untouched ?? false).toBe(untouched);
  });

  it('is known of one that never arrived', async () => {
    const gone = await startLocalServer(() => undefined);
    await gone[Symbol.asyncDispose]();
    await using tool = toolboxFor({ request: { method: POST, url: gone.origin } }, ['127.0.0.1']);
    expect((await tool.run())?.untouched).toBe(true);
    await using barred = toolboxFor({ request: { method: POST, url: gone.origin } }, []);
    expect((await barred.run())?.untouched).toBe(true);
  });

  it('is not known once it was sent on: whoever did so may have done it first', async () => {
    await using server = await startLocalServer(({ path }, response) =>
      path === '/' ? response.writeHead(303, { location: '/gone' }).end() : response.writeHead(404).end(),
    );
    await using tool = toolboxFor({ request: { method: POST, url: `${server.origin}/` } }, ['127.0.0.1']);
    const answer = await tool.run();
    expect(answer?.response).toMatchObject({ status: 404 });
    expect(answer?.untouched).toBeUndefined();
  });

  it('is not known of one whose connection broke', async () => {
    await using server = await startLocalServer((_request, response) => response.destroy());
    await using tool = toolboxFor({ request: { method: POST, url: server.origin } }, ['127.0.0.1']);
    expect(await tool.run()).not.toHaveProperty('untouched');
  });
});
