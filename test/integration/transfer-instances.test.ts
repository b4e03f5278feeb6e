import { describe, expect, it, vi } from 'vitest';
import type { CalleeBehaviour } from '../../src/emulator/carrier/callee.js';
import type { PhoneEvent } from '../../src/emulator/phone/phone-event.js';
import type { EmulatorScriptInput } from '../../src/emulator/script-schema.js';
import type { CallReport } from '../../src/records/call-report.js';
import { Resources } from '../../src/server/resources.js';
import { startBalancer } from '../support/balancer.js';
import { requestWebhook, webhookFields } from '../support/twilio-client.js';
import { ACCOUNT_SID, startTestCarrier } from '../support/carrier.js';
import { startLocalServer } from '../support/local-server.js';
import { AUTH_TOKEN, startTestLine } from '../support/liveline.js';

const SALES = '+15550004444';
const CALLER = '+12025550123';

function agents({ transfer = '', settings = '' }: { transfer?: string; settings?: string }): string {
  return `
agents:
  reception:
    numbers: ["+12025550199"]
    instructions: You answer the phone.
    greeting: Greet the caller.
    turn: { protect_greeting: false, silence_ms: 300 }
    tools:
      - built_in: transfer
        to: { sales: "${SALES}" }
        ring_timeout_s: 5
        ${transfer}
    ${settings}
`;
}

const SCRIPT: EmulatorScriptInput = {
  replies: [
    { on: { text: '^Greet' }, say: 'Hi.' },
    {
      on: { text: '^sales' },
      say: 'Yes.',
      call: { name: 'transfer', args: { to: 'sales', summary: 'Ada asks.' } },
      then: 'It is {{ result.status }}.',
    },
    { on: { text: 'through to sales, but the line was busy' }, say: 'Busy.' },
    { on: { text: 'through to sales, but the call was not taken' }, say: 'Not taken.' },
    { on: { text: 'history' }, say: '{% for turn in history %}{{ turn.text | slice: 0, 5 }};{% endfor %}' },
  ],
};

/** Two servers of one agents file and one secret, which share nothing else, and a call whose stream is at the first. */
async function start(
  options: {
    transfer?: string;
    settings?: string;
    callee?: CalleeBehaviour;
    onCallerEvent?: (event: PhoneEvent) => void;
  } = {},
) {
  const resources = new Resources();
  const balancer = resources.use(await startBalancer());
  const carrier = await startTestCarrier();
  const file = agents(options);
  const server = {
    publicUrl: balancer.url,
    twilio: { accountSid: ACCOUNT_SID, authTokens: [AUTH_TOKEN], apiBaseUrl: carrier.url },
  };
  const a = resources.use(await startTestLine({ agents: file, script: SCRIPT, server }));
  // The model's sessions are one service's, whoever takes them up.
  const model = { kind: 'gemini-api' as const, apiKey: 'test-key', baseUrl: a.emulator.url };
  const b = resources.use(await startTestLine({ agents: file, server: { ...server, model } }));
  balancer.route = () => a.server.url;
  const sales = carrier.connect(SALES, options.callee);
  const { onCallerEvent: onEvent } = options;
  const caller = carrier.placeCall({ url: balancer.url, from: CALLER, ...(onEvent && { onEvent }) });
  await a.waitFor('turn', ({ speaker, pii }) => speaker === 'agent' && pii.text.includes('Hi.'));
  balancer.route = () => b.server.url;
  return { a, b, balancer, sales, caller, carrier, [Symbol.asyncDispose]: () => resources[Symbol.asyncDispose]() };
}

/** A service that is told of calls. */
async function startReceiver() {
  const server = await startLocalServer((_request, response) => void response.writeHead(204).end());
  const secret = 'whsec_c2VjcmV0IGZvciB0aGlzIHRlc3QsIGFuZCBubyBvdGhlcg==';
  return {
    settings: `after_call: { url: "${server.origin}/", secret: "${secret}", allow_private_hosts: ["127.0.0.1"] }`,
    reports: () =>
      server.requests.map(({ body, headers }) => {
        const report = JSON.parse(body) as CallReport;
        expect(headers['webhook-id']).toBe(report.id);
        return report;
      }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const reply =
  (text: string) =>
  ({ speaker, pii }: { speaker: string; pii: { text: string } }) =>
    speaker === 'agent' && pii.text.includes(text);

describe('a cold transfer that nobody takes, whose caller comes back to another instance', () => {
  it('goes on in the same session there, without another greeting, and the reports of both say so', async () => {
    await using receiver = await startReceiver();
    await using two = await start({ callee: { does: 'is-busy' }, settings: receiver.settings });
    const { a, b, caller } = two;
    await a.say('sales please');
    expect(await a.waitFor('ended')).toMatchObject({ reason: 'transferred' });
    await b.waitFor('turn', reply('Busy.'));
    expect(b.events.find(({ type }) => type === 'model-opening')).toMatchObject({ fresh: false });
    await b.say('What is the history?');
    await b.waitFor('turn', reply('Hi.;'));
    caller.hangUp();
    expect(await b.waitFor('ended')).toMatchObject({ reason: 'caller-hung-up' });
    expect(a.emulator.totalSessions).toBe(2);
    await vi.waitFor(() => expect(receiver.reports()).toHaveLength(2), { timeout: 5_000 });
    const [first, second] = receiver.reports();
    expect(first).toMatchObject({ callSid: caller.callSid, outcome: { reason: 'transferred' } });
    expect(second).toMatchObject({ continues: first!.id, returned: { from: 'sales', why: 'busy' } });
  });

  it('goes on in a fresh one that is told the truth, where there is none to take up', async () => {
    await using two = await start({ callee: { does: 'is-busy' }, settings: 'session: { resume: false }' });
    const { a, b, caller } = two;
    await a.say('sales please');
    await b.waitFor('turn', reply('Busy.'));
    expect(b.events.find(({ type }) => type === 'model-opening')).toMatchObject({ fresh: true });
    await b.say('What is the history?');
    const { pii } = await b.waitFor('turn', reply(';'));
    // All that it knows is why the caller is there; it is told to apologise and ask.
    expect(pii.text).toBe('(You ;Busy.;What ;');
    caller.hangUp();
    await caller.ended;
  });
});

describe('a warm transfer, decided at another instance than the caller is at', () => {
  const WARM = { transfer: 'mode: warm' };

  it('is not made again by the same key, wherever that is told once more', async () => {
    await using two = await start(WARM);
    const { a, b, balancer, sales, caller } = two;
    const asked: string[] = [];
    balancer.onRequest = (url) => asked.push(url);
    await a.say('sales please');
    const human = await sales.nextCall();
    await human.waitFor('gathering');
    await human.press('1');
    await Promise.all([caller.waitFor('bridged'), human.waitFor('bridged')]);
    const decide = asked.find((url) => url.startsWith('/twilio/transfer/decide'))!;
    const fields = webhookFields({ CallSid: human.callSid, CallStatus: 'in-progress', Digits: '1' });
    for (const { server } of [a, b]) {
      balancer.route = () => server.url;
      const { status, body } = await requestWebhook(`${balancer.url}${decide}`, fields, AUTH_TOKEN);
      expect([status, body]).toEqual([200, expect.stringContaining('<Hangup/>')]);
    }
    expect(caller.events.filter(({ type }) => type === 'dialed')).toHaveLength(1);
    expect(caller.events.some(({ type }) => type === 'unbridged')).toBe(false);
    human.hangUp();
    expect(await caller.ended).toEqual({ reason: 'agent-hung-up' });
  });

  it('ends the call there as put through, once, and leaves both to talk', async () => {
    await using receiver = await startReceiver();
    await using two = await start({ ...WARM, settings: receiver.settings });
    const { a, b, sales, caller } = two;
    await a.say('sales please');
    const human = await sales.nextCall();
    await human.waitFor('gathering');
    await human.press('1');
    await Promise.all([caller.waitFor('bridged'), human.waitFor('bridged')]);
    expect(await a.waitFor('ended')).toMatchObject({ reason: 'transferred' });
    expect(a.events.filter(({ type }) => type === 'ended')).toHaveLength(1);
    expect(b.events).toEqual([]);
    await vi.waitFor(() => expect(receiver.reports()).toHaveLength(1), { timeout: 5_000 });
    expect(receiver.reports()).toMatchObject([{ callSid: caller.callSid, outcome: { reason: 'transferred' } }]);
    human.hangUp();
    expect(await caller.ended).toEqual({ reason: 'agent-hung-up' });
  });

  it('by somebody who hangs up before they meet brings the caller back', async () => {
    const human: { hangUp?: () => void } = {};
    await using two = await start({ ...WARM, onCallerEvent: ({ type }) => type === 'stop' && human.hangUp?.() });
    const { a, b, sales, caller } = two;
    await a.say('sales please');
    const phone = await sales.nextCall();
    await phone.waitFor('gathering');
    human.hangUp = () => phone.hangUp();
    await phone.press('1');
    expect(await a.waitFor('ended')).toMatchObject({ reason: 'transferred' });
    await b.waitFor('turn', reply('Not taken.'));
    expect(caller.events.some(({ type }) => type === 'bridged')).toBe(false);
    caller.hangUp();
    expect(await b.waitFor('ended')).toMatchObject({ reason: 'caller-hung-up' });
  });

  it('that is declined there leaves the caller with the agent', async () => {
    await using two = await start(WARM);
    const { a, sales, caller } = two;
    await a.say('sales please');
    const human = await sales.nextCall();
    await human.waitFor('gathering');
    await human.press('2');
    await a.waitFor('turn', reply('It is declined.'));
    expect(a.events.some(({ type }) => type === 'ended')).toBe(false);
    caller.hangUp();
    expect(await a.waitFor('ended')).toMatchObject({ reason: 'caller-hung-up' });
  });

  it('is a hang-up where the caller hangs up meanwhile, and lets go whoever was asked', async () => {
    await using two = await start(WARM);
    const { a, sales, caller } = two;
    await a.say('sales please');
    const human = await sales.nextCall();
    await human.waitFor('gathering');
    caller.hangUp();
    expect(await human.ended).toEqual({ reason: 'agent-hung-up' });
    expect(await a.waitFor('ended')).toMatchObject({ reason: 'caller-hung-up' });
  });
});
