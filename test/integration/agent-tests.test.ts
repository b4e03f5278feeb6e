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
`;

const SCRIPT = `
greeting: Hello.
replies:
  - on: { text: open }
    call: { name: hours, args: { day: friday } }
    then: { say: "Till {{ result.until }}." }
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

let folder: string;
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

  it('says where a file cannot be used, and exits with 1; with 2 when there is none', async () => {
    const broken = await runTestCommand(join(folder, 'broken.yaml'));
    expect(broken.err).toContain(
      'broken.yaml:12:9 tests[0].steps[1].okay: unknown key `okay`; allowed: tool, args, ok, within_s',
    );
    expect(broken.err).toContain('broken.yaml:13:16 tests[0].steps[2].hears: is not a regular expression');
    expect(broken.exitCode).toBe(1);
    expect((await runTestCommand(join(folder, 'none.yaml'))).exitCode).toBe(2);
  });
});
