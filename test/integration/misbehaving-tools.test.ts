import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { silencesIn, soundsOf } from '../support/audible.js';
import { ACCOUNT_SID } from '../support/carrier.js';
import { AUTH_TOKEN, startTestLine } from '../support/liveline.js';
import { type LocalServer, startLocalServer } from '../support/local-server.js';

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
export const holding = () => {
  const untilMs = Date.now() + 1_000;
  while (Date.now() < untilMs);
  throw new Error('held everything up');
};
`;

/** @param blocking whether the model waits for each; absent: as the model does by itself */
function agentsFile(module: string, { blocking, more = '' }: { blocking?: boolean; more?: string } = {}): string {
  const manner = blocking === undefined ? '' : `\n        blocking: ${blocking}`;
  const http = Object.keys(BY_HTTP).map(
    (name) => `
      - name: ${name}
        description: Fails.${manner}
        http: { url: "\${SERVICE}/${name}", timeout_ms: ${name === 'slow' ? 300 : 5000}, allow_private_hosts: [127.0.0.1] }`,
  );
  const modules = Object.keys(BY_MODULE).map(
    (name) => `
      - name: ${name}
        description: Fails.${manner}
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
        only: [die, hang]${manner}
      - name: echo
        description: Gives back what it was sent.
        http: { url: "\${SERVICE}/echo", headers: { x-key: "\${ECHO}" }, allow_private_hosts: [127.0.0.1] }
      - built_in: hang_up${more}
`;
}

async function writeModule(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'liveline-misbehaving-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const module = join(folder, 'tools.mjs');
  await writeFile(module, MODULE);
  return module;
}

function startService(): Promise<LocalServer> {
  return startLocalServer(({ path, headers }, response) => {
    const json = () => response.setHeader('content-type', 'application/json');
    if (path === '/huge') response.end('x'.repeat(1_000_000));
    else if (path === '/picture') response.setHeader('content-type', 'image/png').end('x');
    else if (path === '/broken') json().end('<html>');
    else if (path === '/inside') response.writeHead(302, { location: 'http://[::1]:9/' }).end();
    else if (path === '/dying') response.socket?.destroy();
    else if (path === '/refusing') response.writeHead(500).end();
    else if (path === '/echo') json().end(JSON.stringify({ key: headers['x-key'], card_number: '4111' }));
  });
}

it('answers every call of a tool that misbehaves, and goes on; secrets are seen by nobody', async () => {
  const module = await writeModule();
  await using service = await startService();
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
});

/** What no caller should wait without hearing anything. */
const LONGEST_SILENCE_MS = 4_000;
/** Beside what fails in no time: what hangs, with the model waiting and without, and what holds the process up. */
const HANGING_MS = 5_400;
const CALLED_WITH: Record<string, Record<string, unknown>> = {
  transfer: { to: 'nurse' },
  send_sms: { text: 'We open at eight.' },
};
const hanging = (module: string) => `
      - name: hangs
        description: Hangs.
        blocking: true
        module: ${module}
        export: hanging
        timeout_ms: ${HANGING_MS}
      - name: hangs_aside
        description: Hangs.
        blocking: false
        module: ${module}
        export: hanging
        timeout_ms: 4500
      - name: holds
        description: Holds everything up.
        blocking: true
        module: ${module}
        export: holding
        timeout_ms: 5000
      - built_in: transfer
        blocking: true
        to: { nurse: "+15550005555" }
      - built_in: send_sms
        blocking: true
        from: "+15550002222"`;

/** One function after another, or several at once, each of which fails; and then a sentence. */
function oneByOne(calls: readonly (readonly string[])[], say: string): Record<string, unknown> {
  return calls.reduceRight<Record<string, unknown>>(
    (failed, names) => ({ call: names.map((name) => ({ name, args: CALLED_WITH[name] ?? {} })), failed }),
    { say },
  );
}

it('leaves the caller in silence for no more than four seconds, and in the call', { timeout: 60_000 }, async () => {
  const module = await writeModule();
  await using service = await startService();
  await using carrier = await startLocalServer(() => undefined);
  const inNoTime = [...Object.keys(BY_HTTP), ...Object.keys(BY_MODULE), 'holds'].map((name) => [name]);
  await using line = await startTestLine({
    agents: agentsFile(module, { blocking: true, more: hanging(module) }),
    variables: { SERVICE: service.origin, ECHO: 'any' },
    server: { twilio: { accountSid: ACCOUNT_SID, authTokens: [AUTH_TOKEN], apiBaseUrl: carrier.origin } },
    script: {
      replies: [
        { on: { text: 'hang' }, ...oneByOne([['hangs']], 'It does not answer.') },
        { on: { text: 'aside' }, say: 'One moment.', ...oneByOne([['hangs_aside']], 'That took too long.') },
        // The program dies in the middle of the one call, by the other.
        { on: { text: 'all' }, ...oneByOne([...inNoTime, ['hang', 'die']], 'None of that works.') },
        { on: { text: 'carrier' }, ...oneByOne([['transfer', 'send_sms']], 'Neither of them works.') },
        { on: { text: 'bye' }, say: 'Goodbye.', call: { name: 'hang_up' } },
      ],
      faults: [
        // The model thinks for long about what came of the first, and for a moment about all the others.
        { at: 'tool_answer', wait_ms: 3_200 },
        { at: 'tool_answer', nth: 2, times: 'always', wait_ms: 300 },
      ],
    },
  });
  await using phone = line.call();
  await line.waitFor('model-ready');
  const answers = {
    hang: 'It does not answer.',
    aside: 'That took too long.',
    all: 'None of that works.',
    carrier: 'Neither of them works.',
  };
  for (const [typed, answer] of Object.entries(answers)) {
    expect(await line.say(typed)).toBe(202);
    await line.waitFor('turn', ({ speaker, pii }) => speaker === 'agent' && pii.text.includes(answer));
  }
  expect(await line.say('bye')).toBe(202);
  expect(await phone.ended).toEqual({ reason: 'agent-hung-up' });
  const sounds = soundsOf(
    Float32Array.from(phone.heard, (sample) => sample / 32_768),
    8_000,
  );
  expect(silencesIn(sounds, 0, LONGEST_SILENCE_MS)).toEqual([]);
  const failed = line.events.filter((event) => event.type === 'tool' && event.phase === 'answered' && !event.ok);
  expect(failed).toHaveLength(inNoTime.length + 2 + 4);
});
