import type { Timer } from '../clock.js';
import { McpServerGone, McpSession, McpSessionExpired, type McpSessionOptions } from './mcp-session.js';
import { labelOf, type McpAbsence, type McpListedTool, type McpServer } from './mcp-tools.js';

/** A lost server is looked for again after this, then after twice as long each time … */
const FIRST_RETRY_MS = 1_000;
/** … and never more seldom than this. */
const LONGEST_RETRY_MS = 60_000;

export interface McpServerOptions extends Omit<McpSessionOptions, 'label' | 'onListed' | 'onLost' | 'onUnusable'> {
  /** `tools` are others than before. */
  onChanged: () => void;
  /** `absence` has begun or ended. */
  onPresence: () => void;
  log: (level: 'info' | 'warn', text: string) => void;
}

/** Of tools that are left out, so many are named in one line … */
const MAX_NAMED = 10;
/** … each with so much of its name … */
const MAX_NAME_CHARS = 64;
/** … and so many in all. */
const MAX_LEFT_OUT = 1_000;

/** Starts to connect, and keeps at it until it is disposed. */
export function startMcpServer(options: McpServerOptions): McpServer {
  return new ConnectedServer(options);
}

class ConnectedServer implements McpServer {
  readonly label: string;
  readonly firstAttempt: Promise<void>;
  readonly #options: McpServerOptions;
  readonly #calls = new Set<Promise<unknown>>();
  readonly #leftOut = new Set<string>();
  /** The one that stands. */
  #session: McpSession | undefined;
  #absence: McpAbsence | undefined = {};
  #tools: readonly McpListedTool[] = [];
  #retryMs = FIRST_RETRY_MS;
  #retry: Timer | undefined;
  #opening: McpSession | undefined;
  #connecting: Promise<void> = Promise.resolve();
  #closing: Promise<unknown> = Promise.resolve();
  #disposed = false;

  constructor(options: McpServerOptions) {
    this.#options = options;
    this.label = labelOf(options.config);
    this.#connecting = this.#connect();
    this.firstAttempt = this.#connecting;
  }

  get tools(): readonly McpListedTool[] {
    return this.#tools;
  }

  get absence(): McpAbsence | undefined {
    return this.#absence;
  }

  leaveOut(names: readonly string[], why: string): void {
    const unsaid = names
      .map((name) => JSON.stringify(name.slice(0, MAX_NAME_CHARS)))
      .filter((name) => !this.#leftOut.has(`${name} ${why}`));
    const room = MAX_LEFT_OUT - this.#leftOut.size;
    if (unsaid.length === 0 || room <= 0) return;
    for (const name of unsaid.slice(0, room)) this.#leftOut.add(`${name} ${why}`);
    const more = unsaid.length > MAX_NAMED ? ` and ${unsaid.length - MAX_NAMED} more` : '';
    const list = unsaid.slice(0, MAX_NAMED).join(', ');
    this.#options.log('warn', `tools of the MCP server ${this.label} are left out (${why}): ${list}${more}`);
  }

  async call(...request: Parameters<McpServer['call']>): Promise<unknown> {
    const answer = this.#call(...request);
    this.#calls.add(answer);
    try {
      return await answer;
    } finally {
      this.#calls.delete(answer);
    }
  }

  async #call(...[name, args, signal]: Parameters<McpServer['call']>): Promise<unknown> {
    try {
      return await this.#standing().call(name, args, signal);
    } catch (error) {
      if (!(error instanceof McpSessionExpired)) throw error;
    }
    // The server has done nothing of this: it is asked once more, in another session.
    await this.#connecting;
    return await this.#standing().call(name, args, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    this.#retry?.cancel();
    // A call that was handed over may still wait for a tool of the agent before; each has its time.
    await Promise.allSettled(this.#calls);
    const sessions = [this.#session, this.#opening];
    this.#session = undefined;
    await Promise.all([...sessions.map((session) => session?.close()), this.#connecting, this.#closing]);
  }

  #standing(): McpSession {
    if (!this.#session) throw new McpServerGone(this.label, { untouched: true });
    return this.#session;
  }

  async #connect(): Promise<void> {
    const { log, onChanged } = this.#options;
    const session: McpSession = new McpSession({
      ...this.#options,
      label: this.label,
      onListed: (tools) => {
        this.#tools = tools;
        onChanged();
      },
      onUnusable: (names) => this.leaveOut(names, 'they are not as the protocol has it'),
      onLost: (error, { expired }) => this.#lost(session, error, expired),
    });
    this.#opening = session;
    try {
      this.#tools = await session.open();
      this.#session = session;
      this.#retryMs = FIRST_RETRY_MS;
      log('info', `the MCP server ${this.label} is there, with ${this.#tools.length} tools`);
      onChanged();
      this.#changePresence(undefined);
    } catch (error) {
      if (!this.#disposed) this.#retryLater('cannot be reached', kindOf(error));
    } finally {
      this.#opening = undefined;
    }
  }

  #lost(session: McpSession, error: unknown, expired: boolean): void {
    if (this.#disposed) return;
    this.#session = undefined;
    // What still waits for the session learns by itself that it is over, and is asked again.
    const settled = expired ? Promise.allSettled(this.#calls) : undefined;
    this.#closing = Promise.all([this.#closing, Promise.resolve(settled).then(() => session.close())]);
    if (expired) {
      this.#options.log('info', `the MCP server ${this.label} has ended the session; another is begun`);
      this.#connecting = this.#connect();
    } else this.#retryLater('is lost', kindOf(error));
  }

  #retryLater(what: string, code: string): void {
    const when = `it is looked for again in ${this.#retryMs / 1000} s`;
    this.#options.log('warn', `the MCP server ${this.label} ${what} (${code}); ${when}`);
    this.#retry = this.#options.clock.after(this.#retryMs, () => {
      this.#connecting = this.#connect();
    });
    this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS);
    this.#changePresence({ code });
  }

  #changePresence(absence: McpAbsence | undefined): void {
    const wasThere = this.#absence === undefined;
    this.#absence = absence;
    if (wasThere !== (absence === undefined)) this.#options.onPresence();
  }
}

/** Codes and kinds, never messages: those may hold addresses and what a server says. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { status, code } = error as { status?: unknown; code?: unknown };
  const { cause } = error;
  if (cause instanceof Error && 'code' in cause) return String(cause.code);
  if (typeof status === 'number') return `HTTP ${status}`;
  return typeof code === 'string' ? code : error.name;
}
