import { expect } from 'vitest';
import type { ToolServerChange } from '../../src/call/tools/tool-servers.js';
import { McpServers } from '../../src/server/mcp-servers.js';
import { createGuardedDispatchers } from '../../src/tools/guarded-dispatcher.js';
import { type McpServerConfig, mcpTools } from '../../src/tools/mcp-tools.js';
import { createToolbox } from '../../src/tools/toolbox.js';
import { ManualClock } from './manual-clock.js';
import { scriptedActions } from './scripted-actions.js';

/** MCP servers on a clock that stands still, and the tools of one of them. Its disposer asserts that no timer is left. */
export function mcpLine(config: McpServerConfig) {
  const clock = new ManualClock();
  const dispatchers = createGuardedDispatchers();
  const lines: string[] = [];
  const servers = new McpServers({
    clock,
    dispatchers,
    folder: process.cwd(),
    log: (level, text) => lines.push(`${level} ${text}`),
  });
  const entries = (configs: McpServerConfig[]) => configs.map((mcp) => ({ mcp, timeout_ms: 5000 }));
  const tools = (options = {}) =>
    mcpTools(servers.find(config)!, { timeoutMs: 5000, taken: new Set<string>(), ...options });
  return {
    clock,
    lines,
    servers,
    tools,
    follow: async (...configs: McpServerConfig[]) => {
      servers.follow(entries(configs));
      await servers.settled();
    },
    names: () => tools().map(({ declaration }) => declaration.name),
    /** A call of an agent that has these servers: what it is told of them, until it has ended. */
    use: (...configs: McpServerConfig[]) => {
      const told: ToolServerChange[] = [];
      return { told, end: servers.of(entries(configs))!.use((change) => told.push(change)) };
    },
    call: async (name: string, args: Record<string, unknown> = {}, signal = new AbortController().signal) => {
      const toolbox = createToolbox(tools(), { clock });
      const context = {
        callSid: 'CA1',
        memory: {},
        variables: {},
        signal,
        actions: scriptedActions(),
        onUpdate: () => undefined,
      };
      return (await toolbox.run({ id: 'a', name, args }, context))?.response;
    },
    async [Symbol.asyncDispose]() {
      await servers[Symbol.asyncDispose]();
      await dispatchers[Symbol.asyncDispose]();
      expect(clock.pendingTimers, 'a timer is left').toBe(0);
    },
  };
}
