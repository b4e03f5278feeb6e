import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { describeIssues } from '../../agents/file/describe-issue.js';
import { parseYaml, type YamlSource } from '../../agents/file/yaml-source.js';
import { loadAgents } from '../../agents/load-agents.js';
import { type Finding, formatPath, formatProblem, type Problem } from '../../agents/problem.js';
import type { LoadedAgents } from '../../agents/route-agent.js';
import { createSystemClock } from '../../clock.js';
import { loadScript } from '../../emulator/script.js';
import type { EmulatorScript } from '../../emulator/script-schema.js';
import { ConfigError, describeFileError } from '../../errors.js';
import { createModuleLibrary } from '../../tools/module-library.js';
import { readAgentsSettings } from '../environment.js';
import { checkReferences } from './test-file-check.js';
import { testFileSchema, type TestFileContent } from './test-file-schema.js';

/** Stands for the url of what is started only for a test. */
const SOME_URL = 'http://127.0.0.1:1';

/** A file of tests that can be played. */
export interface TestFile extends Omit<TestFileContent, 'agents' | 'script'> {
  /** As it was named. */
  file: string;
  agentsFile: string;
  /** Absent: the embedded model plays its own. */
  script?: EmulatorScript;
}

/**
 * Reads and checks a file of tests, with the agents and the script that it names. Paths in it are relative to it.
 * @param options.real the model will be the one that the environment has credentials for
 * @throws ConfigError CONFIG_UNREADABLE; CONFIG_INVALID with every mistake of the file that has some, a line each
 */
async function loadTestFile(file: string, options: { env: NodeJS.ProcessEnv; real: boolean }): Promise<TestFile> {
  const { source, content } = await readContent(file);
  const beside = (path: string) => resolve(dirname(file), path);
  const settings = readAgentsSettings(options.env);
  const { agents: named, script: scriptFile, ...rest } = content;
  const agentsFile = named === undefined ? settings.agentsFile : beside(named);
  const script = options.real || scriptFile === undefined ? undefined : loadScript(beside(scriptFile));
  const agents = await agentsOf(agentsFile, content, options);
  refuse(file, problemsOf(source, checkReferences(content, agents)));
  return { ...rest, file, agentsFile, ...(script && { script }) };
}

/**
 * Reads and checks files of tests.
 * @throws ConfigError CONFIG_UNREADABLE when one cannot be read, or else CONFIG_INVALID: with the mistakes of all files
 */
export async function loadTestFiles(
  files: readonly string[],
  options: Parameters<typeof loadTestFile>[1],
): Promise<TestFile[]> {
  const outcomes = await Promise.allSettled(files.map((file) => loadTestFile(file, options)));
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
  const errors = failures.map((failure) => {
    if (failure instanceof ConfigError) return failure;
    throw failure;
  });
  const [first] = errors;
  if (!first) return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  // Several files may name the same agents.
  const details = new Set(errors.map(({ detail }) => detail));
  if (details.size === 1) throw first;
  const code = errors.some((error) => error.code === 'CONFIG_UNREADABLE') ? 'CONFIG_UNREADABLE' : 'CONFIG_INVALID';
  throw new ConfigError(code, [...details].join('\n'), { cause: first });
}

async function readContent(file: string): Promise<{ source: YamlSource; content: TestFileContent }> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ConfigError('CONFIG_UNREADABLE', `cannot read ${file}: ${describeFileError(cause)}`, { cause });
  });
  const { source, problems } = parseYaml(text, file);
  refuse(file, problems);
  const value = source.toJS();
  const { data: content, error } = testFileSchema.safeParse(value);
  if (content) return { source, content };
  const writtenAt: YamlSource['writtenAt'] = (path) => source.writtenAt(path);
  const checked = { isDefaults: false, schema: testFileSchema, value, writtenAt };
  throw invalid(file, problemsOf(source, describeIssues(error.issues, checked)));
}

/** The agents as the tests will have them, before there are the services that their urls lead to. */
function agentsOf(
  agentsFile: string,
  { services, script, variables }: TestFileContent,
  { env, real }: { env: NodeJS.ProcessEnv; real: boolean },
): Promise<LoadedAgents> {
  const { backend } = real ? readAgentsSettings(env) : { backend: 'gemini-api' as const };
  const modules = createModuleLibrary(createSystemClock());
  const sample = real || script !== undefined ? {} : { SAMPLE_API_URL: SOME_URL };
  const urls = Object.fromEntries(Object.keys(services).map((name) => [name, SOME_URL]));
  return loadAgents(agentsFile, {
    env: { ...sample, ...env, ...variables, ...urls },
    ...(backend && { backend }),
    loadModule: (module, exportName) => modules.load(module, exportName),
  });
}

function problemsOf(source: YamlSource, findings: readonly Finding[]): Problem[] {
  return findings.map(({ path, at, message }) => {
    const about = at === 'key' ? path.slice(0, -1) : path;
    const prefix = about.length > 0 ? `${formatPath(about)}: ` : '';
    return { ...source.positionOf(path, at ?? 'value'), severity: 'error', message: prefix + message };
  });
}

function refuse(file: string, problems: readonly Problem[]): void {
  if (problems.length > 0) throw invalid(file, problems);
}

function invalid(file: string, problems: readonly Problem[]): ConfigError {
  const lines = problems.map((problem) => `  ${formatProblem(problem)}`);
  return new ConfigError('CONFIG_INVALID', [`${file} cannot be used:`, ...lines].join('\n'));
}
