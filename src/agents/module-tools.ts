import { dirname, resolve } from 'node:path';
import { LivelineError } from '../errors.js';
import type { Finding, Path } from './problem.js';
import type { ToolConfig } from './schema/tool-schema.js';

/** What a module says of its tool. */
export interface ModuleFacts {
  name?: string;
  description?: string;
  parameters?: Record<string, unknown>;
  timeoutMs?: number;
}

/**
 * Loads what a module exports.
 * @param file absolute path
 * @throws LivelineError whose words follow the module's name
 */
export type LoadModule = (file: string, exportName: string) => Promise<ModuleFacts>;

/** What is known of a module; undefined: nobody has looked. */
export type FindModule = (file: string, exportName: string) => ModuleFacts | LivelineError | undefined;

/** A tool of a module with its full path, and with what the module says where the file says nothing. */
export function completeModuleTool(
  tool: ToolConfig,
  path: Path,
  agentsFile: string,
  find: FindModule,
): { tool: ToolConfig; findings: Finding[] } {
  if (!('module' in tool)) return { tool, findings: [] };
  const module = resolve(dirname(resolve(agentsFile)), tool.module);
  const facts = find(module, tool.export);
  if (facts === undefined) return { tool: { ...tool, module }, findings: [] };
  if (facts instanceof LivelineError) {
    return { tool: { ...tool, module }, findings: [{ path: [...path, 'module'], message: facts.detail }] };
  }
  const { timeoutMs, ...said } = facts;
  const complete = { ...said, ...(timeoutMs !== undefined && { timeout_ms: timeoutMs }), ...tool, module };
  const missing = (['name', 'description'] as const).filter((key) => complete[key] === undefined);
  const findings = missing.map((key) => {
    const message = `\`${key}\` is missing: neither this file nor the module says it`;
    return { path: [...path, key], message };
  });
  return { tool: complete, findings };
}
