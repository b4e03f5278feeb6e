import {
  type JSONRPCMessage,
  StreamableHTTPClientTransport,
  type StreamableHTTPClientTransportOptions,
  type Transport,
} from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { type Dispatcher, fetch } from 'undici';
import type { Clock } from '../clock.js';
import { McpMessageBuffer } from './mcp-message-buffer.js';
import { siftToolList } from './mcp-tool-list.js';
import type { McpServerConfig } from './mcp-tools.js';

/** What a library may pass on of this process's environment, and a server has only as the file gives it. */
const WITHHELD = ['LOGNAME', 'SHELL', 'TERM', 'USER'];
/** A stream that ended is opened again after a second, and ever more seldom while that fails. */
const REOPENING = {
  initialReconnectionDelay: 1_000,
  reconnectionDelayGrowFactor: 2,
  maxReconnectionDelay: 60_000,
  maxRetries: Infinity,
};

export interface McpTransportOptions {
  config: McpServerConfig;
  clock: Clock;
  /** For a server by url. */
  dispatcher: () => Promise<Dispatcher>;
  /** Where a program runs. */
  folder: string;
  /** Aborted when the connection is given up: then no stream of it is opened again. */
  signal: AbortSignal;
  /** Something went wrong that may mean that the server is not there any more. */
  onDoubt: () => void;
  /** The server lists tools that are none by the protocol, by name. */
  onUnusable: (names: readonly string[]) => void;
}

/** The way to a server: streamable HTTP, or the standard streams of its program. Opens nothing yet. */
export function createMcpTransport(options: McpTransportOptions): Transport {
  const { url } = options.config;
  const transport =
    url === undefined ? programTransport(options) : new HttpTransport(url, httpOptions(options), options.onDoubt);
  const { onmessage } = transport;
  // The client is given what is left of a message after this.
  transport.onmessage = (message: JSONRPCMessage) => {
    onmessage?.(message);
    const unusable = siftToolList(message);
    if (unusable.length > 0) options.onUnusable(unusable);
  };
  return transport;
}

/** Ends the session of a server by url, as far as the server has any; without effect on a program. */
export async function endMcpSession(transport: Transport): Promise<void> {
  // That it cannot be ended is for the server to tell; it forgets the session by and by.
  if (transport instanceof HttpTransport) await transport.terminateSession().catch(() => undefined);
}

type SendOptions = Parameters<StreamableHTTPClientTransport['send']>[1];

/** Streamable HTTP. A call that was called off gets no answer: its stream is closed when the server was told. */
class HttpTransport extends StreamableHTTPClientTransport {
  readonly #unanswered = new Map<unknown, AbortController>();

  constructor(url: string, options: StreamableHTTPClientTransportOptions, onDoubt: () => void) {
    super(new URL(url), options);
    this.onerror = onDoubt;
    this.onmessage = (message) => {
      if (!('method' in message)) this.#unanswered.delete(message.id);
    };
  }

  override async send(message: JSONRPCMessage | JSONRPCMessage[], options?: SendOptions): Promise<void> {
    if (Array.isArray(message) || !('method' in message)) await super.send(message, options);
    else if ('id' in message) await this.#ask(message, options);
    else await super.send(message, options).finally(() => this.#forget(message));
  }

  async #ask(request: JSONRPCMessage & { id: unknown }, options?: SendOptions): Promise<void> {
    const abort = new AbortController();
    this.#unanswered.set(request.id, abort);
    await super.send(request, { ...options, requestSignal: abort.signal }).catch((error: unknown) => {
      this.#unanswered.delete(request.id);
      throw error;
    });
  }

  #forget({ method, params }: { method: string; params?: Record<string, unknown> | undefined }): void {
    if (method !== 'notifications/cancelled') return;
    const id = params?.['requestId'];
    this.#unanswered.get(id)?.abort();
    this.#unanswered.delete(id);
  }
}

function httpOptions(options: McpTransportOptions): StreamableHTTPClientTransportOptions {
  const { config, clock, dispatcher, signal, onDoubt } = options;
  const ask = async (url: string | URL, init?: object) =>
    (await fetch(url, { ...init, dispatcher: await dispatcher() })) as unknown as Response;
  return {
    fetch: ask,
    requestInit: { headers: config.headers ?? {} },
    reconnectionOptions: REOPENING,
    reconnectionScheduler: (reopen, delayMs) => {
      onDoubt();
      const timer = clock.after(delayMs, reopen, signal);
      return () => timer.cancel();
    },
  };
}

function programTransport({ config, folder }: McpTransportOptions): Transport {
  const withheld = Object.fromEntries(WITHHELD.map((name) => [name, undefined as unknown as string]));
  const transport = new StdioClientTransport({
    command: config.command ?? '',
    args: config.args ?? [],
    env: { ...withheld, ...config.env },
    cwd: folder,
    stderr: 'ignore',
  });
  // The library's own ends the program, for all calls, at the first message that is too large.
  transport['_readBuffer'] = new McpMessageBuffer();
  return transport;
}
