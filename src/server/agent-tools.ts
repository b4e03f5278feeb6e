import type { AgentConfig } from '../agents/schema.js';
import type { ToolConfig } from '../agents/tool-schema.js';
import type { LimitFields } from '../agents/function-fields.js';
import { given } from '../live/given.js';
import type { HttpParts } from '../tools/http-asker.js';
import type { HttpRequestOptions } from '../tools/http-request.js';
import { createHttpTool } from '../tools/http-tool.js';
import { limitedTool, type ToolLimits } from '../tools/limited-tool.js';
import type { Tool, ToolDeclaration } from '../tools/tool.js';
import { builtInTool } from './built-in-tools.js';

type HttpToolConfig = Extract<ToolConfig, { http: unknown }>;

/**
 * The functions of an agent that this process answers, in the file's order.
 * @throws ConfigError when one cannot be built
 */
export function agentTools(agent: AgentConfig, parts: HttpParts): Tool[] {
  return agent.tools.flatMap((tool) =>
    toolsOf(tool, parts).map((one) => limitedTool(one, limitsOf(tool), parts.clock)),
  );
}

function toolsOf(tool: ToolConfig, parts: HttpParts): Tool[] {
  if ('built_in' in tool) return [builtInTool(tool)];
  return 'http' in tool ? [httpTool(tool, parts)] : [];
}

function limitsOf(tool: ToolConfig & LimitFields): ToolLimits {
  return given({ confirm: tool.confirm, oncePerCall: tool.once_per_call, maxPerCall: tool.max_per_call });
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

function declarationOf({ name, description, parameters, blocking }: HttpToolConfig): ToolDeclaration {
  return given({ name, description, parameters, blocking });
}
