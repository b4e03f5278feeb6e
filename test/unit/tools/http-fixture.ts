import type { ServerResponse } from 'node:http';
import { expect } from 'vitest';
import { createGuardedDispatchers } from '../../../src/tools/guarded-dispatcher.js';
import type { HttpRequestOptions } from '../../../src/tools/http-request.js';
import { createHttpTool } from '../../../src/tools/http-tool.js';
import { createToolbox } from '../../../src/tools/toolbox.js';
import { ManualClock } from '../../support/manual-clock.js';
import { scriptedActions } from '../../support/scripted-actions.js';
import { startLocalServer, type ReceivedRequest } from '../../support/local-server.js';

export const variables = { caller: { number: '+15550001111' }, call: { sid: 'CA1' }, now: '2026-11-20T10:00:00Z' };

type Request = Partial<HttpRequestOptions> & { url: string };

/** Runs one HTTP tool as the model would, through a toolbox. */
export function setUp(
  { result, ...request }: Request & { result?: unknown },
  allowPrivateHosts: string[] = ['127.0.0.1'],
) {
  const dispatchers = createGuardedDispatchers();
  const clock = new ManualClock();
  const tool = createHttpTool(
    {
      // Anything is an argument here: what fits is the toolbox's concern.
      declaration: { name: 'lookup', description: 'Looks up.', parameters: { type: 'object' } },
      timeoutMs: 5000,
      request: { method: 'GET', ...request },
      ...(result !== undefined && { result }),
      allowPrivateHosts,
    },
    { dispatchers, clock },
  );
  const toolbox = createToolbox([tool], { clock });
  const cancelling = new AbortController();
  return {
    clock,
    cancel: () => {
      cancelling.abort();
    },
    async run(args: Record<string, unknown> = {}) {
      const answer = await toolbox.run(
        { id: 'call-7', name: 'lookup', args },
        {
          callSid: 'CA1',
          memory: {},
          variables,
          signal: cancelling.signal,
          actions: scriptedActions(),
          onUpdate: () => undefined,
        },
      );
      return answer?.response;
    },
    [Symbol.asyncDispose]: () => dispatchers[Symbol.asyncDispose](),
  };
}

export function json(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(value));
}

/** What a server receives when the tool runs once with `args`. */
export async function received(
  request: (origin: string) => Request,
  args: Record<string, unknown>,
): Promise<ReceivedRequest> {
  await using server = await startLocalServer((_request, response) => {
    json(response, {});
  });
  await using tool = setUp(request(server.origin));
  expect(await tool.run(args)).toEqual({ output: {} });
  return server.requests[0]!;
}

/** What the tool answers when its server does this, every time it is asked. */
export async function answerTo(
  serve: (response: ServerResponse) => void,
  more: Partial<HttpRequestOptions> & { result?: unknown } = {},
) {
  await using server = await startLocalServer((_request, response) => {
    serve(response);
  });
  await using tool = setUp({ url: `${server.origin}/`, ...more });
  return await withRetries(tool, tool.run());
}

/** Lets the pause before a second request pass whenever the tool comes to it. */
export async function withRetries<T>({ clock }: { clock: ManualClock }, running: Promise<T>): Promise<T> {
  let isRunning = true;
  const answer = running.finally(() => (isRunning = false));
  // The first timer is the tool's time.
  while (await immediately(() => isRunning)) if (clock.pendingTimers > 1) clock.advance(250);
  return await answer;
}

export function immediately<T>(look: () => T): Promise<T> {
  return new Promise((resolve) => setImmediate(() => resolve(look())));
}
