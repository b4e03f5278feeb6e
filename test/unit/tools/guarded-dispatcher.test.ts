import { isIP } from 'node:net';
import { request } from 'undici';
import { describe, expect, it } from 'vitest';
import { ConfigError, ToolError } from '../../../src/errors.js';
import { createGuardedDispatchers } from '../../../src/tools/guarded-dispatcher.js';
import { startLocalServer } from '../../support/local-server.js';

async function reach(url: string, allowPrivateHosts: string[] = []): Promise<number> {
  await using dispatchers = createGuardedDispatchers();
  const dispatcher = await dispatchers.allowing(allowPrivateHosts)();
  const response = await request(url, { dispatcher });
  await response.body.dump();
  return response.statusCode;
}

describe('private addresses', () => {
  it.each([
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f.1',
    '0x7f000001',
    '017700000001',
    '0.0.0.0',
    '0',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '192.0.2.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '[::]',
    '[::1]',
    '[::7f00:1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::ffff:0:127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '[fe80::1]',
    '[fc00::1]',
    '[fd00:ec2::254]',
    '[fec0::1]',
    '[ff02::1]',
    '[4000::1]',
    'localhost',
    'LOCALHOST',
  ])('refuses %s before anything is sent', async (host) => {
    await using server = await startLocalServer((_request, response) => response.end());
    const error = await reach(`http://${host}:${server.port}/`).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ToolError);
    expect(error).toMatchObject({ code: 'TOOL_BLOCKED_ADDRESS', retryable: false });
    expect(server.requests).toHaveLength(0);
  });

  it.each([
    ['every address', ['127.0.0.1']],
    ['one of its addresses', ['8.8.8.8', '127.0.0.1']],
    ['a mapped address', ['::ffff:127.0.0.1']],
  ])('refuses a name for %s', async (_name, addresses) => {
    await using server = await startLocalServer((_request, response) => response.end());
    await using dispatchers = createGuardedDispatchers({
      lookup: (_host, _options, callback) => {
        callback(
          null,
          addresses.map((address) => ({ address, family: isIP(address) })),
        );
      },
    });
    const asking = request(`http://api.example.com:${server.port}/`, { dispatcher: await dispatchers.allowing([])() });
    await expect(asking).rejects.toMatchObject({ code: 'TOOL_BLOCKED_ADDRESS' });
    expect(server.requests).toHaveLength(0);
  });

  it('hands on what the resolver says of a name there is not', async () => {
    await using dispatchers = createGuardedDispatchers({
      lookup: (_host, _options, callback) => {
        callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), []);
      },
    });
    const asking = request('http://api.example.com/', { dispatcher: await dispatchers.allowing([])() });
    await expect(asking).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  it('refuses them over TLS as well', async () => {
    await expect(reach('https://127.0.0.1/')).rejects.toMatchObject({ code: 'TOOL_BLOCKED_ADDRESS' });
    await expect(reach('https://localhost/')).rejects.toMatchObject({ code: 'TOOL_BLOCKED_ADDRESS' });
  });
});

describe('allowed hosts', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['127.0.0.1', '0x7f.1'],
    ['localhost', 'localhost'],
    ['LocalHost', 'localhost'],
  ])('%s permits %s', async (allowed, host) => {
    await using server = await startLocalServer((_request, response) => response.end());
    expect(await reach(`http://${host}:${server.port}/`, [allowed])).toBe(200);
  });

  it.each([
    ['127.0.0.1', 'localhost'],
    ['localhost', '127.0.0.1'],
    ['127.0.0.2', '127.0.0.1'],
  ])('%s does not permit %s', async (allowed, host) => {
    await using server = await startLocalServer((_request, response) => response.end());
    await expect(reach(`http://${host}:${server.port}/`, [allowed])).rejects.toMatchObject({
      code: 'TOOL_BLOCKED_ADDRESS',
    });
    expect(server.requests).toHaveLength(0);
  });

  it('permits an IPv6 address, in brackets or without', async () => {
    const dispatchers = createGuardedDispatchers();
    expect(await dispatchers.allowing(['::1'])()).toBe(await dispatchers.allowing(['[0:0::1]'])());
  });

  it.each(['*.example.com', 'host/path', 'http://host', 'host:8080', 'a b', ''])('%j is no host', (entry) => {
    expect(() => createGuardedDispatchers().allowing([entry])).toThrow(ConfigError);
  });
});

describe('sockets', () => {
  it('are shared by tools with the same list and by no others', async () => {
    await using dispatchers = createGuardedDispatchers();
    const both = await dispatchers.allowing(['a.internal', 'b.internal'])();
    expect(await dispatchers.allowing(['b.internal', 'A.internal', 'a.internal'])()).toBe(both);
    expect(await dispatchers.allowing(['a.internal'])()).not.toBe(both);
    expect(await dispatchers.allowing([])()).toBe(await dispatchers.allowing([])());
  });

  it('are kept open after an answer and closed on dispose', async () => {
    await using server = await startLocalServer((_request, response) => response.end('x'));
    const dispatchers = createGuardedDispatchers();
    const response = await request(server.origin, { dispatcher: await dispatchers.allowing(['127.0.0.1'])() });
    await response.body.text();
    expect(server.openSockets).toBe(1);
    await dispatchers[Symbol.asyncDispose]();
    await server.allSocketsClosed();
    expect(server.openSockets).toBe(0);
  });

  it('are closed on dispose while an answer is awaited', async () => {
    await using server = await startLocalServer(() => undefined);
    const dispatchers = createGuardedDispatchers();
    const asking = request(server.origin, { dispatcher: await dispatchers.allowing(['127.0.0.1'])() });
    asking.catch(() => undefined);
    await server.requested();
    await dispatchers[Symbol.asyncDispose]();
    await expect(asking).rejects.toThrow();
    await server.allSocketsClosed();
    expect(server.openSockets).toBe(0);
  });
});
