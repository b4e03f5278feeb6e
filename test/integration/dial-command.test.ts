import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runCli } from '../../src/cli/cli.js';
import type { CalleeBehaviour } from '../../src/emulator/carrier/callee.js';
import { startLiveEmulator } from '../../src/emulator/live-emulator.js';
import { createScript } from '../../src/emulator/script.js';
import { ACCOUNT_SID, startTestCarrier } from '../support/carrier.js';
import { AUTH_TOKEN } from '../support/liveline.js';
import { callerSpeech, createTestSpeech } from '../support/test-speech.js';

const CALLEE = '+15550009999';
const AGENTS = `
outbound: { allow: ["+1555"] }
agents:
  reminder:
    numbers: ["+15550002222"]
    instructions: You remind {{ call.parameters.name }}.
    greeting: Greet {{ call.parameters.name }}.
  messenger:
    numbers: ["+15550002223"]
    instructions: You remind people.
    outbound: { machine: message, message: Please call us back. }
`;

async function dial(behaviour: CalleeBehaviour, ...args: string[]) {
  const directory = mkdtempSync(join(tmpdir(), 'dial-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, 'agents.yaml'), AGENTS);
  const carrier = await startTestCarrier();
  const callee = carrier.connect(CALLEE, behaviour);
  await using emulator = await startLiveEmulator({
    script: createScript({ greeting: '{{ text | split: ": " | last }}' }),
    speech: createTestSpeech(),
  });
  // A person who is called listens to the end, and hangs up; a machine records.
  void callee.nextCall().then(async (phone) => {
    if (behaviour.machine) return;
    await phone.waitFor('agent-audio', ({ phase }) => phase === 'ended').catch(() => undefined);
    phone.hangUp();
  });
  let [printed, complained] = ['', ''];
  const exitCode = await runCli(['dial', ...args], {
    print: (text) => (printed += text),
    complain: (text) => (complained += text),
    isInteractive: false,
    env: {
      PORT: '0',
      HOST: '127.0.0.1',
      AGENTS_CONFIG: join(directory, 'agents.yaml'),
      DATA_DIR: directory,
      TWILIO_ACCOUNT_SID: ACCOUNT_SID,
      TWILIO_AUTH_TOKEN: AUTH_TOKEN,
      TWILIO_API_BASE_URL: carrier.url,
      GEMINI_API_KEY: 'key',
      GOOGLE_GEMINI_BASE_URL: emulator.url,
    },
  });
  return { carrier, exitCode, printed, complained };
}

it('has an agent call, and tells each status and what was said, a line each', async () => {
  const { exitCode, complained, printed } = await dial(
    {},
    ...[CALLEE, '--agent', 'reminder', '--var', 'name=Ada Lovelace', '--json'],
  );
  expect({ exitCode, complained }).toEqual({ exitCode: 0, complained: '' });
  const told = printed
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; status?: string; pii?: { text?: string } });
  const statuses = told.filter(({ type }) => type === 'outbound').map(({ status }) => status);
  expect([statuses[0], statuses.at(-1)]).toEqual(['queued', 'completed']);
  expect(told.find(({ type }) => type === 'turn')).toMatchObject({ pii: { text: 'Greet Ada Lovelace.' } });
});

it('tells what is said to a person who proves to be a machine, and then the message', async () => {
  const machine = { greeting: await callerSpeech(300), beep: true };
  const { exitCode, complained, printed } = await dial({ machine }, CALLEE, '--agent', 'messenger');
  expect({ exitCode, complained }, printed).toEqual({ exitCode: 0, complained: '' });
  expect(printed).toMatch(
    /“Somebody has answered(?:.*\n)*.*answered by machine end beep\n(?:.*\n)*.*“Please call us back\.”/,
  );
});

it('is called wrongly with what is no number, or no variable', async () => {
  expect((await dial({}, '555 0009999', '--agent', 'reminder')).exitCode).toBe(2);
  expect((await dial({}, CALLEE, '--agent', 'reminder', '--var', 'name')).exitCode).toBe(2);
});

it('fails honestly where nobody is reached', async () => {
  const busy = await dial({ does: 'is-busy' }, CALLEE, '--agent', 'reminder');
  expect(busy.exitCode).toBe(1);
  expect(busy.complained).toContain('nobody was reached: busy');
  expect(busy.printed).toMatch(/line {4}queued\n(?:.*\n)*.*line {4}busy/);
});

it('fails honestly where a machine is hung up on, and where the number is not allowed', async () => {
  const machine = await dial({ machine: { greeting: new Int16Array(16_000) } }, CALLEE, '--agent', 'reminder');
  expect([machine.exitCode, machine.complained]).toEqual([1, expect.stringContaining('a machine answered')]);
  const forbidden = await dial({}, '+4915550009999', '--agent', 'reminder');
  expect([forbidden.exitCode, forbidden.complained]).toEqual([1, expect.stringContaining('allow')]);
  expect(forbidden.carrier.calls).toEqual([]);
});
