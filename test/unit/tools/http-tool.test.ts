import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/errors.js';
import type { HttpRequestOptions } from '../../../src/tools/http-request.js';
import { answerTo, json, received, setUp, variables } from './http-fixture.js';
import { startLocalServer, type LocalServer, type ReceivedRequest } from '../../support/local-server.js';

describe('the request', () => {
  it('is made from the arguments and the call', async () => {
    const request = await received(
      (origin) => ({
        url: `${origin}/days/{{ args.day | url_encode }}?from={{ caller.number | url_encode }}`,
        headers: { Authorization: 'Bearer t0ken', 'X-Call': '{{ call.sid }}' },
        query: { limit: 5, at: '{{ now }}', tag: '{{ args.tags }}', missing: '{{ args.missing }}' },
      }),
      { day: 'mon/day ä', tags: ['a', 'b'] },
    );
    const url = new URL(request.path, 'http://host');
    expect(request.method).toBe('GET');
    expect(url.pathname).toBe(`/days/${encodeURIComponent('mon/day ä')}`);
    expect([...url.searchParams]).toEqual([
      ['from', variables.caller.number],
      ['limit', '5'],
      ['at', variables.now],
      ['tag', 'a'],
      ['tag', 'b'],
    ]);
    expect(request.headers).toMatchObject({ authorization: 'Bearer t0ken', 'x-call': 'CA1' });
    expect(request.headers).not.toHaveProperty('idempotency-key');
    expect(request.body).toBe('');
  });

  it('carries an object as JSON whose single expressions keep their types', async () => {
    const request = await received(
      (origin) => ({
        method: 'POST',
        url: `${origin}/bookings`,
        body: {
          count: '{{ args.count }}',
          urgent: '{{ args.urgent }}',
          missing: '{{ args.missing }}',
          text: 'for {{ args.count }}',
          nested: [{ place: '{{ args.place }}' }, 7, null],
        },
      }),
      { count: 2, urgent: false, place: { city: 'Oslo' } },
    );
    expect(request.headers['content-type']).toBe('application/json');
    expect(JSON.parse(request.body)).toEqual({
      count: 2,
      urgent: false,
      text: 'for 2',
      nested: [{ place: { city: 'Oslo' } }, 7, null],
    });
  });

  it.each([
    ['{{ args }}', 'application/json', '{"a":1}'],
    ['a={{ args.a }}', 'text/plain;charset=utf-8', 'a=1'],
  ])('carries %j as %s', async (body, contentType, text) => {
    const request = await received((origin) => ({ method: 'PUT', url: `${origin}/`, body }), { a: 1 });
    expect(request.headers['content-type']).toBe(contentType);
    expect(request.body).toBe(text);
  });

  it('lets a configured content type stand', async () => {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const request = await received((origin) => ({ method: 'POST', url: `${origin}/`, headers, body: 'a=1' }), {});
    expect(request.headers['content-type']).toBe('application/x-www-form-urlencoded');
  });

  it('carries a web form, encoded', async () => {
    const form = { name: '{{ args.name }}', tags: '{{ args.tags }}', missing: '{{ args.missing }}', count: 2 };
    const request = await received((origin) => ({ method: 'POST', url: `${origin}/`, form }), {
      name: 'Ann & Bö=1',
      tags: ['a b', 'c'],
    });
    expect(request.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(request.body).toBe('name=Ann+%26+B%C3%B6%3D1&tags=a+b&tags=c&count=2');
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'] as const)('%s names its function call, once', async (method) => {
    const request = await received((origin) => ({ method, url: `${origin}/` }), {});
    expect(request.headers['idempotency-key']).toBe('CA1:call-7');
  });

  it.each(['GET', 'OPTIONS'] as const)('%s changes nothing and names none', async (method) => {
    const request = await received((origin) => ({ method, url: `${origin}/` }), {});
    expect(request.method).toBe(method);
    expect(request.headers).not.toHaveProperty('idempotency-key');
  });

  it('names its function call in a header of another name, or in none', async () => {
    const url = (origin: string) => ({ method: 'POST' as const, url: `${origin}/` });
    const renamed = await received((origin) => ({ ...url(origin), idempotencyHeader: 'X-Request-Id' }), {});
    expect(renamed.headers).toMatchObject({ 'x-request-id': 'CA1:call-7' });
    expect(renamed.headers).not.toHaveProperty('idempotency-key');
    const silent = await received((origin) => ({ ...url(origin), idempotencyHeader: false }), {});
    expect(silent.headers).not.toHaveProperty('idempotency-key');
    const own = await received((origin) => ({ ...url(origin), headers: { 'Idempotency-Key': '{{ call.sid }}' } }), {});
    expect(own.headers['idempotency-key']).toBe('CA1');
  });

  it.each([
    ['a new header', { headers: { 'x-note': '{{ args.x }}' } }, 'a\r\nx-admin: 1'],
    ['a lone line feed', { headers: { 'x-note': '{{ args.x }}' } }, 'a\nb'],
    ['a character beyond a header', { headers: { 'x-note': '{{ args.x }}' } }, '→'],
    ['a way up', { url: '/a/{{ args.x | url_encode }}/b' }, '..'],
    ['a way up in disguise', { url: '/a/{{ args.x }}' }, '%2e%2E'],
    ['a way up with a tab in it', { url: '/a/{{ args.x }}' }, '.\t./admin'],
    ['a way up by backslash', { url: '/a/{{ args.x }}' }, 'x\\..\\..'],
  ])('is not made when an argument would add %s', async (_name, more, x) => {
    await using server = await startLocalServer((_request, response) => response.end());
    await using tool = setUp({ ...more, url: `${server.origin}${'url' in more ? more.url : '/'}` });
    expect(await tool.run({ x })).toMatchObject({ error: expect.stringMatching(/^an argument /), retryable: false });
    expect(server.requests).toHaveLength(0);
  });
});

describe('the answer', () => {
  it.each<[string, (response: ServerResponse) => void, unknown]>([
    ['JSON', (response) => json(response, { open: true }), { open: true }],
    ['JSON of a vendor', (response) => response.setHeader('content-type', 'application/problem+json').end('[1]'), [1]],
    ['text, trimmed', (response) => response.setHeader('content-type', 'text/plain').end(' open \n'), 'open'],
    ['no type as text', (response) => response.end('open'), 'open'],
    [
      'text in its own charset',
      (response) => response.setHeader('content-type', 'text/plain; charset=iso-8859-1').end(Buffer.from([0xe9])),
      'é',
    ],
    [
      'an unknown charset as UTF-8',
      (response) => response.setHeader('content-type', 'text/plain; charset=klingon').end('é'),
      'é',
    ],
    ['nothing as a success', (response) => response.writeHead(204).end(), { status: 'ok' }],
  ])('is read as %s', async (_name, serve, output) => {
    expect(await answerTo(serve)).toEqual({ output });
  });

  it.each([
    [400, false],
    [404, false],
    [429, true],
    [500, true],
    [503, true],
  ])('with status %i is an error that shows what the service said', async (status, retryable) => {
    expect(await answerTo((response) => json(response, { message: 'no such day' }, status))).toEqual({
      error: `the service answered with status ${status}`,
      status,
      body: '{"message":"no such day"}',
      retryable,
    });
  });

  it('shows little of a long error, and nothing of a web page', async () => {
    const long = await answerTo((response) => response.writeHead(400).end('x'.repeat(5000)));
    expect(long?.['body']).toBe('x'.repeat(500));
    const page = await answerTo((response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<html>'));
    expect(page).toEqual({ error: 'the service answered with status 502', status: 502, retryable: true });
    const huge = await answerTo((response) => response.writeHead(500).end('x'.repeat(1_000_000)));
    expect(huge).toEqual({ error: 'the service answered with status 500', status: 500, retryable: true });
  });

  it('that is too large is an error', async () => {
    const answer = await answerTo((response) => response.end('x'.repeat(262_145)));
    expect(answer).toEqual({ error: 'the service answered with more than can be read', retryable: false });
  });

  it('that never ends is an error as soon as it is too large', async () => {
    const answer = await answerTo((response) => {
      const chunk = Buffer.alloc(16_384, 'x');
      function more(): void {
        if (!response.destroyed) response.write(chunk, more);
      }
      more();
    });
    expect(answer).toEqual({ error: 'the service answered with more than can be read', retryable: false });
  });

  it('that is not the JSON it says it is is an error', async () => {
    const answer = await answerTo((response) => response.setHeader('content-type', 'application/json').end('<html>'));
    expect(answer).toMatchObject({ error: expect.stringContaining('not the JSON'), status: 200 });
  });

  it('that is no text at all is an error, read or not', async () => {
    await using server = await startLocalServer((_request, response) => {
      response.setHeader('content-type', 'image/png').write('x');
    });
    await using tool = setUp({ url: server.origin });
    expect(await tool.run()).toMatchObject({ error: expect.stringContaining('image/png'), retryable: false });
    await server.allSocketsClosed();
  });

  it.each([
    ['POST', 500, false],
    ['POST', 502, false],
    ['PATCH', 504, false],
    ['POST', 503, true],
    ['POST', 429, true],
    ['PUT', 500, true],
    ['DELETE', 500, true],
  ] as const)(
    'to a %s with status %i is retryable only where nothing can be done twice: %s',
    async (method, status, retryable) => {
      expect(await answerTo((response) => response.writeHead(status).end(), { method })).toMatchObject({
        status,
        retryable,
      });
    },
  );

  it.each([
    ['GET', true],
    ['HEAD', true],
    ['PUT', true],
    ['POST', false],
    ['PATCH', false],
  ] as const)('that breaks off in a %s is retryable: %s', async (method, retryable) => {
    const answer = await answerTo((response) => response.socket?.destroy(), { method });
    expect(answer).toMatchObject({ error: expect.stringContaining('the request failed'), retryable });
  });

  it('of a service that is not there is retryable', async () => {
    const server = await startLocalServer(() => undefined);
    await server[Symbol.asyncDispose]();
    await using tool = setUp({ url: server.origin, method: 'POST' });
    expect(await tool.run()).toEqual({ error: 'the service cannot be reached (ECONNREFUSED)', retryable: true });
  });

  it('to a HEAD is what its headers say', async () => {
    const result = { size: '{{ response.headers.content-length | plus: 0 }}' };
    const serve = (response: ServerResponse) =>
      response.writeHead(200, { 'content-type': 'image/png', 'content-length': 77 }).end();
    expect(await answerTo(serve, { method: 'HEAD', result })).toEqual({ output: { size: 77 } });
    expect(await answerTo(serve, { method: 'HEAD' })).toEqual({ output: { status: 'ok' } });
  });
});

describe('redirects', () => {
  function redirectTo(location: string | (() => string), status = 302) {
    return (_request: ReceivedRequest, response: ServerResponse) => {
      const target = typeof location === 'string' ? location : location();
      response.writeHead(status, { location: target }).end('moved');
    };
  }
  const headers = { authorization: 'Bearer t0ken', cookie: 'a=b', 'x-api-key': 'k' };

  it('within the origin keep the headers', async () => {
    await using server = await startLocalServer((request, response) => {
      if (request.path === '/old') response.writeHead(301, { location: '/new' }).end();
      else json(response, 'here');
    });
    await using tool = setUp({ url: `${server.origin}/old`, headers });
    expect(await tool.run()).toEqual({ output: 'here' });
    expect(server.requests[1]).toMatchObject({ path: '/new', headers });
  });

  it('to another origin, and from there back, carry nothing that was configured', async () => {
    const home: LocalServer[] = [];
    await using away = await startLocalServer(redirectTo(() => `${home[0]!.origin}/back`));
    await using server = await startLocalServer((request, response) => {
      if (request.path === '/') response.writeHead(307, { location: away.origin }).end();
      else json(response, 'back');
    });
    home.push(server);
    await using tool = setUp({ url: server.origin, headers });
    expect(await tool.run()).toEqual({ output: 'back' });
    for (const request of [away.requests[0]!, server.requests[1]!]) {
      for (const name of Object.keys(headers)) expect(request.headers).not.toHaveProperty(name);
    }
  });

  it.each([
    [303, 'GET', ''],
    [302, 'GET', ''],
    [307, 'POST', '{"a":1}'],
    [308, 'POST', '{"a":1}'],
  ])('%i of a POST is followed by a %s', async (status, method, body) => {
    await using server = await startLocalServer((request, response) => {
      if (request.path === '/') response.writeHead(status, { location: '/next' }).end();
      else json(response, 'done');
    });
    await using tool = setUp({ url: server.origin, method: 'POST', body: { a: 1 } });
    expect(await tool.run()).toEqual({ output: 'done' });
    expect(server.requests[1]).toMatchObject({ method, body });
    expect('content-type' in server.requests[1]!.headers).toBe(body !== '');
  });

  it.each([
    ['to a private address', 'http://[::1]:9/', /not a public address/],
    ['to a private name', 'http://localhost:9/', /not a public address/],
    ['to a file', 'file:///etc/passwd', /no web address/],
    ['to nonsense', 'http://', /no web address/],
    ['for ever', '/', /redirects too often/],
  ])('%s end in an error', async (_name, location, error) => {
    await using server = await startLocalServer(redirectTo(location));
    await using tool = setUp({ url: server.origin });
    expect(await tool.run()).toMatchObject({ error: expect.stringMatching(error), retryable: false });
    expect(server.requests.length).toBeLessThanOrEqual(4);
  });

  it('never hand a body to another origin', async () => {
    await using away = await startLocalServer((_request, response) => response.end());
    await using server = await startLocalServer(redirectTo(away.origin, 307));
    await using tool = setUp({ url: server.origin, method: 'POST', body: { secret: 1 } });
    expect(await tool.run()).toMatchObject({ error: expect.stringContaining('another host'), status: 307 });
    expect(away.requests).toHaveLength(0);
  });
});

describe('time and cancelling', () => {
  it.each<[string, (response: ServerResponse) => void]>([
    ['before it answers', () => undefined],
    ['in the middle of the answer', (response) => response.write('{"half":')],
  ])('closes the request when the call is cancelled %s', async (_name, serve) => {
    await using server = await startLocalServer((_request, response) => {
      serve(response);
    });
    await using tool = setUp({ url: server.origin });
    const answer = tool.run();
    await server.requested();
    tool.cancel();
    expect(await answer).toBeUndefined();
    await server.allSocketsClosed();
    expect(tool.clock.pendingTimers).toBe(0);
  });

  it('closes the request and says so when the time is up', async () => {
    await using server = await startLocalServer(() => undefined);
    await using tool = setUp({ url: server.origin });
    const answer = tool.run();
    await server.requested();
    tool.clock.advance(5000);
    expect(await answer).toEqual({ error: 'no answer within 5 s', retryable: true });
    await server.allSocketsClosed();
  });

  it('runs several calls at once', async () => {
    const waiting: ServerResponse[] = [];
    await using server = await startLocalServer((_request, response) => {
      waiting.push(response);
      if (waiting.length === 3) waiting.forEach((one, index) => json(one, index));
    });
    await using tool = setUp({ url: server.origin });
    const answers = await Promise.all([tool.run(), tool.run(), tool.run()]);
    expect(answers.map((answer) => answer?.['output']).sort()).toEqual([0, 1, 2]);
  });
});

describe('a tool that cannot be used', () => {
  it.each<[string, Partial<HttpRequestOptions>]>([
    ['another scheme', { url: 'ftp://host/' }],
    ['no scheme', { url: 'host/path' }],
    ['a scheme from a template', { url: '{{ args.scheme }}://host/' }],
    ['a host from a template', { url: 'https://{{ args.host }}/' }],
    ['a host that a template goes on', { url: 'https://api.example.com{{ args.x }}' }],
    ['a port from a template', { url: 'https://api.example.com:{{ args.port }}/' }],
    ['a password in the url', { url: 'https://me:secret@host/' }],
    ['a backslash in the authority', { url: 'https://a\\b/' }],
    ['a filter there is not', { url: 'https://host/{{ args.x | shout }}' }],
    ['a broken body', { url: 'https://host/', body: { a: ['{{ x'] } }],
    ['a header name with a space', { url: 'https://host/', headers: { 'x y': '1' } }],
  ])('is refused when it is made: %s', (_name, request) => {
    const create = () => setUp({ url: 'https://host/', ...request });
    expect(create).toThrow(ConfigError);
    expect(create).not.toThrow(/secret/);
  });
});
