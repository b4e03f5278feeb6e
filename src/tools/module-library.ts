import { stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { Clock } from '../clock.js';
import { ConfigError } from '../errors.js';
import type { ToolDefinition } from './define-tool.js';
import { parametersMistake } from './parameters-mistake.js';
import { toSchemaSubset } from './schema-subset.js';

/** Modules with tools, as they were last loaded. */
export interface ModuleLibrary {
  /**
   * Loads the tool that a module exports; again, when the file has changed. What the module itself imports is not
   * looked at again.
   * @param file absolute path
   * @param exportName `default` for the default export
   * @throws ConfigError CONFIG_UNREADABLE, CONFIG_INVALID, in words that follow the module's name
   */
  load(file: string, exportName: string): Promise<ToolDefinition>;
  /** The tool as it was last loaded. */
  loaded(file: string, exportName: string): ToolDefinition | undefined;
}

/** A module that waits for something before it is there keeps the server from starting. */
const LOAD_TIMEOUT_MS = 10_000;
const MIN_TIMEOUT_MS = 100;
const MAX_TIMEOUT_MS = 60_000;

const require = createRequire(import.meta.url);

export function createModuleLibrary(clock: Clock): ModuleLibrary {
  const tools = new Map<string, ToolDefinition>();
  return {
    async load(file, exportName) {
      const exported = await importFile(file, clock);
      const tool = readTool(exported, exportName);
      tools.set(`${file}#${exportName}`, tool);
      return tool;
    },
    loaded: (file, exportName) => tools.get(`${file}#${exportName}`),
  };
}

async function importFile(file: string, clock: Clock): Promise<Record<string, unknown>> {
  const url = pathToFileURL(file);
  // Another url is another module, which is loaded anew; the old one stays in memory.
  url.searchParams.set('changed', String(await changedMs(file)));
  // A CommonJS module is known by its path alone.
  Reflect.deleteProperty(require.cache, file);
  return await new Promise((resolve, reject) => {
    const timer = clock.after(LOAD_TIMEOUT_MS, () => {
      reject(new ConfigError('CONFIG_INVALID', `is not loaded within ${LOAD_TIMEOUT_MS / 1000} s`));
    });
    import(url.href)
      .then(
        (exported: unknown) => resolve(exported as Record<string, unknown>),
        (error: unknown) => reject(new ConfigError('CONFIG_INVALID', `cannot be loaded: ${describe(error)}`)),
      )
      .finally(() => timer.cancel());
  });
}

async function changedMs(file: string): Promise<number> {
  try {
    const found = await stat(file);
    if (found.isFile()) return found.mtimeMs;
  } catch {
    throw new ConfigError('CONFIG_UNREADABLE', 'there is no such file');
  }
  throw new ConfigError('CONFIG_UNREADABLE', 'is no file');
}

/** The first line of what is wrong, and what to do about it, where that is known. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'it throws something that is no error';
  const [message = ''] = error.message.split('\n', 1);
  if (error.name === 'SyntaxError') return `${message} (\`node --check\` shows where)`;
  if (!message.startsWith("Cannot find package 'liveline'")) return message;
  return `${message}. It is not installed beside the module: export a function, or an object with \`run\`, without \`defineTool\``;
}

function readTool(exported: Record<string, unknown>, exportName: string): ToolDefinition {
  const value = exported[exportName];
  const what = exportName === 'default' ? 'the default export' : `the export \`${exportName}\``;
  if (value === undefined) {
    const names = Object.keys(exported).filter((name) => name !== 'module.exports');
    const there =
      names.length > 0 ? `it exports ${names.map((name) => `\`${name}\``).join(', ')}` : 'it exports nothing';
    throw new ConfigError('CONFIG_INVALID', `${what} is missing; ${there}`);
  }
  if (typeof value === 'function') return { run: value as ToolDefinition['run'] };
  const definition: Partial<Record<keyof ToolDefinition, unknown>> = isObject(value) ? value : {};
  if (typeof definition.run !== 'function') {
    throw new ConfigError('CONFIG_INVALID', `${what} is neither a function nor an object with the function \`run\``);
  }
  const mistake = mistakeIn(definition);
  if (mistake !== undefined) throw new ConfigError('CONFIG_INVALID', `${what}: ${mistake}`);
  return withSubset(definition as ToolDefinition);
}

function mistakeIn({ name, description, parameters, timeoutMs, undo }: Partial<Record<keyof ToolDefinition, unknown>>) {
  if (name !== undefined && typeof name !== 'string') return '`name` must be text';
  if (description !== undefined && typeof description !== 'string') return '`description` must be text';
  if (undo !== undefined && typeof undo !== 'function') return '`undo` must be a function';
  if (parameters !== undefined && !isObject(parameters)) return '`parameters` must be a JSON Schema';
  const mistake = parameters && parametersMistake(parameters);
  if (mistake !== undefined) return mistake;
  const isTime = typeof timeoutMs === 'number' && timeoutMs >= MIN_TIMEOUT_MS && timeoutMs <= MAX_TIMEOUT_MS;
  if (timeoutMs !== undefined && !isTime)
    return `\`timeoutMs\` must be between ${MIN_TIMEOUT_MS} and ${MAX_TIMEOUT_MS}`;
  return undefined;
}

/** Methods keep their object: a definition may be an instance of a class. */
function withSubset(definition: ToolDefinition): ToolDefinition {
  const { name, description, timeoutMs } = definition;
  const parameters = toSchemaSubset(definition.parameters);
  return {
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(parameters && { parameters }),
    run: (args, context) => definition.run(args, context),
    ...(definition.undo && { undo: (args, context) => definition.undo?.(args, context) }),
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
