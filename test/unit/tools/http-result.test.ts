import type { ServerResponse } from 'node:http';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { HttpRequestOptions } from '../../../src/tools/http-request.js';
import { answerTo, immediately, json, setUp, variables, withRetries } from './http-fixture.js';
import { startLocalServer } from '../../support/local-server.js';

describe('what the model is given of an answer', () => {
  const patients = {
    total: 2,
    items: [
      { id: 7, name: 'Ann', ssn: '123' },
      { id: 8, name: 'Bo', ssn: '456' },
    ],
  };

  it.each<[string, unknown, unknown]>([
    ['a part, with its type', '{{ response.body.items[0] }}', patients.items[0]],
    ['a list, mapped', "{{ response.body.items | map: 'name' }}", ['Ann', 'Bo']],
    ['a number', '{{ response.body.total }}', 2],
    ['text', 'There are {{ response.body.total }}.', 'There are 2.'],
    [
      'a map of its own',
      {
        found: '{{ response.body.total }}',
        first: { id: '{{ response.body.items[0].id }}' },
        asked: '{{ args.name }}',
      },
      { found: 2, first: { id: 7 }, asked: 'A' },
    ],
    ['the status', '{{ response.status }}', 200],
    ['a header', "{{ response.headers['x-page'] }}", '3'],
    ['headers that came twice', '{{ response.headers.x-tag }}', 'a, b'],
    ['nothing, where there is nothing', '{{ response.body.owner }}', null],
    ['the call’s own', '{{ caller.number }}', variables.caller.number],
  ])('is %s', async (_name, result, output) => {
    await using server = await startLocalServer((_request, response) => {
      json(response.setHeader('x-page', '3').setHeader('x-tag', ['a', 'b']), patients);
    });
    await using tool = setUp({ url: server.origin, result });
    expect(await tool.run({ name: 'A' })).toEqual({ output });
  });

  it('may be picked from more than a model can read', async () => {
    const list = Array.from({ length: 4000 }, (_, id) => ({ id, note: 'x'.repeat(30) }));
    expect(await answerTo((response) => json(response, list), { result: '{{ response.body | size }}' })).toEqual({
      output: 4000,
    });
    expect(await answerTo((response) => json(response, list))).toMatchObject({
      error: expect.stringContaining('larger than 32 KiB'),
    });
  });

  it('is an error where the answer has another form', async () => {
    const result = '{{ response.body | date: response.body }}{% for a in (1..1000000) %}xx{% endfor %}';
    expect(await answerTo((response) => json(response, {}), { result })).toEqual({
      error: 'the answer of the service does not fit the `result` of this tool',
      retryable: false,
    });
  });
});

describe('a second request', () => {
  const idempotent = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'] as const;
  const others = ['POST', 'PATCH'] as const;

  /** What the tool answers where the service fails once and then works, and how often it was asked. */
  async function afterOneFailure(method: HttpRequestOptions['method'], fail: (response: ServerResponse) => void) {
    let asked = 0;
    await using server = await startLocalServer((_request, response) => {
      asked += 1;
      if (asked === 1) fail(response);
      else response.end('fine');
    });
    await using tool = setUp({ url: server.origin, method });
    return { answer: await withRetries(tool, tool.run()), asked };
  }

  it.each(idempotent.flatMap((method) => [502, 503, 504].map((status) => [method, status] as const)))(
    'follows a %s that a gateway answered with %i',
    async (method, status) => {
      const { answer, asked } = await afterOneFailure(method, (response) => response.writeHead(status).end());
      expect(answer).toEqual({ output: method === 'HEAD' ? { status: 'ok' } : 'fine' });
      expect(asked).toBe(2);
    },
  );

  it.each(idempotent)('follows a %s whose connection broke', async (method) => {
    const { asked, answer } = await afterOneFailure(method, (response) => response.socket?.destroy());
    expect(answer).not.toHaveProperty('error');
    expect(asked).toBe(2);
  });

  it.each(others)('never follows a %s', async (method) => {
    const broken = await afterOneFailure(method, (response) => response.socket?.destroy());
    const refused = await afterOneFailure(method, (response) => response.writeHead(503).end());
    expect([broken.asked, refused.asked]).toEqual([1, 1]);
    expect(broken.answer).toMatchObject({ retryable: false });
    expect(refused.answer).toMatchObject({ status: 503, retryable: true });
  });

  it.each([400, 429, 500, 501])('never follows an answer of %i', async (status) => {
    const { asked } = await afterOneFailure('GET', (response) => response.writeHead(status).end());
    expect(asked).toBe(1);
  });

  it('is the last', async () => {
    await using server = await startLocalServer((_request, response) => response.writeHead(503).end());
    await using tool = setUp({ url: server.origin });
    expect(await withRetries(tool, tool.run())).toMatchObject({ status: 503, retryable: true });
    expect(server.requests).toHaveLength(2);
  });

  it('has no more time than the first one left, and leaves no timer', async () => {
    await using server = await startLocalServer((_request, response) => {
      if (server.requests.length === 1) response.socket?.destroy();
    });
    await using tool = setUp({ url: server.origin });
    const answer = tool.run();
    while (await immediately(() => tool.clock.pendingTimers < 2));
    tool.clock.advance(250);
    while (await immediately(() => server.requests.length < 2));
    tool.clock.advance(4749);
    expect(tool.clock.pendingTimers).toBe(1);
    tool.clock.advance(1);
    expect(await answer).toEqual({ error: 'no answer within 5 s', retryable: true });
    expect(tool.clock.pendingTimers).toBe(0);
  });

  it('is not made once the call is cancelled', async () => {
    await using server = await startLocalServer((_request, response) => response.socket?.destroy());
    await using tool = setUp({ url: server.origin });
    const answer = tool.run();
    while (await immediately(() => tool.clock.pendingTimers < 2));
    tool.cancel();
    expect(await answer).toBeUndefined();
    expect(tool.clock.pendingTimers).toBe(0);
    expect(await immediately(() => server.requests.length)).toBe(1);
  });
});

describe('an answer that is compressed although nobody asked for it', () => {
  const text = JSON.stringify({ name: 'Ann' });
  const send =
    (coding: string, body: Uint8Array, status = 200) =>
    (response: ServerResponse): void =>
      void response.writeHead(status, { 'content-type': 'application/json', 'content-encoding': coding }).end(body);

  it.each([
    ['gzip', gzipSync(text)],
    ['X-GZip', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['br', brotliCompressSync(text)],
    ['identity', Buffer.from(text)],
  ])('is read: %s', async (coding, body) => {
    expect(await answerTo(send(coding, body))).toEqual({ output: { name: 'Ann' } });
  });

  it('is read where it is an error', async () => {
    expect(await answerTo(send('gzip', gzipSync(text), 404))).toMatchObject({ status: 404, body: text });
  });

  it.each([
    ['in a coding of its own', 'zstd', Buffer.from(text), 'in the encoding "zstd", which was not asked for'],
    ['broken', 'gzip', Buffer.from(text), 'not the gzip it says it is'],
    ['larger than can be read', 'gzip', gzipSync(Buffer.alloc(20_000_000)), 'more than can be read'],
  ])('is an error where it is %s', async (_what, coding, body, error) => {
    expect(await answerTo(send(coding, body))).toEqual({
      error: expect.stringContaining(error),
      retryable: false,
    });
  });
});
