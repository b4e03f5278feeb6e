import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { interpolate } from '../../../../src/agents/file/interpolate.js';
import { agentsIn, deskWith, problemsIn } from '../../../support/agents-file.js';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'liveline-'));
  await writeFile(join(directory, 'token'), 's3cret: yes\n');
  await writeFile(join(directory, 'large'), 'x'.repeat(65 * 1024));
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

function filled(text: string, env: Record<string, string> = {}): string {
  const result = interpolate(text, env, directory);
  expect(result.mistakes).toEqual([]);
  return result.text;
}

describe('variables in an agents file', () => {
  it.each([
    ['${A}', { A: 'one' }, 'one'],
    ['${A} and ${B}', { A: 'one', B: 'two' }, 'one and two'],
    ['${A}', { A: '' }, ''],
    ['${A:-x}', {}, 'x'],
    ['${A:-x}', { A: '' }, 'x'],
    ['${A:-x}', { A: 'one' }, 'one'],
    ['${A:-}', {}, ''],
    ['${A:-http://127.0.0.1:8080/sample}', {}, 'http://127.0.0.1:8080/sample'],
    ['${A:?needed}', { A: 'one' }, 'one'],
    ['$${A}', { A: 'one' }, '${A}'],
    ['$$${A}', { A: 'one' }, '$${A}'],
    ['$5 and {{ a }} and $A', {}, '$5 and {{ a }} and $A'],
    ['${A}', { A: '${B}', B: 'two' }, '${B}'],
    ['${A}', { A: "$&$1$'" }, "$&$1$'"],
  ])('turn %s with %o into %s', (text, env, expected) => {
    expect(filled(text, env as Record<string, string>)).toBe(expected);
  });

  it('read a mounted secret without its last line break, beside the agents file or by its full path', () => {
    expect(filled('Bearer ${file:token}')).toBe('Bearer s3cret: yes');
    expect(filled(`\${file:${join(directory, 'token')}}`)).toBe('s3cret: yes');
  });

  it('refuse a file that is too large or a directory', () => {
    const messages = interpolate('${file:large} ${file:.}', {}, directory).mistakes.map(({ message }) => message);
    expect(messages).toEqual(['`large` is larger than 64 KiB', 'cannot read `.`: it is a directory']);
  });

  it('cannot change the structure of the file', () => {
    const [agent] = agentsIn(deskWith('greeting: ${GREETING}'), { env: { GREETING: 'a: b\n    voice: Puck # x' } });
    expect(agent).toMatchObject({ greeting: 'a: b\n    voice: Puck # x', voice: 'Kore' });
  });

  it('are left alone in keys', () => {
    expect(problemsIn(deskWith('${KEY}: Kore'), { env: { KEY: 'voice' } })).toEqual([
      expect.stringMatching(/^agents\.yaml:4:5 agents\.desk: unknown key `\$\{KEY\}`/),
    ]);
  });

  it('become numbers and booleans where those are asked for', () => {
    const text = deskWith(
      'limits: { max_call_minutes: "${MINUTES}" }\nturn: { barge_in: "${BARGE_IN}" }\nvoice: ${VOICE}',
    );
    const [agent] = agentsIn(text, { env: { MINUTES: '12', BARGE_IN: 'false', VOICE: 'Puck' } });
    expect(agent).toMatchObject({ limits: { max_call_minutes: 12 }, turn: { barge_in: false }, voice: 'Puck' });
  });

  it('stay text where text is asked for', () => {
    const [agent] = agentsIn(deskWith('numbers: ["${NUMBER}"]\ngreeting: ${GREETING}'), {
      env: { NUMBER: '+15550002222', GREETING: '42' },
    });
    expect(agent).toMatchObject({ numbers: ['+15550002222'], greeting: '42' });
  });

  it('leave numbers in quotes the mistake that they are', () => {
    expect(problemsIn(deskWith('limits: { max_call_minutes: "12" }'))).toEqual([
      'agents.yaml:4:33 agents.desk.limits.max_call_minutes: must be a number, not `12`',
    ]);
  });
});

describe('a secret', () => {
  // Liquid quotes what it cannot read.
  const SECRET = 'hunter2-{{ hunter2';
  // Every place is a mistake once the secret stands there.
  it.each([
    'voice: ${SECRET}',
    'model: ${SECRET}',
    'language: ${SECRET}',
    'numbers: ["${SECRET}"]',
    'instructions: ${SECRET}',
    'greeting: "Hello ${SECRET}"',
    'turn: { barge_in: "${SECRET}", silence_ms: "${SECRET}", start_sensitivity: "${SECRET}" }',
    'tools: ["${SECRET}"]',
    'tools: [built_in: "${SECRET}"]',
    'tools: [vertex_ai_search: { datastore: "${SECRET}" }]',
    'tools: [{ name: "${SECRET}", description: d, http: { url: "${SECRET}" } }]',
    'tools: [{ name: f, description: d, http: { url: "https://me:${SECRET}@example.com" } }]',
    'tools: [{ name: f, description: d, http: { url: "https://x.com", headers: { a: "Bearer ${SECRET}" } } }]',
    'tools: [{ name: f, description: d, parameters: { type: "${SECRET}", required: ["${SECRET}"] }, http: { url: "https://x.com" } }]',
    'tools: [{ name: f, description: d, parameters: { type: object, properties: { a: { type: "${SECRET}", pattern: "(${SECRET}", enum: ["${SECRET}"] } }, required: ["${SECRET}"] }, http: { url: "https://x.com" } }]',
  ])('is never repeated in what is said of `%s`', (settings) => {
    const text = deskWith(settings).replace(/^ {4}instructions: Answer.*\n(?=[\s\S]*instructions)/m, '');
    const said = problemsIn(text, { env: { SECRET } });
    expect(said).not.toEqual([]);
    expect(said.join('\n')).not.toContain('hunter2');
  });
});
