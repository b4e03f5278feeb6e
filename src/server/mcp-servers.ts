import type { ToolConfig } from '../agents/schema/tool-schema.js';
import type { ToolServerChange, ToolServers } from '../call/tools/tool-servers.js';
import type { Clock } from '../clock.js';
import type { GuardedDispatchers } from '../tools/guarded-dispatcher.js';
import { labelOf, type McpServer, type McpServerConfig } from '../tools/mcp-tools.js';

/** How long the start of the server waits for MCP servers; one that comes later is there for later calls. */
const START_PATIENCE_MS = 5_000;

export interface McpServersOptions {
  clock: Clock;
  dispatchers: GuardedDispatchers;
  /** Where programs run. */
  folder: string;
  log: (level: 'info' | 'warn', text: string) => void;
}

/** A call's use of servers, by key. */
interface Use {
  keys: ReadonlySet<string>;
  onChange: (change: ToolServerChange) => void;
}

/** The MCP servers of the agents, each of them once, shared by all calls. */
export class McpServers implements AsyncDisposable {
  readonly #options: McpServersOptions;
  readonly #servers = new Map<string, McpServer>();
  readonly #uses = new Set<Use>();
  #wanted = new Map<string, McpServerConfig>();
  #starting: Promise<void> = Promise.resolve();
  #stopping: Promise<unknown> = Promise.resolve();
  #version = 0;

  constructor(options: McpServersOptions) {
    this.#options = options;
  }

  /** Grows whenever a server lists other tools than before. */
  get version(): number {
    return this.#version;
  }

  /** How many calls use servers now. */
  get uses(): number {
    return this.#uses.size;
  }

  find(config: McpServerConfig): McpServer | undefined {
    return this.#servers.get(keyOf(config));
  }

  /** Starts what is wanted and not there, and stops what is there and neither wanted nor used by a call. */
  follow(tools: readonly ToolConfig[]): void {
    this.#wanted = configsOf(tools);
    if (this.#wanted.size > 0 || this.#servers.size > 0) this.#adjustNext();
  }

  /** The servers of an agent that has these tools, for its calls; undefined when it has none. */
  of(tools: readonly ToolConfig[]): ToolServers | undefined {
    const configs = configsOf(tools);
    if (configs.size === 0) return undefined;
    return {
      use: (onChange) => {
        const use: Use = { keys: new Set(configs.keys()), onChange };
        this.#uses.add(use);
        for (const [key, config] of configs) {
          const server = this.#servers.get(key);
          if (!server || server.absence) onChange({ phase: 'lost', server: labelOf(config), ...server?.absence });
        }
        return () => {
          this.#uses.delete(use);
          if ([...use.keys].some((key) => this.#isIdle(key))) this.#adjustNext();
        };
      },
    };
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
    this.#uses.clear();
    this.#adjustNext();
    await this.#starting;
    await this.#stopping;
  }

  #adjustNext(): void {
    this.#starting = this.#starting.then(() => this.#adjust());
  }

  async #adjust(): Promise<void> {
    const idle = [...this.#servers].filter(([key]) => this.#isIdle(key));
    for (const [key] of idle) this.#servers.delete(key);
    this.#stopping = Promise.all([this.#stopping, ...idle.map(([, server]) => server[Symbol.asyncDispose]())]);
    const missing = [...this.#wanted].filter(([key]) => !this.#servers.has(key));
    if (missing.length === 0) return;
    // Loading the client takes longer than all else at the start.
    const { startMcpServer } = await import('../tools/mcp-server.js');
    const { clock, dispatchers, folder, log } = this.#options;
    for (const [key, config] of missing) {
      const server = startMcpServer({
        config,
        clock,
        dispatcher: dispatchers.allowing(config.allow_private_hosts),
        folder,
        log,
        onChanged: () => (this.#version += 1),
        onPresence: () => this.#tell(key, server),
      });
      this.#servers.set(key, server);
    }
  }

  /** Nothing in the file names it, and no call uses it. */
  #isIdle(key: string): boolean {
    return !this.#wanted.has(key) && ![...this.#uses].some(({ keys }) => keys.has(key));
  }

  #tell(key: string, { label, absence }: McpServer): void {
    for (const { keys, onChange } of this.#uses) {
      if (keys.has(key)) onChange({ phase: absence ? 'lost' : 'back', server: label, ...absence });
    }
  }
}

function configsOf(tools: readonly ToolConfig[]): Map<string, McpServerConfig> {
  const configs = tools.flatMap((tool) => ('mcp' in tool ? [tool.mcp] : []));
  return new Map(configs.map((config) => [keyOf(config), config]));
}

function keyOf(config: McpServerConfig): string {
  return JSON.stringify(config);
}
