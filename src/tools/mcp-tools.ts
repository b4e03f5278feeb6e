import { basename } from 'node:path';
import { ToolError } from '../errors.js';
import { toSchemaSubset } from './schema-subset.js';
import type { Tool } from './tool.js';

/** How a server is reached: by url, or as a program. */
export interface McpServerConfig {
  url?: string;
  headers?: Record<string, string>;
  allow_private_hosts: string[];
  command?: string;
  args?: string[];
  env?: Record<string, string>;
}

/** What a server says of one of its tools. */
export interface McpListedTool {
  name: string;
  description?: string | undefined;
  inputSchema?: unknown;
  annotations?: { readOnlyHint?: boolean | undefined; idempotentHint?: boolean | undefined } | undefined;
}

/** Why a server is not there. */
export interface McpAbsence {
  /** The kind of error; absent until it was tried. */
  code?: string;
}

/** A server, there or not. Disposing ends the connection, and its program. */
export interface McpServer extends AsyncDisposable {
  /** Host or program, for people. */
  readonly label: string;
  /** Settles, and never rejects, when the server was reached or could not be. */
  readonly firstAttempt: Promise<void>;
  /** Undefined while it is there. */
  readonly absence: McpAbsence | undefined;
  /** As it was last listed; empty until then. */
  readonly tools: readonly McpListedTool[];
  /** Says in the log, of each tool once for each reason, that it is left out. */
  leaveOut(names: readonly string[], why: string): void;
  /**
   * The server's answer, as the protocol has it.
   * @throws ToolError TOOL_FAILED, retryable where the server may do it a moment later
   */
  call(name: string, args: Record<string, unknown>, signal: AbortSignal): Promise<unknown>;
}

export interface McpToolsOptions extends Pick<Tool, 'timeoutMs' | 'whenDone'> {
  only?: readonly string[];
  except?: readonly string[];
  /** Names of functions that the agent has already. */
  taken: ReadonlySet<string>;
  prefix?: string;
  blocking?: boolean;
}

/** Functions of an agent that has tools of servers. Source: Vertex AI, `Tool.function_declarations`. */
const MAX_FUNCTIONS = 128;
/** What one function says of its arguments; a model reads no more of a result. */
const MAX_PARAMETERS_BYTES = 32 * 1024;
/** What the functions of one entry of the agents file say together: about a quarter of what a model keeps in mind. */
const MAX_DECLARED_BYTES = 128 * 1024;
const MAX_NAME_CHARS = 128;
const MAX_DESCRIPTION_CHARS = 1_024;
/** What a model is shown of an error's words. */
const MAX_EXCERPT_CHARS = 500;

/** Host or program, for people. */
export function labelOf({ url, command = '' }: McpServerConfig): string {
  return url === undefined ? basename(command) : new URL(url).host;
}

/**
 * The tools of a server as an agent has them, as many as it can have. Of two that come to the same name, the first.
 * What is over is left out.
 */
export function mcpTools(server: Pick<McpServer, 'tools' | 'call' | 'leaveOut'>, options: McpToolsOptions): Tool[] {
  const { only, except = [], taken } = options;
  const tools = new Map<string, Tool>();
  const leftOut = new Map<string, string[]>();
  let declaredBytes = 0;
  for (const listed of server.tools) {
    if ((only && !only.includes(listed.name)) || except.includes(listed.name)) continue;
    const tool = toolOf(listed, server, options);
    const { name, parameters } = tool.declaration;
    if (tools.has(name) || taken.has(name)) continue;
    const isFull = tools.size + taken.size >= MAX_FUNCTIONS;
    const bytes = Buffer.byteLength(JSON.stringify(tool.declaration));
    const why = whyLeftOut(listed, { isFull, parameters, bytes: declaredBytes + bytes });
    if (why !== undefined) leftOut.set(why, [...(leftOut.get(why) ?? []), listed.name]);
    else {
      tools.set(name, tool);
      declaredBytes += bytes;
    }
  }
  for (const [why, names] of leftOut) server.leaveOut(names, why);
  return [...tools.values()];
}

function whyLeftOut(
  { name }: McpListedTool,
  { isFull, parameters, bytes }: { isFull: boolean; parameters: unknown; bytes: number },
): string | undefined {
  if (name.trim() === '') return 'they have no name';
  const parametersBytes = Buffer.byteLength(JSON.stringify(parameters ?? {}));
  if (parametersBytes > MAX_PARAMETERS_BYTES)
    return `their arguments take more than ${MAX_PARAMETERS_BYTES / 1024} KiB`;
  if (isFull) return `an agent has ${MAX_FUNCTIONS} functions at most`;
  return bytes > MAX_DECLARED_BYTES ? `together they take more than ${MAX_DECLARED_BYTES / 1024} KiB` : undefined;
}

function toolOf(listed: McpListedTool, server: Pick<McpServer, 'call'>, options: McpToolsOptions): Tool {
  const { prefix = '', blocking, timeoutMs, whenDone } = options;
  const parameters = toSchemaSubset(listed.inputSchema);
  const { readOnlyHint, idempotentHint } = listed.annotations ?? {};
  const isRepeatable = readOnlyHint === true || idempotentHint === true;
  return {
    declaration: {
      name: functionName(prefix + listed.name),
      description: (listed.description ?? '').slice(0, MAX_DESCRIPTION_CHARS) || listed.name,
      ...(parameters && { parameters }),
      ...(blocking !== undefined && { blocking }),
    },
    timeoutMs,
    ...(whenDone && { whenDone }),
    isRepeatable,
    run: async (args, { signal }) => {
      const answer = await server.call(listed.name, args, signal).catch((error: unknown) => {
        throw isRepeatable ? error : withDoubt(error);
      });
      return readAnswer(answer);
    },
  };
}

/** Doing it twice may do harm: it is to be tried again only where nothing was done. */
function withDoubt(error: unknown): unknown {
  if (!(error instanceof ToolError) || !error.retryable || error.untouched) return error;
  const { code, detail, cause, status } = error;
  const options = { cause, ...(status !== undefined && { status }) };
  return new ToolError(code, `${detail}; it may have taken effect all the same`, options);
}

/** A name that Gemini takes: Live API reference, function declarations. */
function functionName(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_.:-]/g, '_');
  return (/^[A-Za-z_]/.test(plain) ? plain : `_${plain}`).slice(0, MAX_NAME_CHARS);
}

/** Model Context Protocol, `CallToolResult`. */
function readAnswer(answer: unknown): unknown {
  const { content, structuredContent, isError } = (answer ?? {}) as Record<string, unknown>;
  const text = (Array.isArray(content) ? content : []).map(textOf).join('\n').trim();
  if (isError === true) {
    throw new ToolError('TOOL_FAILED', 'the tool reports an error', { cause: text.slice(0, MAX_EXCERPT_CHARS) });
  }
  if (structuredContent !== undefined) return structuredContent;
  if (text === '') return { status: 'ok' };
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' ? value : text;
  } catch {
    return text;
  }
}

function textOf(part: unknown): string {
  const { type, text, uri, resource } = (part ?? {}) as Record<string, unknown>;
  if (typeof text === 'string') return text;
  const embedded = (resource ?? {}) as Record<string, unknown>;
  if (typeof embedded['text'] === 'string') return embedded['text'];
  return typeof uri === 'string' ? uri : `(${String(type)}, left out)`;
}
