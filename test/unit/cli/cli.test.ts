import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/cli.js';
import { LANGUAGES } from '../../../src/models/languages.js';
import { MODEL_PROFILES, PROFILES_AS_OF } from '../../../src/models/profiles.js';
import type { Terminal } from '../../../src/cli/terminal.js';

const COMMANDS = ['serve', 'call', 'chat', 'validate', 'schema', 'models', 'emulate'];
const VALID = `agents:\n  desk:\n    default: true\n    instructions: Answer the phone.\n`;

async function run(args: string[], env: NodeJS.ProcessEnv = {}) {
  let [stdout, stderr] = ['', ''];
  const terminal: Terminal = {
    print: (text) => (stdout += text),
    complain: (text) => (stderr += text),
    env,
    isInteractive: false,
  };
  const exitCode = await runCli(args, terminal);
  return { exitCode, stdout, stderr };
}

function agentsFile(text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'liveline-cli-')), 'agents.yaml');
  writeFileSync(file, text);
  return file;
}

describe('liveline', () => {
  it('lists its commands', async () => {
    const { exitCode, stdout } = await run(['--help']);
    expect(exitCode).toBe(0);
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
  });

  it.each(COMMANDS)('explains %s', async (command) => {
    const { exitCode, stdout, stderr } = await run([command, '--help']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain(`Usage: liveline ${command} [options]`);
  });

  it.each(COMMANDS.filter((command) => command !== 'serve'))('%s has --json', async (command) => {
    expect((await run([command, '--help'])).stdout).toContain('--json');
  });

  it('tells its version', async () => {
    expect((await run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([
    [['srve'], 'Did you mean serve?'],
    [['serve', '--prot', '1'], 'Did you mean --port?'],
    [['serve', '--port', 'eighty'], 'A port is a whole number from 0 to 65535.'],
    [['serve', '--port', '65536'], 'A port is a whole number from 0 to 65535.'],
    [['schema', 'extra'], 'too many arguments'],
    [['validate', '/no/such/file.yaml'], 'cannot read the agents file /no/such/file.yaml: there is no such file'],
    [[], 'Usage: liveline'],
  ])('%j is a usage error: exit code 2', async (args, complaint) => {
    const { exitCode, stdout, stderr } = await run(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(complaint);
  });

  it('explains a mistake of the user without a stack trace', async () => {
    const { exitCode, stdout, stderr } = await run(['serve'], { PORT: 'secret', K_SERVICE: 'liveline' });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toBe('liveline: the environment has a problem:\n  PORT must be a whole number from 0 to 65535\n');
  });

  it('shows where an error comes from when asked to', async () => {
    const { stderr } = await run(['serve'], { PORT: 'secret', LOG_LEVEL: 'debug' });
    expect(stderr).toMatch(/\[ENVIRONMENT_INVALID\].*\n\s+at readEnvironment/s);
  });
});

describe('liveline validate', () => {
  it('passes a file that can be used', async () => {
    expect(await run(['validate', agentsFile(VALID)])).toEqual({ exitCode: 0, stdout: 'valid\n', stderr: '' });
  });

  it('takes the file from the environment when none is named', async () => {
    const { exitCode } = await run(['validate'], { AGENTS_CONFIG: agentsFile(VALID) });
    expect(exitCode).toBe(0);
  });

  it('shows each problem at its place, and fails', async () => {
    const [valid, invalid] = [agentsFile(VALID), agentsFile(VALID.replace('instructions', 'instrctions'))];
    const { exitCode, stdout } = await run(['validate', valid, invalid]);
    expect(exitCode).toBe(1);
    expect(stdout.split('\n')).toContainEqual(expect.stringContaining(`${invalid}:4:5 `));
    expect(stdout).toContain('did you mean `instructions`');
    expect(stdout).toMatch(/\nnot valid\n$/);
  });

  it('prints JSON', async () => {
    const file = agentsFile(VALID.replace('instructions', 'instrctions'));
    const { exitCode, stdout } = await run(['validate', file, '--json']);
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      valid: false,
      problems: expect.arrayContaining([expect.objectContaining({ file, line: 4, column: 5, severity: 'error' })]),
    });
  });

  it('fills variables from the environment', async () => {
    const file = agentsFile(VALID.replace('Answer the phone.', 'Answer for ${LIVELINE_TEST_SHOP}.'));
    expect((await run(['validate', file])).stdout).toContain('LIVELINE_TEST_SHOP');
    expect((await run(['validate', file], { LIVELINE_TEST_SHOP: 'us' })).exitCode).toBe(0);
  });
});

describe('liveline schema', () => {
  it('prints the JSON Schema, on many lines or on one', async () => {
    const [many, one] = [await run(['schema']), await run(['schema', '--json'])];
    expect(JSON.parse(many.stdout)).toEqual(JSON.parse(one.stdout));
    expect(JSON.parse(one.stdout)).toHaveProperty('$schema', 'http://json-schema.org/draft-07/schema#');
    expect(one.stdout.split('\n')).toHaveLength(2);
  });
});

describe('liveline models', () => {
  it('has a paragraph for every model, and says how old it is', async () => {
    const { exitCode, stdout } = await run(['models']);
    expect(exitCode).toBe(0);
    const paragraphs = stdout.trimEnd().split('\n\n');
    expect(paragraphs.slice(0, -1).map((text) => text.split(' ')[0])).toEqual(MODEL_PROFILES.map(({ id }) => id));
    expect(paragraphs.at(-1)).toContain(PROFILES_AS_OF);
  });

  it('tells what each model takes', async () => {
    const { stdout } = await run(['models']);
    const facts = (id: string) => stdout.split('\n\n').find((text) => text.startsWith(`${id} `));
    expect(facts('gemini-live-2.5-flash-native-audio')).toMatch(
      /\(ga\)\n {2}services +Vertex AI\n[^]*thinking +by budget\n/,
    );
    expect(facts('gemini-3.8-live')).toMatch(
      /its own tools +google_search, vertex_ai_search \(Vertex AI\), vertex_rag/,
    );
    expect(facts('gemini-3.5-live-translate-preview')).toMatch(/functions +no\n[^]* its own tools +none\n/);
    expect(facts('gemini-2.0-flash-live-preview-04-09')).toContain('; not beside functions');
    expect(facts('gemini-3.1-flash-live-preview')).toContain('it always waits for them');
    expect(facts('gemini-3.1-flash-live-preview')).toMatch(
      /while it waits +the caller is kept back, and heard after the answer; it repeats what it calls off\n/,
    );
    expect(facts('gemini-3.8-live')).toMatch(/partial answers +Gemini API\n[^]* told anew +Vertex AI\n/);
    expect(facts('gemini-live-2.5-flash')).toMatch(/partial answers +no\n/);
    expect(facts('gemini-3.8-live-extended-thinking')).toContain('it never waits for them');
  });

  it('prints JSON', async () => {
    const { exitCode, stdout } = await run(['models', '--json']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ asOf: PROFILES_AS_OF, models: MODEL_PROFILES, languages: LANGUAGES });
  });
});

describe('liveline emulate', () => {
  it('says that a script cannot be read', async () => {
    const { exitCode, stderr } = await run(['emulate', '--script', '/no/such/script.yaml']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('cannot read the script');
  });
});
