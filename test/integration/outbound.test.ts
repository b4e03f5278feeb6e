import { describe, expect, it } from 'vitest';
import type { CallEvent } from '../../src/call/events.js';
import type { EmulatorScriptInput } from '../../src/emulator/script-schema.js';
import { ACCOUNT_SID, startTestCarrier } from '../support/carrier.js';
import { AUTH_TOKEN, startTestLine } from '../support/liveline.js';
import { callerSpeech } from '../support/test-speech.js';

const CALLEE = '+15550009999';
const AGENTS = `
outbound: { allow: ["+1555"], deny: ["+1555999"], calls_per_second: 30 }
agents:
  reminder:
    numbers: ["+15550002222"]
    instructions: You remind {{ call.parameters.name }} of an appointment.
    greeting: Greet the person you called.
    turn: { silence_ms: 300 }
    outbound: { machine: message, message: "Hello {{ call.parameters.name }}, please call us back." }
    tools: [{ built_in: hang_up }]
  listener:
    numbers: ["+15550002223"]
    instructions: You wait for the other side to speak.
    turn: { silence_ms: 300 }
    outbound: { speak_first: false, machine: hang_up, deny: ["+15550001"] }
`;

interface Made {
  id: string;
  callSid?: string;
  status: string;
  answeredBy?: string;
  conversations?: unknown[];
}

async function start(
  options: { agents?: string; script?: EmulatorScriptInput; carrier?: Parameters<typeof startTestCarrier>[0] } = {},
) {
  const carrier = await startTestCarrier(options.carrier);
  const line = await startTestLine({
    agents: options.agents ?? AGENTS,
    ...(options.script && { script: options.script }),
    server: { twilio: { accountSid: ACCOUNT_SID, authTokens: [AUTH_TOKEN], apiBaseUrl: carrier.url } },
  });
  async function dial(body: object): Promise<{ status: number; body: Made & { error?: { code: string } } }> {
    const response = await fetch(`${line.server.url}/api/calls`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Made & { error?: { code: string } } };
  }
  async function find(id: string): Promise<Made> {
    return (await (await fetch(`${line.server.url}/api/calls/${id}`)).json()) as Made;
  }
  const statuses = (id: string) =>
    line.events
      .filter((event): event is CallEvent & { type: 'outbound' } => event.type === 'outbound' && event.id === id)
      .filter(({ status }, index, all) => status !== all[index - 1]?.status)
      .map(({ status }) => status);
  return { carrier, line, dial, find, statuses };
}

describe('a call that an agent makes', () => {
  it('is answered, spoken to by name, and followed to its end, although it starts before Twilio has said that it would', async () => {
    const { carrier, line, dial, find, statuses } = await start({
      script: { greeting: 'Hello, this is the practice.', replies: [{ on: 'speech', say: 'Until tomorrow.' }] },
      carrier: { createAnswerDelayMs: 900, duplicateCallbacks: true },
    });
    await using _ = line;
    const callee = carrier.connect(CALLEE, { ringMs: 200 });
    const { status, body } = await dial({ to: CALLEE, agent: 'reminder', variables: { name: 'Ada' } });
    expect([status, body.status]).toEqual([202, 'queued']);

    const phone = await callee.nextCall();
    await phone.waitFor('agent-audio', ({ phase }) => phase === 'ended');
    expect(await line.waitFor('started')).toMatchObject({
      callSid: phone.callSid,
      direction: 'outbound',
      pii: { from: '+15550002222', to: CALLEE },
    });
    expect(await find(body.id)).toMatchObject({ callSid: phone.callSid, status: 'in-progress', answeredBy: 'human' });
    phone.hangUp();
    await line.waitFor('outbound', (event) => event.status === 'completed');
    expect(statuses(body.id)).toEqual(['queued', 'initiated', 'ringing', 'in-progress', 'completed']);
    const { reason, durationMs, usage } = await line.waitFor('ended');
    expect(usage).toMatchObject({ replies: 1 });
    expect((await find(body.id)).conversations).toEqual([{ reason, durationMs, usage }]);
    expect(carrier.calls[0]!.leg.options.maxCallMs).toBe(31 * 60_000);
  });

  it('is answered by whichever instance Twilio asks', async () => {
    const { carrier, line: other } = await start({ script: { greeting: 'Hello.' } });
    await using _ = other;
    await using line = await startTestLine({
      agents: AGENTS,
      server: {
        twilio: { accountSid: ACCOUNT_SID, authTokens: [AUTH_TOKEN], apiBaseUrl: carrier.url },
        publicUrl: other.server.url,
      },
    });
    const callee = carrier.connect(CALLEE);
    const response = await fetch(`${line.server.url}/api/calls`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ to: CALLEE, agent: 'reminder', variables: { name: 'Ada' } }),
    });
    const { id } = (await response.json()) as Made;
    const phone = await callee.nextCall();
    await phone.waitFor('agent-audio', ({ phase }) => phase === 'ended');
    expect(await other.waitFor('started')).toMatchObject({ agent: 'reminder', outbound: { id } });
    expect(line.events.every(({ type }) => type === 'outbound')).toBe(true);
    phone.hangUp();
    await phone.ended;
  });

  it('waits for the first words of whoever answers, where it is told to', async () => {
    const { carrier, line, dial } = await start({
      script: { greeting: 'Never said.', replies: [{ on: 'speech', heard: 'Hello?', say: 'Good morning.' }] },
    });
    await using _ = line;
    const callee = carrier.connect(CALLEE);
    await dial({ to: CALLEE, agent: 'listener' });
    const phone = await callee.nextCall();
    await phone.speak(await callerSpeech(500));
    const turn = await line.waitFor('turn', ({ speaker }) => speaker === 'agent');
    expect(turn.pii.text.trim()).toBe('Good morning.');
    phone.hangUp();
    await line.waitFor('outbound', (event) => event.status === 'completed');
  });

  it.each([
    ['is-busy', 'busy'],
    ['does-not-answer', 'no-answer'],
    ['fails', 'failed'],
  ] as const)('that %s is told as %s', async (does, status) => {
    const { carrier, line, dial, find } = await start();
    await using _ = line;
    carrier.connect(CALLEE, { does });
    const { body } = await dial({ to: CALLEE, agent: 'reminder' });
    await line.waitFor('outbound', (event) => event.status === status);
    expect(await find(body.id)).toMatchObject({ status });
    expect(line.events.filter(({ type }) => type === 'started')).toEqual([]);
  });
});

it('is given up by the operator while it rings', async () => {
  const { carrier, line, dial, find } = await start();
  await using _ = line;
  const callee = carrier.connect(CALLEE, { ringMs: 60_000 });
  const { body } = await dial({ to: CALLEE, agent: 'reminder' });
  const phone = await callee.nextCall();
  await expect.poll(() => find(body.id)).toMatchObject({ callSid: phone.callSid });
  const hangUp = await fetch(`${line.server.url}/api/calls/${body.id}/hangup`, { method: 'POST' });
  expect(hangUp.status).toBe(202);
  await phone.ended;
  await line.waitFor('outbound', (event) => event.status === 'canceled');
});

it('is not spoken to when it was given up before Twilio had answered for it', async () => {
  const { carrier, line, dial, find } = await start({ carrier: { createAnswerDelayMs: 900 } });
  await using _ = line;
  // It is picked up before anybody can hang it up.
  const callee = carrier.connect(CALLEE, { ringMs: 300 });
  const { body } = await dial({ to: CALLEE, agent: 'reminder' });
  expect((await fetch(`${line.server.url}/api/calls/${body.id}/hangup`, { method: 'POST' })).status).toBe(202);
  const phone = await callee.nextCall();
  await phone.ended;
  expect(line.events.filter(({ type }) => type === 'started')).toEqual([]);
  expect(await find(body.id)).toMatchObject({ status: 'canceled' });
});

describe('an answering machine', () => {
  const machine = { greeting: new Int16Array(0), beep: true };

  it('is left the message after its beep, in the agent’s voice and to the last mark', async () => {
    const { carrier, line, dial, find } = await start({
      // Says what it was told to say.
      script: { greeting: '{{ text | split: "after it: " | last }}' },
    });
    await using _ = line;
    const callee = carrier.connect(CALLEE, { machine: { ...machine, greeting: await callerSpeech(300) } });
    const { body } = await dial({ to: CALLEE, agent: 'reminder', variables: { name: 'Ada' } });
    const phone = await callee.nextCall();
    expect(await phone.ended).toEqual({ reason: 'agent-hung-up' });
    const reasons = line.events.filter((event) => event.type === 'ended').map(({ reason }) => reason);
    expect(reasons).toEqual(['machine-answered', 'agent-hung-up']);
    expect((await find(body.id)).conversations).toMatchObject(reasons.map((reason) => ({ reason })));
    const said = line.events.filter((event) => event.type === 'turn').map(({ pii }) => pii.text.trim());
    expect(said.at(-1)).toBe('Hello Ada, please call us back.');
    expect(phone.events.findLast((event) => event.type === 'agent-audio')).toMatchObject({ cut: false });
    const completed = await line.waitFor('outbound', (event) => event.status === 'completed');
    expect(completed).toMatchObject({ id: body.id, answeredBy: 'machine_end_beep', messageLeft: true });
  });

  it('is hung up on', async () => {
    const { carrier, line, dial } = await start({ script: { greeting: 'Hello.' } });
    await using _ = line;
    const callee = carrier.connect(CALLEE, { machine: { ...machine, greeting: await callerSpeech(2_000) } });
    await dial({ to: CALLEE, agent: 'listener' });
    const phone = await callee.nextCall();
    expect(await phone.ended).toEqual({ reason: 'agent-hung-up' });
    expect(await line.waitFor('ended')).toMatchObject({ reason: 'machine-answered' });
    expect(await line.waitFor('outbound', (event) => event.status === 'completed')).toMatchObject({
      answeredBy: 'machine_start',
    });
  });
});

describe('nobody is called', () => {
  it('whom no list covers, for an agent that is not there, from a number that is not its own, or by a wrong request', async () => {
    const { carrier, line, dial } = await start();
    await using _ = line;
    const answers = [
      await dial({ to: '+4915550009999', agent: 'reminder' }),
      await dial({ to: '+15559990000', agent: 'reminder' }),
      await dial({ to: '+15550001000', agent: 'listener' }),
      await dial({ to: CALLEE, agent: 'nobody' }),
      await dial({ to: CALLEE, agent: 'reminder', from: '+15550002223' }),
      await dial({ to: '555 0009999', agent: 'reminder' }),
      await dial({ to: CALLEE, agent: 'reminder', variables: { 'no name': 'x' } }),
      await dial({ to: CALLEE, agent: 'reminder', variables: { name: 'x'.repeat(401) } }),
    ];
    expect(answers.map(({ status, body }) => [status, body.error?.code])).toEqual([
      ...Array.from({ length: 3 }, () => [403, 'DIAL_NOT_ALLOWED']),
      ...Array.from({ length: 5 }, () => [400, 'FIELDS_MISSING']),
    ]);
    expect(carrier.calls).toEqual([]);
    expect(JSON.stringify(answers)).not.toContain('0009999');
    expect((await fetch(`${line.server.url}/api/calls/nothing`)).status).toBe(404);
  });

  it('beyond those that may wait, and the answer says that', async () => {
    const { dial, line } = await start({
      agents: AGENTS.replace('calls_per_second: 30', 'max_calls: 1, max_queued: 1'),
    });
    await using _ = line;
    const [, , refused] = [
      await dial({ to: CALLEE, agent: 'reminder' }),
      await dial({ to: CALLEE, agent: 'reminder' }),
      await dial({ to: CALLEE, agent: 'reminder' }),
    ];
    const detail = 'too many calls wait to be made; try again later';
    expect(refused).toEqual({ status: 503, body: { error: { code: 'CALL_CAPACITY', detail } } });
  });

  it('without credentials, or where Twilio could not find the server', async () => {
    await using line = await startTestLine({ agents: AGENTS });
    await using found = await startTestLine({
      agents: AGENTS,
      server: { twilio: { accountSid: ACCOUNT_SID, authTokens: [AUTH_TOKEN] } },
    });
    for (const [{ server }, words] of [
      [line, 'TWILIO_ACCOUNT_SID'],
      [found, 'PUBLIC_URL'],
    ] as const) {
      const response = await fetch(`${server.url}/api/calls`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ to: CALLEE, agent: 'reminder' }),
      });
      expect(response.status).toBe(409);
      expect(await response.text()).toContain(words);
    }
  });
});
