import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import type { McpServerConfig } from '../../../src/tools/mcp-tools.js';
import { agentsIn, deskWith } from '../../support/agents-file.js';
import { mcpLine } from '../../support/mcp-line.js';
import { isAlive } from '../../support/processes.js';

const program = fileURLToPath(new URL('../../support/mcp-program.mjs', import.meta.url));
const config: McpServerConfig = {
  command: process.execPath,
  args: [program],
  env: { SHOP: 'a' },
  allow_private_hosts: [],
};

describe('an MCP server that is a program', { timeout: 30_000 }, () => {
  it('gives its tools, answers, refuses, and is ended with its process', async () => {
    let pid = 0;
    {
      await using line = mcpLine(config);
      await line.follow(config);
      expect(line.names()).toEqual([
        'find_order',
        'environment',
        'refuse',
        'hang',
        'called_off',
        'write',
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
      expect(line.tools({ except: ['find order', 'die', 'grow', 'hang', 'called off', 'write'] })).toHaveLength(2);
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
    await using line = mcpLine(config);
    await line.follow(config);
    const gone = expect.stringMatching(/^the server .* of this tool is not there at the moment$/);
    const doubtful = expect.stringMatching(/ at the moment; it may have taken effect all the same$/);
    expect(await line.call('die')).toEqual({ error: doubtful, retryable: false });
    expect(await line.call('find_order', { id: 7 })).toEqual({ error: gone, retryable: true });
    expect(line.lines.at(-1)).toMatch(/^warn the MCP server node.* is lost.* in 1 s$/);
    line.clock.advance(1000);
    await vi.waitFor(async () => expect(await line.call('find_order', { id: 7 })).toHaveProperty('output'), 10_000);
  });

  it('that answers one call with more than can be read is not lost for the others', async () => {
    await using line = mcpLine(config);
    await line.follow(config);
    const call = line.use(config);
    const callingOff = new AbortController();
    const hanging = line.call('hang', {}, callingOff.signal);
    const before = (await line.call('environment')) as { output: { pid: number } };
    const tooLarge = { error: 'the server answered with more than can be read', retryable: false };
    expect(await line.call('write', { letters: 5_000_000 })).toEqual(tooLarge);
    expect(await line.call('write', { letters: 1_100_000 })).toEqual({
      error: expect.stringMatching(/larger than 32 KiB/) as string,
      retryable: false,
    });
    expect(await line.call('environment')).toEqual(before);
    expect(await line.call('called_off')).toEqual({ output: '0' });
    expect(call.told).toEqual([]);
    callingOff.abort();
    expect(await hanging).toBeUndefined();
    call.end();
  });

  it('says when it has other tools, is told when it is called off, and runs on while the file keeps it', async () => {
    await using line = mcpLine(config);
    await line.follow(config);
    const { version } = line.servers;
    await line.call('grow');
    await vi.waitFor(() => expect(line.servers.version).toBeGreaterThan(version), 5000);
    expect(line.tools().at(-1)?.declaration.name).toBe('grown');
    const callingOff = new AbortController();
    const hanging = line.call('hang', {}, callingOff.signal);
    // The server answers in order: it has begun with the first.
    expect(await line.call('called_off')).toEqual({ output: '0' });
    callingOff.abort();
    expect(await hanging).toBeUndefined();
    expect(await line.call('called_off')).toEqual({ output: '1' });
    const server = line.servers.find(config);
    await line.follow({ ...config });
    expect(line.servers.find(config)).toBe(server);
    await line.follow();
    expect(line.servers.find(config)).toBeUndefined();
  });

  it('tells the calls that use it when it dies by itself, and when it is back', async () => {
    await using line = mcpLine(config);
    await line.follow(config);
    const call = line.use(config);
    const other = line.use({ command: '/no/such/program', allow_private_hosts: [] });
    expect(call.told).toEqual([]);
    expect(other.told).toEqual([{ phase: 'lost', server: 'program' }]);
    const { output } = (await line.call('environment')) as { output: { pid: number } };
    process.kill(output.pid, 'SIGKILL');
    await vi.waitFor(() => expect(call.told).toHaveLength(1), 5000);
    const late = line.use(config);
    line.clock.advance(1000);
    await vi.waitFor(() => expect(call.told).toHaveLength(2), 10_000);
    const lost = { phase: 'lost', server: 'node', code: 'CONNECTION_CLOSED' };
    expect(call.told).toEqual([lost, { phase: 'back', server: 'node' }]);
    expect(late.told).toEqual(call.told);
    expect(other.told).toHaveLength(1);
    for (const { end } of [call, late, other]) end();
    expect(line.servers.uses).toBe(0);
  });

  it('runs on for the calls that use it when the file names it no more, or others settings of it', async () => {
    await using line = mcpLine(config);
    await line.follow(config);
    const { output } = (await line.call('environment')) as { output: { pid: number } };
    const [first, second] = [line.use(config), line.use(config)];
    await line.follow({ ...config, env: { SHOP: 'b' } });
    expect(await line.call('find_order', { id: 7 })).toHaveProperty('output');
    first.end();
    await line.servers.settled();
    expect(isAlive(output.pid)).toBe(true);
    second.end();
    await vi.waitFor(() => expect(isAlive(output.pid), 'the program outlived its calls').toBe(false), 5000);
    expect(line.servers.find(config)).toBeUndefined();
  });

  it('that is not there stops nobody, and is looked for more and more seldom', async () => {
    const nowhere = { command: '/no/such/program', allow_private_hosts: [] };
    await using line = mcpLine(nowhere);
    await line.follow(nowhere);
    expect(line.tools()).toEqual([]);
    expect(line.lines).toEqual([
      'warn the MCP server program cannot be reached (ENOENT); it is looked for again in 1 s',
    ]);
    line.clock.advance(1000);
    await vi.waitFor(() => expect(line.lines.at(-1)).toContain('in 2 s'));
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
