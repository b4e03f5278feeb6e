import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, describe, it } from 'vitest';
import { runCli } from '../../src/cli/cli.js';

const AGENTS = `
agents:
  desk:
    default: true
    instructions: You answer the phone.
    greeting: Say hello.
    turn: { protect_greeting: false }
    tools:
      - name: hours
        description: Opening hours of a day.
        parameters: { type: object, properties: { day: { type: string } } }
        http: { url: "\${HOURS}/hours/{{ args.day }}", allow_private_hosts: ["127.0.0.1"] }
      - built_in: collect_digits
        max: 2
`;

const SCRIPT = `
greeting: Hello.
replies:
  - on: { text: open }
    call: { name: hours, args: { day: friday } }
    then: { say: "Till {{ result.until }}." }
  - on: { text: number }
    say: Yes?
    call: { name: collect_digits }
`;

function tests(hears: string): string {
  return `
agents: ./agents.yaml
script: ./script.yaml
services:
  HOURS: [{ on: GET /hours/*, body: { until: noon } }]
tests:
  - name: tells the hours
    steps:
      - type: Are you open?
      - tool: hours
        args: { day: friday }
        ok: true
      - hears: ${hears}
        within_s: 5
        answers_within_ms: 4000
`;
}

const KEYS = `
agents: ./agents.yaml
script: ./script.yaml
services:
  HOURS: [{ on: GET /hours/*, status: 404, body: { error: no such day } }]
tests:
  - name: takes a number
    steps:
      - type: Here is my number.
      - tool: collect_digits
      - press: "42"
      - tool: collect_digits
        ok: true
  - name: finds the day
    steps:
      - type: Are you open?
      - tool: hours
        ok: true
        within_s: 3
`;

const WORDS = `
agents: ./agents.yaml
services: { HOURS: [] }
phones: { "0800 555": {} }
tests:
  - name: says nonsense
    from: zzz
    steps:
      - event: interupted
      - ends: nonsense
`;

const NAMES = `agents: ./agents.yaml
services: { HOURS: [] }
phones: { "+15550002222": {} }
tests:
  - name: names what is not there
    agent: dsek
    dial: "+15550002223"
    steps:
      - tool: huors
      - rings: nobody
  - name: is called
    steps:
      - outcome: { status: completed }
`;

let folder: string;
async function write(name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
}
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'liveline-tests-'));
  await writeFile(join(folder, 'agents.yaml'), AGENTS);
  await writeFile(join(folder, 'script.yaml'), SCRIPT);
  await writeFile(join(folder, 'passing.yaml'), tests('till noon'));
  await writeFile(join(folder, 'failing.yaml'), tests('till midnight'));
  await writeFile(join(folder, 'broken.yaml'), tests('"("').replace('ok: true', 'okay: true'));
});
afterAll(() => rm(folder, { recursive: true }));

async function runTestCommand(...args: string[]) {
  const said = { out: '', err: '' };
  const exitCode = await runCli(['test', ...args], {
    print: (text) => (said.out += text),
    complain: (text) => (said.err += text),
    env: {},
    isInteractive: false,
  });
  return { exitCode, ...said };
}

describe('liveline test', () => {
  it('plays conversations, and tells which went otherwise than expected and what happened instead', async () => {
    const report = join(folder, 'report.xml');
    const files = ['passing.yaml', 'failing.yaml'].map((name) => join(folder, name));
    const { exitCode, out } = await runTestCommand(...files, '--junit', report);
    expect(out).toMatch(/✓ .*passing\.yaml: tells the hours \d/);
    expect(out).toMatch(/✗ .*failing\.yaml: tells the hours \d/);
    expect(out).toContain('step 3, expected hears: "till midnight"');
    expect(out).toContain('agent: “Till noon.”');
    expect(out).toContain('tool: hours({"day":"friday"})');
    expect(out).toMatch(/1 passed, 1 failed/);
    expect(exitCode).toBe(1);
    const xml = await readFile(report, 'utf8');
    expect(xml).toContain('<testsuites name="liveline test" tests="2" failures="1"');
    expect(xml).toContain('<failure message="step 3: expected hears: &quot;till midnight&quot;');
  });

  it('follows a tool beyond what the caller does meanwhile, and tells why one failed', async () => {
    const { exitCode, out } = await runTestCommand(await write('keys.yaml', KEYS));
    expect(out).toMatch(/✓ .*keys\.yaml: takes a number \d/);
    expect(out).toContain('step 2, expected tool: "hours", ok: true; instead:');
    expect(out).toMatch(/tool hours failed: \{.*404/);
    expect(exitCode).toBe(1);
  });

  it('says where a file cannot be used, and exits with 1', async () => {
    const broken = await runTestCommand(join(folder, 'broken.yaml'));
    expect(broken.err).toContain(
      'broken.yaml:12:9 tests[0].steps[1]: unknown key `okay`; allowed: tool, args, ok, within_s',
    );
    expect(broken.err).toContain('broken.yaml:13:16 tests[0].steps[2].hears: is not a regular expression');
    expect(broken.exitCode).toBe(1);
  });

  it('says of a word that can only fail where it stands and what was meant, before anything is played', async () => {
    const { exitCode, err, out } = await runTestCommand(await write('words.yaml', WORDS));
    expect(
      err
        .replaceAll(/^.*words.yaml:/gm, '')
        .split('\n')
        .slice(1, -1),
    ).toEqual([
      '4:11 phones: `0800 555` is neither a number in E.164 form ("+15550002222") nor a SIP address ("sip:name@host")',
      '7:11 tests[0].from: is neither a number in E.164 form ("+15550002222") nor a SIP address ("sip:name@host")',
      '9:16 tests[0].steps[0].event: `interupted` is no event of a call (did you mean `interrupted`?); docs/events.md lists them',
      expect.stringMatching(/^10:15 tests\[0\].steps\[1\].ends: must be `caller-hung-up`, .* not `nonsense`$/),
    ]);
    expect({ exitCode, out }).toEqual({ exitCode: 1, out: '' });
  });

  it('says of several files why each cannot be used, and of the agents that they share once', async () => {
    const [words, names] = [await write('words.yaml', WORDS), await write('names.yaml', NAMES)];
    const agents = await write('shared.yaml', AGENTS.replace('greeting', 'greting'));
    const shared = tests('till noon').replace('./agents.yaml', agents);
    const files = [words, names, await write('one.test.yaml', shared), await write('two.test.yaml', shared)];
    const { exitCode, err, out } = await runTestCommand(...files);
    for (const said of ['words.yaml:9:16', 'names.yaml:9:15', 'unknown key `greting`']) {
      expect(err.split(said)).toHaveLength(2);
    }
    expect({ exitCode, out }).toEqual({ exitCode: 1, out: '' });
    const unread = await runTestCommand(words, join(folder, 'none.yaml'));
    expect(unread.err).toContain('words.yaml:9:16');
    expect(unread.err).toContain('none.yaml: there is no such file');
    expect(unread.exitCode).toBe(2);
  });

  it('says of a name behind which there is nothing where it stands and what was meant, before anything is played', async () => {
    const { exitCode, err, out } = await runTestCommand(await write('names.yaml', NAMES));
    expect(
      err
        .replaceAll(/^.*names.yaml:/gm, '')
        .split('\n')
        .slice(1, -1),
    ).toEqual([
      '6:12 tests[0].agent: `dsek` is no agent of the agents file (did you mean `desk`?)',
      '7:11 tests[0].dial: `+15550002223` is none of the `phones` of this file (did you mean `+15550002222`?)',
      '9:15 tests[0].steps[0].tool: `huors` is no tool of any agent (did you mean `hours`?)',
      '10:16 tests[0].steps[1].rings: `nobody` is none of the `phones` of this file; allowed: +15550002222',
      '13:9 tests[1].steps[0]: `outcome` is that of a call which the agent makes: the test needs `dial`',
    ]);
    expect({ exitCode, out }).toEqual({ exitCode: 1, out: '' });
  });

  it('leaves the tools of agents that have a server’s to the conversation', async () => {
    const agents = await write('mcp.yaml', AGENTS.replace('tools:', 'tools:\n      - mcp: { command: "true" }'));
    const { err } = await runTestCommand(await write('mcp.test.yaml', NAMES.replace('./agents.yaml', agents)));
    expect(err).toContain('`dsek` is no agent');
    expect(err).not.toContain('is no tool');
  });

  it.each([
    ['the file itself', undefined, 'cannot read FOLDER/unread.yaml: there is no such file'],
    ['the agents file', 'agents: ./none.yaml', 'cannot read the agents file FOLDER/none.yaml: there is no such file'],
    ['the script', 'agents: ./agents.yaml\nscript: .', 'cannot read the script FOLDER: it is a directory'],
  ])('exits with 2 where %s cannot be read', async (_what, head, said) => {
    const file = join(folder, 'unread.yaml');
    await rm(file, { force: true });
    if (head !== undefined) {
      await writeFile(file, `${head}\nservices: { HOURS: [] }\ntests: [{ name: hi, steps: [{ type: hi }] }]\n`);
    }
    const { exitCode, err, out } = await runTestCommand(file);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    expect(err).toBe(`liveline: ${said.replace('FOLDER', folder)}\n`);
  });

  it('does not take the embedded model for a real one', async () => {
    const { exitCode, err, out } = await runTestCommand(await write('real.yaml', tests('till noon')), '--real');
    expect(err).toContain('--real needs credentials for a model');
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
  });

  it('says where the agents file cannot be used, and exits with 1', async () => {
    await write('bad-agents.yaml', AGENTS.replace('greeting', 'greting'));
    const file = await write('bad-agents.test.yaml', tests('till noon').replace('./agents.yaml', './bad-agents.yaml'));
    const { exitCode, err, out } = await runTestCommand(file);
    expect(err).toContain('bad-agents.yaml:6:5 agents.desk: unknown key `greting` (did you mean `greeting`?)');
    expect({ exitCode, out }).toEqual({ exitCode: 1, out: '' });
  });
});
