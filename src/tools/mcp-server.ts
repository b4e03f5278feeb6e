import { basename } from 'node:path';
import { Client, StreamableHTTPClientTransport, type Transport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { type Dispatcher, fetch } from 'undici';
import type { Clock, Timer } from '../clock.js';
import { LivelineError, ToolError } from '../errors.js';
import type { McpListedTool, McpServer, McpServerConfig } from './mcp-tools.js';

/** How long a server may take to connect, and to list its tools. */
const CONNECT_TIMEOUT_MS = 10_000;
/** A lost server is looked for again after this, then after twice as long each time … */
const FIRST_RETRY_MS = 1_000;
/** … and never more seldom than this. */
const LONGEST_RETRY_MS = 60_000;
/** Behind the tool's own time, which is shorter and aborts the request. */
const BACKSTOP_TIMEOUT_MS = 120_000;
const MAX_MESSAGE_BYTES = 1024 * 1024;
/** What a library may pass on of this process's environment, and a server has only as the file gives it. */
const WITHHELD = ['LOGNAME', 'SHELL', 'TERM', 'USER'];

export interface McpServerOptions {
  config: McpServerConfig;
  clock: Clock;
  /** For a server by url. */
  dispatcher: () => Promise<Dispatcher>;
  /** Where a program runs. */
  folder: string;
  onChanged: () => void;
  log: (level: 'info' | 'warn', text: string) => void;
}

/** Starts to connect, and keeps at it until it is disposed. */
export function startMcpServer(options: McpServerOptions): McpServer {
  return new ConnectedServer(options);
}

class ConnectedServer implements McpServer {
  readonly label: string;
  readonly firstAttempt: Promise<void>;
  readonly #options: McpServerOptions;
  #client: Client | undefined;
  #tools: readonly McpListedTool[] = [];
  #retryMs = FIRST_RETRY_MS;
  #retry: Timer | undefined;
  #connecting: Promise<void> = Promise.resolve();
  #closing: Promise<void> = Promise.resolve();
  #disposed = false;

  constructor(options: McpServerOptions) {
    this.#options = options;
    const { url, command } = options.config;
    this.label = url === undefined ? basename(command ?? '') : new URL(url).host;
    this.#connecting = this.#connect();
    this.firstAttempt = this.#connecting;
  }

  get tools(): readonly McpListedTool[] {
    return this.#tools;
  }

  async call(name: string, args: Record<string, unknown>, signal: AbortSignal): Promise<unknown> {
    const client = this.#client;
    if (!client) throw this.#gone(true);
    try {
      return await client.callTool({ name, arguments: args }, { signal, timeout: BACKSTOP_TIMEOUT_MS });
    } catch (error) {
      if (signal.aborted) throw error;
      // A refusal is the server's own answer; anything else says that it is not there.
      if (isRefusal(error))
        throw new ToolError('TOOL_FAILED', `the server refused: ${error.message}`, { cause: error });
      this.#lost(client, error);
      throw this.#gone(false);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    this.#retry?.cancel();
    const client = this.#client;
    this.#client = undefined;
    await Promise.all([client?.close().catch(() => undefined), this.#connecting, this.#closing]);
  }

  async #connect(): Promise<void> {
    const { onChanged, log } = this.#options;
    const client = new Client(
      { name: 'liveline', version: '1' },
      {
        listChanged: {
          tools: {
            autoRefresh: true,
            onChanged: (error, tools) => {
              if (!error) this.#listed(client, tools ?? []);
            },
          },
        },
      },
    );
    try {
      await client.connect(this.#transport(), { timeout: CONNECT_TIMEOUT_MS });
      const { tools } = await client.listTools(undefined, { timeout: CONNECT_TIMEOUT_MS });
      if (this.#disposed) throw new LivelineError('INTERNAL', 'stopped');
      this.#client = client;
      client.onclose = () => this.#lost(client, undefined);
      this.#retryMs = FIRST_RETRY_MS;
      this.#tools = tools;
      log('info', `the MCP server ${this.label} is there, with ${tools.length} tools`);
      onChanged();
    } catch (error) {
      await client.close().catch(() => undefined);
      if (!this.#disposed) this.#retryLater(`the MCP server ${this.label} cannot be reached (${kindOf(error)})`);
    }
  }

  #listed(client: Client, tools: readonly McpListedTool[]): void {
    if (this.#client !== client) return;
    this.#tools = tools;
    this.#options.onChanged();
  }

  #lost(client: Client, error: unknown): void {
    if (this.#client !== client || this.#disposed) return;
    this.#client = undefined;
    this.#closing = client.close().catch(() => undefined);
    this.#retryLater(`the MCP server ${this.label} is lost${error === undefined ? '' : ` (${kindOf(error)})`}`);
  }

  #retryLater(what: string): void {
    this.#options.log('warn', `${what}; it is looked for again in ${this.#retryMs / 1000} s`);
    this.#retry = this.#options.clock.after(this.#retryMs, () => {
      this.#connecting = this.#connect();
    });
    this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS);
  }

  #gone(untouched: boolean): ToolError {
    const what = `the server ${this.label} of this tool is not there at the moment`;
    return new ToolError('TOOL_FAILED', what, { retryable: true, untouched });
  }

  #transport(): Transport {
    const { config, dispatcher, folder } = this.#options;
    if (config.url !== undefined) {
      const ask = async (url: string | URL, init?: object) =>
        (await fetch(url, { ...init, dispatcher: await dispatcher() })) as unknown as Response;
      return new StreamableHTTPClientTransport(new URL(config.url), {
        fetch: ask,
        requestInit: { headers: config.headers ?? {} },
      });
    }
    const withheld = Object.fromEntries(WITHHELD.map((name) => [name, undefined as unknown as string]));
    return new StdioClientTransport({
      command: config.command ?? '',
      args: config.args ?? [],
      env: { ...withheld, ...config.env },
      cwd: folder,
      stderr: 'ignore',
      maxBufferSize: MAX_MESSAGE_BYTES,
    });
  }
}

/** JSON-RPC 2.0 §5.1: an error that the server itself has answered with has a number for a code. */
function isRefusal(error: unknown): error is Error {
  return (
    error instanceof Error && typeof (error as { code?: unknown }).code === 'number' && error.name !== 'SdkHttpError'
  );
}

/** Codes and kinds, never messages: those may hold addresses and what a server says. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { code } = error as { code?: unknown };
  const { cause } = error;
  if (cause instanceof Error && 'code' in cause) return String(cause.code);
  return typeof code === 'string' ? code : error.name;
}
