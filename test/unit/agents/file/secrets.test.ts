import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkAgents } from '../../../../src/agents/check-agents.js';
import { deskWith } from '../../../support/agents-file.js';

function secretsIn(http: string, env: Record<string, string> = {}, file = 'agents.yaml'): readonly string[] {
  const text = deskWith(
    `tools:\n  - name: find\n    description: Finds.\n    http: { url: "https://h/\${PATH_NAME:-a}", ${http} }`,
  );
  const { agents, problems } = checkAgents(text, file, { env });
  expect(problems).toEqual([]);
  return agents!.secrets;
}

describe('what an agents file keeps secret', () => {
  it('is what variables put into headers, whatever they are called', () => {
    const env = { CLINIC: 'clinic-value', PATH_NAME: 'public-path' };
    expect(secretsIn('headers: { x-clinic: "${CLINIC}" }', env)).toEqual(['clinic-value']);
  });

  it('is what variables with such a name put anywhere', () => {
    const env = { CLINIC_API_KEY: 'key-12345', CITY: 'Springfield' };
    expect(secretsIn('query: { key: "${CLINIC_API_KEY}", city: "${CITY}" }', env)).toEqual(['key-12345']);
  });

  it('is what a file holds', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'liveline-'));
    await writeFile(join(directory, 'mounted'), 'from-a-file\n');
    const agentsFile = join(directory, 'agents.yaml');
    expect(secretsIn('query: { a: "${file:mounted}" }', {}, agentsFile)).toEqual(['from-a-file']);
    await rm(directory, { recursive: true });
  });

  it('is what a header with credentials holds, without its scheme and its templates', () => {
    expect(secretsIn('headers: { authorization: "Bearer written-in-the-file", accept: application/json }')).toEqual([
      'written-in-the-file',
    ]);
    expect(secretsIn('headers: { x-api-key: "prefix-of-it{{ call.sid }}" }')).toEqual(['prefix-of-it']);
  });

  it('is what stands so around a call, and in the environment of a program', () => {
    const text = deskWith(
      [
        'before_call: { url: "https://h/crm", headers: { authorization: "Bearer crm-literal" } }',
        'after_call: { url: "https://h/after", secret: whsec_YWZ0ZXItbGl0ZXJhbC1zZWNyZXQtMjRi }',
        'tools:',
        '  - mcp: { command: stock, env: { API_KEY: stock-literal, LOG_LEVEL: verbosely } }',
        '  - mcp: { url: "https://h/mcp", headers: { x-api-key: mcp-literal } }',
      ].join('\n'),
    );
    const { agents, problems } = checkAgents(text, 'agents.yaml', { env: {} });
    expect(problems).toEqual([]);
    expect(agents!.secrets).toEqual([
      'whsec_YWZ0ZXItbGl0ZXJhbC1zZWNyZXQtMjRi',
      'YWZ0ZXItbGl0ZXJhbC1zZWNyZXQtMjRi',
      'stock-literal',
      'mcp-literal',
      'crm-literal',
    ]);
  });

  it.each([
    ['JSON', 'quo"te-1', ['quo\\"te-1', 'quo"te-1']],
    ['a url', 'a+b/c==', ['a%2Bb%2Fc%3D%3D', 'a+b/c==']],
    ['a number', '0123456', ['0123456', '123456']],
    ['a number that is rounded', '98765432109876543210', ['98765432109876543210', '98765432109876540000']],
  ])('is each of them as it is written in %s, too', (_what, value, secrets) => {
    const seen = secretsIn('query: { a: "${MY_TOKEN}" }', { MY_TOKEN: value });
    for (const secret of secrets) expect(seen).toContain(secret);
  });

  it('is no default, and nothing so short that it would cover words', () => {
    expect(secretsIn('headers: { authorization: "Bearer ${T:-none}", x-a: "${A}" }', { A: 'five5' })).toEqual([]);
  });

  it('has the longest first', () => {
    const env = { A_TOKEN: 'abcdef', B_TOKEN: 'abcdefghi' };
    expect(secretsIn('query: { a: "${A_TOKEN}", b: "${B_TOKEN}" }', env)).toEqual(['abcdefghi', 'abcdef']);
  });
});
