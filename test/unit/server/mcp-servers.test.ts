import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { type McpServerConfig, mcpTools } from '../../../src/tools/mcp-tools.js';
import { createGuardedDispatchers } from '../../../src/tools/guarded-dispatcher.js';
import { createToolbox } from '../../../src/tools/toolbox.js';
import { McpServers } from '../../../src/server/mcp-servers.js';
import { ManualClock } from '../../support/manual-clock.js';
import { scriptedActions } from '../../support/scripted-actions.js';
import { agentsIn, deskWith } from '../../support/agents-file.js';

const program = fileURLToPath(new URL('../../support/mcp-program.mjs', import.meta.url));
const config: McpServerConfig = {
  command: process.execPath,
  args: [program],
  env: { SHOP: 'a' },
  allow_private_hosts: [],
};

function setUp(server: McpServerConfig = config) {
  const clock = new ManualClock();
  const dispatchers = createGuardedDispatchers();
  const lines: string[] = [];
  const servers = new McpServers({
    clock,
    dispatchers,
    folder: process.cwd(),
    log: (level, text) => lines.push(`${level} ${text}`),
  });
  const entry = (mcp: McpServerConfig) => ({ mcp, timeout_ms: 5000 });
  return {
    clock,
    lines,
    servers,
    follow: async (...configs: McpServerConfig[]) => {
      servers.follow(configs.map(entry));
      await servers.settled();
    },
    tools: (options = {}) => mcpTools(servers.find(server)!, { timeoutMs: 5000, ...options }),
    async call(name: string, args: Record<string, unknown> = {}, signal = new AbortController().signal) {
      const toolbox = createToolbox(this.tools(), { clock });
      const context = { callSid: 'CA1', variables: {}, signal, actions: scriptedActions(), onUpdate: () => undefined };
      return (await toolbox.run({ id: 'a', name, args }, context))?.response;
    },
    async [Symbol.asyncDispose]() {
      await servers[Symbol.asyncDispose]();
      await dispatchers[Symbol.asyncDispose]();
      expect(clock.pendingTimers, 'a timer is left').toBe(0);
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('an MCP server that is a program', { timeout: 30_000 }, () => {
  it('gives its tools, answers, refuses, and is ended with its process', async () => {
    let pid = 0;
    {
      await using line = setUp();
      await line.follow(config);
      expect(line.tools().map(({ declaration }) => declaration.name)).toEqual([
        'find_order',
        'environment',
        'refuse',
        'hang',
        'die',
        'grow',
      ]);
      expect(line.tools({ only: ['find order'], prefix: 'shop_', blocking: true })).toMatchObject([
        {
          declaration: {
            name: 'shop_find_order',
            description: 'Finds an order.',
            parameters: { type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] },
            blocking: true,
          },
          isRepeatable: true,
        },
      ]);
      expect(line.tools({ except: ['find order', 'die', 'grow', 'hang'] })).toHaveLength(2);
      expect(await line.call('find_order', { id: '7' })).toEqual({ output: { id: 7, state: 'sent' } });
      expect(await line.call('refuse')).toEqual({
        error: 'the tool reports an error',
        body: 'out of stock',
        retryable: false,
      });
      const { output } = (await line.call('environment')) as { output: { names: string[]; pid: number } };
      expect(output.names.filter((name) => !['HOME', 'PATH', 'SHOP'].includes(name))).toEqual([]);
      expect(output.names).toContain('SHOP');
      pid = output.pid;
      expect(isAlive(pid)).toBe(true);
    }
    expect(isAlive(pid), 'the program outlived its server').toBe(false);
  });

  it('is survived when it dies, and is there again after a while', async () => {
    await using line = setUp();
    await line.follow(config);
    const gone = expect.stringMatching(/^the server .* of this tool is not there at the moment$/);
    expect(await line.call('die')).toEqual({ error: gone, retryable: true });
    expect(await line.call('find_order', { id: 7 })).toEqual({ error: gone, retryable: true });
    expect(line.lines.at(-1)).toMatch(/^warn the MCP server node.* is lost.* in 1 s$/);
    line.clock.advance(1000);
    await vi.waitFor(async () => expect(await line.call('find_order', { id: 7 })).toHaveProperty('output'), 10_000);
  });

  it('says when it has other tools, is called off, and runs on while the file keeps it', async () => {
    await using line = setUp();
    await line.follow(config);
    const { version } = line.servers;
    await line.call('grow');
    await vi.waitFor(() => expect(line.servers.version).toBeGreaterThan(version), 5000);
    expect(line.tools().at(-1)?.declaration.name).toBe('grown');
    const callingOff = new AbortController();
    const hanging = line.call('hang', {}, callingOff.signal);
    callingOff.abort();
    expect(await hanging).toBeUndefined();
    const server = line.servers.find(config);
    await line.follow({ ...config });
    expect(line.servers.find(config)).toBe(server);
    await line.follow();
    expect(line.servers.find(config)).toBeUndefined();
  });

  it('that is not there stops nobody, and is looked for more and more seldom', async () => {
    const nowhere = { command: '/no/such/program', allow_private_hosts: [] };
    await using line = setUp(nowhere);
    await line.follow(nowhere);
    expect(line.tools()).toEqual([]);
    expect(line.lines).toEqual([
      'warn the MCP server program cannot be reached (ENOENT); it is looked for again in 1 s',
    ]);
    line.clock.advance(1000);
    await vi.waitFor(() => expect(line.lines.at(-1)).toContain('in 2 s'));
  });
});

describe('an MCP server by url', { timeout: 30_000 }, () => {
  it('answers with its headers, within the hosts that are allowed', async () => {
    const seen: (string | undefined)[] = [];
    const http = createServer((request, response) => {
      let body = '';
      request.on('data', (piece: Buffer) => (body += piece.toString()));
      request.on('end', () => {
        seen.push(request.headers.authorization);
        const { id, method } = JSON.parse(body || '{}') as { id?: number; method?: string };
        const results: Record<string, unknown> = {
          initialize: {
            protocolVersion: '2025-06-18',
            capabilities: { tools: {} },
            serverInfo: { name: 's', version: '1' },
          },
          'tools/list': { tools: [{ name: 'stock', inputSchema: { type: 'object' } }] },
          'tools/call': { content: [], structuredContent: { left: 3 } },
        };
        if (method === undefined || id === undefined) return response.writeHead(method === undefined ? 405 : 202).end();
        return response
          .setHeader('content-type', 'application/json')
          .end(JSON.stringify({ jsonrpc: '2.0', id, result: results[method] }));
      });
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`;
    const allowed = { url, headers: { authorization: 'Bearer t' }, allow_private_hosts: ['127.0.0.1'] };
    {
      await using line = setUp(allowed);
      await line.follow(allowed);
      expect(await line.call('stock')).toEqual({ output: { left: 3 } });
      expect(new Set(seen)).toEqual(new Set(['Bearer t']));
    }
    const asked = seen.length;
    const refused = { ...allowed, allow_private_hosts: [] };
    {
      await using line = setUp(refused);
      await line.follow(refused);
      expect(line.tools()).toEqual([]);
      expect(line.lines[0]).toContain('cannot be reached (TOOL_BLOCKED_ADDRESS)');
    }
    expect(seen).toHaveLength(asked);
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
  });
});

it('an agents file names servers, with what the agent has of them', () => {
  const [agent] = agentsIn(
    deskWith('tools:\n  - mcp: { command: npx, args: [orders] }\n    only: [find]\n    confirm: true'),
  );
  expect(agent!.tools).toEqual([
    {
      mcp: { command: 'npx', args: ['orders'], allow_private_hosts: [] },
      only: ['find'],
      confirm: true,
      timeout_ms: 5000,
    },
  ]);
});
