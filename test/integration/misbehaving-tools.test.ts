import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { startLocalServer } from '../support/local-server.js';
import { startTestLine } from '../support/liveline.js';

const program = fileURLToPath(new URL('../support/mcp-program.mjs', import.meta.url));

/** What the service does, by path; and what the model is told then. */
const BY_HTTP = {
  slow: /no answer within 0.3 s/,
  huge: /more than can be read/,
  picture: /neither JSON nor text/,
  broken: /not the JSON it says it is/,
  inside: /not a public address/,
  dying: /the request failed/,
  refusing: /status 500/,
} as const;
const BY_MODULE = { throwing: /^on purpose$/, hanging: /no answer within 0.3 s/, odd: /no JSON value/ } as const;
const EXPECTED: Record<string, RegExp> = { ...BY_HTTP, ...BY_MODULE, die: /not there at the moment/ };

const MODULE = `
export const throwing = () => { throw new Error('on purpose'); };
export const hanging = () => new Promise(() => undefined);
export const odd = () => { const a = {}; a.a = a; return a; };
`;

function agentsFile(module: string): string {
  const http = Object.keys(BY_HTTP).map(
    (name) => `
      - name: ${name}
        description: Fails.
        http: { url: "\${SERVICE}/${name}", timeout_ms: ${name === 'slow' ? 300 : 5000}, allow_private_hosts: [127.0.0.1] }`,
  );
  const modules = Object.keys(BY_MODULE).map(
    (name) => `
      - name: ${name}
        description: Fails.
        module: ${module}
        export: ${name}
        timeout_ms: 300`,
  );
  return `
agents:
  desk:
    instructions: You answer the phone.
    tools:${http.join('')}${modules.join('')}
      - mcp: { command: "${process.execPath}", args: ["${program}"] }
        only: [die]
      - name: echo
        description: Gives back what it was sent.
        http: { url: "\${SERVICE}/echo", headers: { x-key: "\${ECHO}" }, allow_private_hosts: [127.0.0.1] }
      - built_in: hang_up
`;
}

it('answers every call of a tool that misbehaves, and goes on; secrets are seen by nobody', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'liveline-misbehaving-'));
  const module = join(folder, 'tools.mjs');
  await writeFile(module, MODULE);
  await using service = await startLocalServer(({ path, headers }, response) => {
    const json = () => response.setHeader('content-type', 'application/json');
    if (path === '/huge') response.end('x'.repeat(1_000_000));
    else if (path === '/picture') response.setHeader('content-type', 'image/png').end('x');
    else if (path === '/broken') json().end('<html>');
    else if (path === '/inside') response.writeHead(302, { location: 'http://[::1]:9/' }).end();
    else if (path === '/dying') response.socket?.destroy();
    else if (path === '/refusing') response.writeHead(500).end();
    else if (path === '/echo') json().end(JSON.stringify({ key: headers['x-key'], card_number: '4111' }));
  });
  await using line = await startTestLine({
    agents: agentsFile(module),
    variables: { SERVICE: service.origin, ECHO: 'a-value-that-is-secret' },
    script: {
      replies: [
        {
          on: { text: 'go' },
          call: [...Object.keys(EXPECTED), 'echo'].map((name) => ({ name, args: {} })),
          then: { say: 'Done.' },
        },
        { on: { text: 'bye' }, call: { name: 'hang_up', args: {} }, then: { say: 'Goodbye.' } },
      ],
    },
  });
  await using phone = line.call();
  await line.waitFor('model-ready');
  expect(await line.say('go')).toBe(202);
  for (const [name, error] of Object.entries(EXPECTED)) {
    const answered = await line.waitFor('tool', (event) => event.phase === 'answered' && event.name === name);
    expect(answered, name).toMatchObject({ ok: false, pii: { response: { error: expect.stringMatching(error) } } });
  }
  const echoed = await line.waitFor('tool', (event) => event.phase === 'answered' && event.name === 'echo');
  expect(echoed).toMatchObject({ pii: { response: { output: { key: '••••', card_number: '••••' } } } });
  expect(JSON.stringify([line.events, line.logged])).not.toContain('a-value-that-is-secret');

  await line.waitFor('turn', ({ speaker, pii }) => speaker === 'agent' && pii.text.includes('Done.'));
  expect(await line.say('bye')).toBe(202);
  expect(await phone.ended).toEqual({ reason: 'agent-hung-up' });
  await rm(folder, { recursive: true });
});
