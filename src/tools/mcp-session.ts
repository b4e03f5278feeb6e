import {
  Client,
  ProtocolError,
  SdkError,
  SdkErrorCode,
  SdkHttpError,
  type Transport,
} from '@modelcontextprotocol/client';
import { LivelineError, ToolError } from '../errors.js';
import { neverArrived, NOT_DONE } from './http-exchange.js';
import { isDropped } from './mcp-message-buffer.js';
import type { McpListedTool } from './mcp-tools.js';
import { createMcpTransport, endMcpSession, type McpTransportOptions } from './mcp-transport.js';

/** How long a server may take to connect and to list its tools, both together. */
const OPEN_PATIENCE_MS = 10_000;
/** A server by url is asked so often whether it is there: nothing else tells while nobody calls its tools. */
const CHECK_EVERY_MS = 15_000;
/** How long it may take to say so. */
const CHECK_PATIENCE_MS = 10_000;
/** How long it may take to end a session. */
const GOODBYE_MS = 1_000;
/** Behind our own limits, which are shorter and abort the request. */
const BACKSTOP_TIMEOUT_MS = 120_000;

export interface McpSessionOptions extends Omit<McpTransportOptions, 'signal' | 'onDoubt'> {
  /** The server's name, for people. */
  label: string;
  /** The server has other tools. */
  onListed: (tools: readonly McpListedTool[]) => void;
  /**
   * Once, unless the session was closed before: the server is gone.
   * @param how.expired it is there, and does not know the session any more
   */
  onLost: (error: unknown, how: { expired: boolean }) => void;
}

/** The server is not there: nobody can say what became of the call, unless it is `untouched`. */
export class McpServerGone extends ToolError {
  constructor(label: string, options: { untouched?: boolean; cause?: unknown }) {
    super('TOOL_FAILED', `the server ${label} of this tool is not there at the moment`, {
      retryable: true,
      ...options,
    });
  }
}

/** The server is there, does not know the session any more, and has not done what it was asked for. */
export class McpSessionExpired extends McpServerGone {}

/** One connection to a server, from its opening until it is lost or closed. */
export class McpSession {
  readonly #options: McpSessionOptions;
  readonly #client: Client;
  readonly #transport: Transport;
  readonly #over = new AbortController();
  #isOpen = false;
  #isChecking = false;
  #running = 0;

  constructor(options: McpSessionOptions) {
    this.#options = options;
    this.#client = new Client(
      { name: 'liveline', version: '1' },
      {
        listChanged: {
          tools: {
            autoRefresh: true,
            onChanged: (error, tools) => {
              if (!error && this.#isOpen) options.onListed(tools ?? []);
            },
          },
        },
      },
    );
    this.#transport = createMcpTransport({
      ...options,
      signal: this.#over.signal,
      onDoubt: () => void this.#check(),
    });
  }

  /**
   * Connects, within 10 s.
   * @returns the server's tools
   * @throws LivelineError, by whose code or cause it can be told why not
   */
  async open(): Promise<readonly McpListedTool[]> {
    const late = new AbortController();
    const limit = this.#options.clock.after(OPEN_PATIENCE_MS, () => {
      late.abort();
      void this.close();
    });
    try {
      await this.#client.connect(this.#transport, { timeout: BACKSTOP_TIMEOUT_MS });
      const { tools } = await this.#client.listTools(undefined, { timeout: BACKSTOP_TIMEOUT_MS });
      if (this.#over.signal.aborted) throw new LivelineError('INTERNAL', 'closed');
      this.#isOpen = true;
      this.#client.onclose = () => this.#lose(new SdkError(SdkErrorCode.ConnectionClosed, 'closed'));
      this.#watch();
      return tools;
    } catch (error) {
      await this.close();
      if (late.signal.aborted) throw new ToolError('TOOL_TIMEOUT', `no answer within ${OPEN_PATIENCE_MS / 1000} s`);
      throw error;
    } finally {
      limit.cancel();
    }
  }

  /**
   * @returns the server's answer, as the protocol has it
   * @throws McpSessionExpired, McpServerGone, or any other ToolError TOOL_FAILED
   */
  async call(name: string, args: Record<string, unknown>, signal: AbortSignal): Promise<unknown> {
    this.#running += 1;
    try {
      return await this.#client.callTool({ name, arguments: args }, { signal, timeout: BACKSTOP_TIMEOUT_MS });
    } catch (error) {
      if (signal.aborted) throw new ToolError('TOOL_FAILED', 'it was called off', { cause: error });
      const unreadable = whyUnreadable(error);
      if (unreadable !== undefined) {
        throw new ToolError('TOOL_FAILED', `the server answered with ${unreadable}`, { cause: error });
      }
      if (isAnswer(error)) {
        throw new ToolError('TOOL_FAILED', `the server refused: ${error.message}`, { cause: error });
      }
      const expired = this.#isExpired(error);
      // Whether a server that answers so is gone is found out apart from this.
      if (error instanceof SdkHttpError && !expired) throw refusedBy(error);
      this.#lose(error);
      const { label } = this.#options;
      if (expired) throw new McpSessionExpired(label, { untouched: true, cause: error });
      throw new McpServerGone(label, { cause: error, untouched: error instanceof Error && neverArrived(error.cause) });
    } finally {
      this.#running -= 1;
    }
  }

  /** Ends the session, at the server too where it is there. Never rejects. */
  async close(): Promise<void> {
    if (this.#isOpen) {
      this.#isOpen = false;
      const limit = this.#options.clock.after(GOODBYE_MS, () => void this.#client.close());
      await endMcpSession(this.#transport);
      limit.cancel();
    }
    this.#over.abort();
    await this.#client.close().catch(() => undefined);
  }

  #lose(error: unknown): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#options.onLost(error, { expired: this.#isExpired(error) });
  }

  #watch(): void {
    const { clock, config } = this.#options;
    // The end of a program is told by itself.
    if (config.url === undefined) return;
    clock.after(
      CHECK_EVERY_MS,
      () => {
        void this.#check();
        this.#watch();
      },
      this.#over.signal,
    );
  }

  /** Asks whether the server is there. Any answer says that it is; so does a call that it is busy with. */
  async #check(): Promise<void> {
    if (!this.#isOpen || this.#isChecking) return;
    this.#isChecking = true;
    const silence = new AbortController();
    const limit = this.#options.clock.after(CHECK_PATIENCE_MS, () => silence.abort(), this.#over.signal);
    try {
      await this.#client.ping({ signal: silence.signal, timeout: BACKSTOP_TIMEOUT_MS });
    } catch (error) {
      const isBusy = silence.signal.aborted && this.#running > 0;
      if (!isAnswer(error) && !isBusy) this.#lose(error);
    } finally {
      limit.cancel();
      this.#isChecking = false;
    }
  }

  /** Streamable HTTP, session management: a server that has ended a session answers 404 to its id. */
  #isExpired(error: unknown): boolean {
    return error instanceof SdkHttpError && error.status === 404 && this.#transport.sessionId !== undefined;
  }
}

/** The server has answered, if only that it will not, or with what the protocol does not know. */
function isAnswer(error: unknown): error is Error {
  return (
    error instanceof ProtocolError ||
    (error instanceof SdkError && [SdkErrorCode.InvalidResult, SdkErrorCode.UnsupportedResultType].includes(error.code))
  );
}

/**
 * Why an answer that came could not be read: it is that request's failure only. Whether the server can be used at all
 * is found out apart from this.
 */
function whyUnreadable(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = (error.cause ?? {}) as { code?: unknown };
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') return 'more than can be read';
  if (error instanceof ProtocolError) return isDropped(error) ? 'more than can be read' : undefined;
  const isWrongKind = error instanceof SdkError && error.code === SdkErrorCode.ClientHttpUnexpectedContent;
  // JSON that is none, and JSON that is no message.
  const isWrong = error instanceof SyntaxError || error.name === 'ZodError' || isWrongKind;
  return isWrong ? 'what cannot be read' : undefined;
}

function refusedBy({ status }: SdkHttpError): ToolError {
  const retryable = status >= 500 || NOT_DONE.includes(status);
  const untouched = status < 500 || NOT_DONE.includes(status);
  return new ToolError('TOOL_FAILED', `the server answered with status ${status}`, { status, retryable, untouched });
}
