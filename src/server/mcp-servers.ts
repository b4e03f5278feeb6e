import type { ToolConfig } from '../agents/tool-schema.js';
import type { Clock } from '../clock.js';
import type { GuardedDispatchers } from '../tools/guarded-dispatcher.js';
import type { McpServer, McpServerConfig } from '../tools/mcp-tools.js';

/** How long the start of the server waits for MCP servers; one that comes later is there for later calls. */
const START_PATIENCE_MS = 5_000;

export interface McpServersOptions {
  clock: Clock;
  dispatchers: GuardedDispatchers;
  /** Where programs run. */
  folder: string;
  log: (level: 'info' | 'warn', text: string) => void;
}

/** The MCP servers of the agents, each of them once, shared by all calls. */
export class McpServers implements AsyncDisposable {
  readonly #options: McpServersOptions;
  readonly #servers = new Map<string, McpServer>();
  #wanted = new Map<string, McpServerConfig>();
  #starting: Promise<void> = Promise.resolve();
  #version = 0;

  constructor(options: McpServersOptions) {
    this.#options = options;
  }

  /** Grows whenever a server lists other tools than before. */
  get version(): number {
    return this.#version;
  }

  find(config: McpServerConfig): McpServer | undefined {
    return this.#servers.get(keyOf(config));
  }

  /** Starts what is wanted and not there, and stops what is there and not wanted. */
  follow(tools: readonly ToolConfig[]): void {
    const configs = tools.flatMap((tool) => ('mcp' in tool ? [tool.mcp] : []));
    this.#wanted = new Map(configs.map((config) => [keyOf(config), config]));
    if (this.#wanted.size === 0 && this.#servers.size === 0) return;
    this.#starting = this.#starting.then(() => this.#adjust());
  }

  /** Resolves when every server has answered or could not be reached, after 5 s at the latest. */
  async settled(): Promise<void> {
    await this.#starting;
    const attempts = [...this.#servers.values()].map(({ firstAttempt }) => firstAttempt);
    if (attempts.length === 0) return;
    let stopWaiting: () => void = () => undefined;
    const patience = new Promise<void>((resolve) => (stopWaiting = resolve));
    const timer = this.#options.clock.after(START_PATIENCE_MS, stopWaiting);
    await Promise.race([Promise.all(attempts), patience]);
    timer.cancel();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#wanted = new Map();
    await this.#starting;
    await this.#adjust();
  }

  async #adjust(): Promise<void> {
    const { clock, dispatchers, folder, log } = this.#options;
    const gone = [...this.#servers].filter(([key]) => !this.#wanted.has(key));
    for (const [key] of gone) this.#servers.delete(key);
    await Promise.all(gone.map(([, server]) => server[Symbol.asyncDispose]()));
    if (this.#wanted.size === 0) return;
    // Loading the client takes longer than all else at the start.
    const { startMcpServer } = await import('../tools/mcp-server.js');
    for (const [key, config] of this.#wanted) {
      if (this.#servers.has(key)) continue;
      const dispatcher = dispatchers.allowing(config.allow_private_hosts);
      const onChanged = () => void (this.#version += 1);
      this.#servers.set(key, startMcpServer({ config, clock, dispatcher, folder, onChanged, log }));
    }
  }
}

function keyOf(config: McpServerConfig): string {
  return JSON.stringify(config);
}
