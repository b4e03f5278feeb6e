import type { AgentConfig } from '../agents/schema/schema.js';
import type { ToolConfig } from '../agents/schema/tool-schema.js';
import type { LimitFields } from '../agents/schema/function-fields.js';
import { workingSound } from '../audio/soft-notes.js';
import { ConfigError } from '../errors.js';
import { given } from '../live/given.js';
import type { HttpParts } from '../tools/http-asker.js';
import type { HttpRequestOptions } from '../tools/http-request.js';
import { createHttpTool } from '../tools/http-tool.js';
import { limitedTool, type ToolLimits } from '../tools/limited-tool.js';
import type { ModuleLibrary } from '../tools/module-library.js';
import { createModuleTool, type ToolLogWriter } from '../tools/module-tool.js';
import type { Tool, ToolDeclaration } from '../tools/tool.js';
import { mcpTools } from '../tools/mcp-tools.js';
import { builtInTool } from './built-in-tools.js';
import type { McpServers } from './mcp-servers.js';

type HttpToolConfig = Extract<ToolConfig, { http: unknown }>;
type McpToolConfig = Extract<ToolConfig, { mcp: unknown }>;
type ModuleToolConfig = Extract<ToolConfig, { module: unknown }>;

/** Of a module that says nothing of its time. */
const MODULE_TIMEOUT_MS = 5_000;

/** What tools are made of, beside an agent's settings. */
export interface ToolParts extends HttpParts {
  modules: ModuleLibrary;
  mcp: Pick<McpServers, 'find' | 'of' | 'version'>;
  /** Where tools of modules write to. */
  toolLog: ToolLogWriter;
}

/**
 * The functions of an agent that this process answers, in the file's order.
 * @throws ConfigError when one cannot be built
 */
export function agentTools(agent: AgentConfig, parts: ToolParts): Tool[] {
  const own = agent.tools.map((tool) => ('mcp' in tool ? [] : toolsOf(tool, agent.name, parts)));
  // What a server calls its tools is known only now: what the file names comes first.
  const taken = new Set(own.flat().map(({ declaration }) => declaration.name));
  return agent.tools.flatMap((tool, index) => {
    const tools = 'mcp' in tool ? toolsOfServer(tool, parts, taken) : (own[index] ?? []);
    return tools.map((one) =>
      limitedTool({ ...one, ...whileRunningOf(tool, agent) }, limitsOf(tool), parts.clock, identityOf(tool, one)),
    );
  });
}

function toolsOfServer(tool: McpToolConfig, { mcp }: ToolParts, taken: Set<string>): Tool[] {
  const server = mcp.find(tool.mcp);
  if (!server) return [];
  const { only, except, prefix, blocking, when_done: whenDone, timeout_ms: timeoutMs } = tool;
  const tools = mcpTools(server, given({ only, except, taken, prefix, blocking, whenDone, timeoutMs }));
  for (const { declaration } of tools) taken.add(declaration.name);
  return tools;
}

function toolsOf(tool: ToolConfig, agent: string, parts: ToolParts): Tool[] {
  if ('built_in' in tool) return [builtInTool(tool, agent)];
  if ('module' in tool) return [moduleTool(tool, parts)];
  return 'http' in tool ? [httpTool(tool, parts)] : [];
}

/** What the file says of the time while a function runs. */
function whileRunningOf(tool: ToolConfig, { sounds }: AgentConfig): Pick<Tool, 'whileRunning'> {
  if (!('while_running' in tool)) return {};
  const { while_running: settings } = tool;
  if (settings === false) return { whileRunning: false };
  const { after_ms: afterMs, sound, say } = settings;
  const heard = sound === undefined ? workingSound() : sound === false ? undefined : sounds.get(sound);
  return { whileRunning: given({ afterMs, sound: heard, say }) };
}

function limitsOf(tool: ToolConfig & LimitFields): ToolLimits {
  return given({ confirm: tool.confirm, oncePerCall: tool.once_per_call, maxPerCall: tool.max_per_call });
}

/** Agents that each have a tool of this name, and reach the same by it, have the same tool. */
function identityOf(tool: ToolConfig, { declaration: { name } }: Tool): string {
  if ('http' in tool) return JSON.stringify([name, tool.http.method, tool.http.url]);
  if ('module' in tool) return JSON.stringify([name, tool.module, tool.export]);
  if ('mcp' in tool) return JSON.stringify([name, tool.mcp.url, tool.mcp.command, tool.mcp.args]);
  return JSON.stringify([name]);
}

function httpTool(tool: HttpToolConfig, parts: HttpParts): Tool {
  const { http, when_done: whenDone, on_cancel: undo } = tool;
  const options = given({
    declaration: declarationOf(tool),
    timeoutMs: http.timeout_ms,
    whenDone,
    request: requestOf(http),
    result: http.result,
    undo: undo && requestOf(undo),
    allowPrivateHosts: http.allow_private_hosts,
  });
  return createHttpTool(options, parts);
}

/** An agent's request in the words of the tools' room. */
export function requestOf(
  request: HttpToolConfig['http'] | NonNullable<HttpToolConfig['on_cancel']>,
): HttpRequestOptions {
  const { method, url, headers, query, body, form, idempotency_header: idempotencyHeader } = request;
  return given({ method, url, headers, query, body, form, idempotencyHeader });
}

function moduleTool(tool: ModuleToolConfig, { modules, toolLog }: ToolParts): Tool {
  const { name, description, module, timeout_ms: timeoutMs = MODULE_TIMEOUT_MS, when_done: whenDone } = tool;
  const definition = modules.loaded(module, tool.export);
  if (!definition || name === undefined || description === undefined) {
    throw new ConfigError('CONFIG_INVALID', `the module of a tool was not loaded: ${module}`);
  }
  const declaration = declarationOf({ ...tool, name, description });
  return createModuleTool(given({ declaration, timeoutMs, whenDone, definition, log: toolLog }));
}

function declarationOf({ name, description, parameters, blocking }: ToolDeclaration): ToolDeclaration {
  return given({ name, description, parameters, blocking });
}
