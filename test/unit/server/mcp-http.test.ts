import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { startLocalServer } from '../../support/local-server.js';
import { startMcpHttpServer } from '../../support/mcp-http-server.js';
import { mcpLine } from '../../support/mcp-line.js';
import { settle } from '../../support/watched-call.js';

const at = (url: string) => ({ url, allow_private_hosts: ['127.0.0.1'] });
const GONE = { error: expect.stringMatching(/not there at the moment$/) as string, retryable: true };

/** A server with sessions and streams, and a line to it. */
async function startStock() {
  const server = await startMcpHttpServer();
  const line = mcpLine(at(server.url));
  await line.follow(at(server.url));
  return {
    server,
    line,
    config: at(server.url),
    /** The stream by which the server speaks by itself stands. */
    streaming: () => vi.waitFor(() => expect(server.received.map(({ http }) => http)).toContain('GET')),
    async [Symbol.asyncDispose]() {
      await line[Symbol.asyncDispose]();
      expect(server.sessions, 'a session was left at the server').toBe(0);
      await server[Symbol.asyncDispose]();
    },
  };
}

describe('an MCP server by streamable HTTP', () => {
  it('answers by a stream, says other things before, and is told when its session ends', async () => {
    {
      await using stock = await startStock();
      expect(await stock.line.call('talk')).toEqual({ output: { left: 4 } });
      expect(stock.server.sessions).toBe(1);
    }
  });

  it('has other tools when it says so by itself', async () => {
    await using stock = await startStock();
    await stock.streaming();
    const { version } = stock.line.servers;
    stock.server.add('more');
    await vi.waitFor(() => expect(stock.line.servers.version).toBeGreaterThan(version), 5000);
    expect(stock.line.names()).toEqual(['stock', 'talk', 'hang', 'more']);
    expect(await stock.line.call('more')).toEqual({ output: 'added' });
    stock.server.endStreams();
    await vi.waitFor(() => expect(stock.server.openStreams).toBe(0));
    await vi.waitFor(() => {
      stock.line.clock.advance(1000);
      expect(stock.server.openStreams, 'opened again').toBe(1);
    });
    stock.server.add('most');
    await vi.waitFor(() => expect(stock.line.names()).toContain('most'), 5000);
  });

  it('is told which call was called off, and its stream is closed', async () => {
    await using stock = await startStock();
    await stock.streaming();
    const callingOff = new AbortController();
    const hanging = stock.line.call('hang', {}, callingOff.signal);
    await vi.waitFor(() => expect(stock.server.runs('hang')).toBe(1));
    await vi.waitFor(() => expect(stock.server.openStreams).toBe(2));
    callingOff.abort();
    expect(await hanging).toBeUndefined();
    await vi.waitFor(() => expect(stock.server.calledOff).toEqual(['hang']));
    await vi.waitFor(() => expect(stock.server.openStreams).toBe(1));
    expect(await stock.line.call('stock')).toEqual({ output: { left: 3 } });
  });

  it('that knows its session no more is given another, and the calls meanwhile are done once each', async () => {
    await using stock = await startStock();
    const call = stock.line.use(stock.config);
    stock.server.forget();
    const answers = await Promise.all([stock.line.call('stock'), stock.line.call('stock')]);
    expect(answers).toEqual([{ output: { left: 3 } }, { output: { left: 3 } }]);
    expect(stock.server.runs('stock')).toBe(2);
    expect(stock.server.sessions).toBe(1);
    await vi.waitFor(() => expect(stock.line.lines).toHaveLength(3));
    stock.server.forget();
    stock.line.clock.advance(15_000);
    await vi.waitFor(() => expect(stock.server.sessions, 'found out by asking').toBe(1));
    await vi.waitFor(() => expect(stock.server.openStreams).toBe(1));
    stock.server.forget();
    stock.server.endStreams();
    await vi.waitFor(() => expect(stock.server.sessions, 'found out by the end of the stream').toBe(1));
    expect(stock.line.lines.filter((line) => line.includes('ended the session'))).toHaveLength(3);
    expect(call.told).toEqual([]);
    call.end();
  });

  it('that is shut down is missed at once, looked for more and more seldom, and found again', async () => {
    await using stock = await startStock();
    await stock.streaming();
    const call = stock.line.use(stock.config);
    await stock.server.stop();
    await vi.waitFor(() => expect(call.told).toHaveLength(1), 5000);
    expect(await stock.line.call('stock')).toEqual(GONE);
    for (const [waitS, nextS] of [
      [1, 2],
      [2, 4],
    ] as const) {
      stock.line.clock.advance(waitS * 1000);
      await vi.waitFor(() => expect(stock.line.lines.at(-1)).toMatch(new RegExp(`ECONNREFUSED.* in ${nextS} s$`)));
    }
    await stock.server.start();
    stock.line.clock.advance(4000);
    await vi.waitFor(() => expect(call.told).toHaveLength(2), 5000);
    const server = new URL(stock.server.url).host;
    expect(call.told).toEqual([
      { phase: 'lost', server, code: expect.any(String) as string },
      { phase: 'back', server },
    ]);
    expect(await stock.line.call('stock')).toEqual({ output: { left: 3 } });
    call.end();
  });

  it('that dies in the middle of a call is missed at once', async () => {
    await using stock = await startStock();
    const hanging = stock.line.call('hang');
    await vi.waitFor(() => expect(stock.server.runs('hang')).toBe(1));
    await stock.server.stop();
    const doubtful = expect.stringContaining('it may have taken effect') as string;
    expect(await hanging).toEqual({ error: doubtful, retryable: false });
    expect(await stock.line.call('hang')).toEqual(GONE);
  });
});

/** What a server does when it is asked: answers, answers with an HTTP status, with anything, or not at all. */
type Behaviour = Record<string, Record<string, unknown> | number | 'nothing' | Raw>;

/** An answer as it stands. */
class Raw {
  readonly body: string;
  readonly type: string;

  constructor(body: string, type = 'application/json') {
    this.body = body;
    this.type = type;
  }
}

/** A server without sessions and streams, as small ones are, and a line to it. */
async function startPlain(changes: Behaviour = {}) {
  const does: Behaviour = {
    initialize: {
      protocolVersion: '2025-06-18',
      capabilities: { tools: {} },
      serverInfo: { name: 's', version: '1' },
    },
    'tools/list': { tools: [{ name: 'stock', inputSchema: { type: 'object' } }] },
    'tools/call': { content: [], structuredContent: { left: 3 } },
    ping: {},
    ...changes,
  };
  const server = await startLocalServer(({ body }, response) => {
    const { id, method = 'GET' } = JSON.parse(body || '{}') as { id?: number; method?: string };
    const answer = does[method] ?? (method === 'GET' ? 405 : 202);
    if (answer === 'nothing') return;
    if (typeof answer === 'number') return void response.writeHead(answer).end();
    if (answer instanceof Raw) return void response.setHeader('content-type', answer.type).end(answer.body);
    const kind = 'code' in answer ? { error: answer } : { result: answer };
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ jsonrpc: '2.0', id, ...kind }));
  });
  const config = { ...at(`${server.origin}/mcp`), headers: { authorization: 'Bearer t' } };
  const line = mcpLine(config);
  await line.follow(config);
  return {
    server,
    line,
    config,
    does,
    asked: (method: string) => server.requests.filter(({ body }) => body.includes(`"${method}"`)).length,
    async [Symbol.asyncDispose]() {
      await line[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

describe('an MCP server by url that has no streams', () => {
  it('answers with its headers, within the hosts that are allowed', async () => {
    await using plain = await startPlain();
    expect(await plain.line.call('stock')).toEqual({ output: { left: 3 } });
    expect(new Set(plain.server.requests.map(({ headers }) => headers.authorization))).toEqual(new Set(['Bearer t']));
    const asked = plain.server.requests.length;
    const refused = { ...plain.config, allow_private_hosts: [] };
    await using line = mcpLine(refused);
    await line.follow(refused);
    expect(line.tools()).toEqual([]);
    expect(line.lines[0]).toContain('cannot be reached (TOOL_BLOCKED_ADDRESS)');
    expect(plain.server.requests).toHaveLength(asked);
  });

  it('is asked from time to time whether it is there, and missed when it is not', async () => {
    await using plain = await startPlain();
    const call = plain.line.use(plain.config);
    for (const answer of [{}, { code: -32601, message: 'no such method' }]) {
      plain.does['ping'] = answer;
      const asked = plain.asked('ping');
      plain.line.clock.advance(15_000);
      await vi.waitFor(() => expect(plain.asked('ping')).toBe(asked + 1));
      expect(await plain.line.call('stock')).toHaveProperty('output');
    }
    expect(call.told).toEqual([]);
    await plain.server[Symbol.asyncDispose]();
    plain.line.clock.advance(15_000);
    await vi.waitFor(() => expect(call.told).toMatchObject([{ phase: 'lost' }]));
    call.end();
  });

  it('that does not say so is missed, unless it is busy with a call', async () => {
    await using plain = await startPlain({ ping: 'nothing', 'tools/call': 'nothing' });
    const call = plain.line.use(plain.config);
    const callingOff = new AbortController();
    const working = plain.line.servers.find(plain.config)!.call('stock', {}, callingOff.signal);
    await vi.waitFor(() => expect(plain.asked('tools/call')).toBe(1));
    plain.line.clock.advance(15_000);
    await vi.waitFor(() => expect(plain.asked('ping')).toBe(1));
    plain.line.clock.advance(14_999);
    await vi.waitFor(() => expect(plain.asked('notifications/cancelled')).toBe(1));
    expect(call.told).toEqual([]);
    callingOff.abort();
    await expect(working).rejects.toThrow('called off');
    plain.line.clock.advance(1);
    await vi.waitFor(() => expect(plain.asked('ping')).toBe(2));
    plain.line.clock.advance(10_000);
    await vi.waitFor(() => expect(call.told).toMatchObject([{ phase: 'lost' }]));
    call.end();
  });

  it('that refuses one call is not lost for it', async () => {
    await using plain = await startPlain({ 'tools/call': 503 });
    const call = plain.line.use(plain.config);
    const refused = { error: 'the server answered with status 503', status: 503, retryable: true };
    expect(await plain.line.call('stock')).toEqual(refused);
    await vi.waitFor(() => expect(plain.asked('ping'), 'asked whether it is there').toBe(1));
    plain.does['tools/call'] = { content: [{ type: 'text', text: 'three' }] };
    expect(await plain.line.call('stock')).toEqual({ output: 'three' });
    expect(call.told).toEqual([]);
    call.end();
  });
});

describe('an answer that cannot be read, of a server by url', () => {
  const message = (result: unknown) => JSON.stringify({ jsonrpc: '2.0', id: 1, result });

  it.each([
    ['is no JSON', new Raw('{oops'), 'what cannot be read'],
    ['is no message', new Raw('{"left":3}'), 'what cannot be read'],
    ['is no JSON by its own word', new Raw('<html>', 'text/html'), 'what cannot be read'],
    ['is too large', new Raw(message({ content: 'z'.repeat(300_000) })), 'more than can be read'],
  ])('and %s, is that call alone', async (_kind, answer, what) => {
    await using plain = await startPlain({ 'tools/call': 'nothing' });
    const call = plain.line.use(plain.config);
    const callingOff = new AbortController();
    const waiting = plain.line.call('stock', {}, callingOff.signal);
    await vi.waitFor(() => expect(plain.asked('tools/call')).toBe(1));
    plain.does['tools/call'] = answer;
    expect(await plain.line.call('stock')).toEqual({ error: `the server answered with ${what}`, retryable: false });
    await vi.waitFor(() => expect(plain.asked('ping'), 'asked whether it is there').toBe(1));
    plain.does['tools/call'] = { content: [{ type: 'text', text: 'three' }] };
    expect(await plain.line.call('stock')).toEqual({ output: 'three' });
    expect(call.told).toEqual([]);
    callingOff.abort();
    expect(await waiting).toBeUndefined();
    call.end();
  });
});

describe('what a server lists', () => {
  const inputSchema = { type: 'object' };
  const named = (...names: string[]) => names.map((name) => ({ name, inputSchema }));
  const wordy = (name: string, properties: number) => {
    const words = { type: 'string', description: 'y'.repeat(200) };
    const given = Object.fromEntries(Array.from({ length: properties }, (_, index) => [`p${index}`, words]));
    return { name, inputSchema: { type: 'object', properties: given } };
  };

  it('and is no tool by the protocol is left out, and said once', async () => {
    const bad = [
      { name: 'no schema' },
      { name: 5, inputSchema },
      { name: 'text', inputSchema: 'x' },
      { name: 'list', inputSchema: { type: 'array' } },
      { name: 'answers a list', inputSchema, outputSchema: { type: 'array' } },
      null,
    ];
    await using plain = await startPlain({ 'tools/list': { tools: [...bad, ...named('stock')] } });
    expect(plain.line.names()).toEqual(['stock']);
    expect(await plain.line.call('stock')).toEqual({ output: { left: 3 } });
    const host = new URL(plain.server.origin).host;
    expect(plain.line.lines).toEqual([
      `warn tools of the MCP server ${host} are left out (they are not as the protocol has it): "no schema", "", "text", "list", "answers a list", ""`,
      `info the MCP server ${host} is there, with 1 tools`,
    ]);
    plain.does['ping'] = new Raw('{oops');
    plain.line.clock.advance(15_000);
    await vi.waitFor(() => expect(plain.line.lines.at(-1)).toMatch(/is lost/));
    plain.line.clock.advance(1000);
    await vi.waitFor(() => expect(plain.line.lines.at(-1)).toMatch(/is there/));
    expect(plain.line.lines.filter((line) => line.includes('left out'))).toHaveLength(1);
  });

  it('and is more than a model can have is left out, and said once', async () => {
    const many = Array.from({ length: 200 }, (_, index) => `t${index}`);
    const large = [1, 2, 3, 4, 5].map((each) => wordy(`large${each}`, 120));
    const tools = [...named('', ' '), wordy('huge', 180), ...large, ...named(...many)];
    await using plain = await startPlain({ 'tools/list': { tools } });
    const names = plain.line.tools({ taken: new Set(['t0', 'mine']) }).map(({ declaration: { name } }) => name);
    expect(names).toHaveLength(126);
    expect(names.slice(0, 5)).toEqual(['large1', 'large2', 'large3', 'large4', 't1']);
    expect(plain.line.tools({ only: ['t150', 'huge'] }).map(({ declaration: { name } }) => name)).toEqual(['t150']);
    const host = new URL(plain.server.origin).host;
    const about = (why: string) => `warn tools of the MCP server ${host} are left out (${why}):`;
    expect(plain.line.lines.slice(1)).toEqual([
      `${about('they have no name')} "", " "`,
      `${about('their arguments take more than 32 KiB')} "huge"`,
      `${about('together they take more than 128 KiB')} "large5"`,
      `${about('an agent has 128 functions at most')} ${many
        .slice(123, 133)
        .map((name) => `"${name}"`)
        .join(', ')} and 67 more`,
    ]);
  });
});

describe('a server that lets one in and says nothing', () => {
  const PROGRAM = { command: process.execPath, args: ['-e', 'process.stdin.resume()'], allow_private_hosts: [] };

  it.each(['url', 'program'])('keeps the start waiting for 5 s and the end not at all, by %s', async (kind) => {
    const silent = createServer((socket) => socket.on('error', () => undefined).resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const config = kind === 'program' ? PROGRAM : at(`http://127.0.0.1:${(silent.address() as AddressInfo).port}/mcp`);
    {
      await using line = mcpLine(config);
      let isReady = false;
      const ready = line.follow(config).then(() => (isReady = true));
      await vi.waitFor(() => expect(line.clock.pendingTimers).toBe(2));
      line.clock.advance(4999);
      await settle();
      expect(isReady).toBe(false);
      line.clock.advance(1);
      await ready;
      expect(line.lines).toEqual([]);
      line.clock.advance(5000);
      await vi.waitFor(() => expect(line.lines[0]).toMatch(/cannot be reached \(TOOL_TIMEOUT\)/));
      line.clock.advance(1000);
    }
    await new Promise((resolve) => silent.close(resolve));
  });
});
