import { readFile, stat } from 'node:fs/promises';
import { ConfigError, describeFileError } from '../errors.js';
import { checkAgentsAndModules } from './check-modules.js';
import type { LoadOptions } from './check-modules.js';
import { formatProblem } from './problem.js';
import type { Problem } from './problem.js';
import type { LoadedAgents } from './route-agent.js';

/** An agents file is text that people write. */
const MAX_FILE_BYTES = 1024 * 1024;
/** More than this helps nobody at once. */
const SHOWN_PROBLEMS = 50;

/**
 * Reads and checks an agents file.
 * @throws ConfigError CONFIG_UNREADABLE; CONFIG_INVALID with every problem, a line each, and the first one's position
 */
export async function loadAgents(file: string, options: LoadOptions): Promise<LoadedAgents> {
  return await parseAgents(await readAgentsFile(file), file, options);
}

/**
 * The text of an agents file.
 * @throws ConfigError CONFIG_UNREADABLE
 */
export async function readAgentsFile(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size <= MAX_FILE_BYTES) return await readFile(file, 'utf8');
  } catch (error) {
    const detail = `cannot read the agents file ${file}: ${describeFileError(error)}`;
    throw new ConfigError('CONFIG_UNREADABLE', detail, { cause: error });
  }
  throw new ConfigError('CONFIG_UNREADABLE', `the agents file ${file} is larger than ${MAX_FILE_BYTES / 1024} KiB`);
}

/**
 * The agents of a text.
 * @throws ConfigError CONFIG_INVALID with every problem, a line each, and the first one's position
 */
export async function parseAgents(text: string, file: string, options: LoadOptions): Promise<LoadedAgents> {
  const { agents, problems } = await checkAgentsAndModules(text, file, options);
  if (agents) return agents;
  const errors = problems.filter((problem) => problem.severity === 'error');
  const [first] = errors;
  throw new ConfigError('CONFIG_INVALID', describeErrors(file, errors), first ? { position: positionOf(first) } : {});
}

function describeErrors(file: string, errors: readonly Problem[]): string {
  const shown = errors.slice(0, SHOWN_PROBLEMS).map((problem) => `  ${formatProblem(problem)}`);
  if (errors.length > shown.length) shown.push(`  … and ${errors.length - shown.length} more`);
  return [`${file} cannot be used:`, ...shown].join('\n');
}

function positionOf({ file, line, column }: Problem): { file: string; line: number; column: number } {
  return { file, line, column };
}
