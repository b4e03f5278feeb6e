import { describe, expect, it, onTestFinished } from 'vitest';
import type { CalleeBehaviour } from '../../src/emulator/carrier/callee.js';
import type { PhoneCall } from '../../src/emulator/phone/phone-call.js';
import type { EmulatorScriptInput } from '../../src/emulator/script-schema.js';
import { streamSecrets } from '../../src/twilio/stream-token.js';
import { createTransferSeal, transferUrls } from '../../src/twilio/transfer-order.js';
import { ACCOUNT_SID, startTestCarrier } from '../support/carrier.js';
import { bestFit } from '../support/correlation.js';
import { AUTH_TOKEN, startTestLine } from '../support/liveline.js';
import { startLocalServer } from '../support/local-server.js';
import { callerSpeech } from '../support/test-speech.js';
import { readStream, requestWebhook, webhookFields } from '../support/twilio-client.js';

const SALES = '+15550004444';
const CALLER = '+12025550123';

function agents(transfer: string, resume: boolean): string {
  return `
agents:
  reception:
    numbers: ["+12025550199"]
    instructions: You answer the phone.
    greeting: Greet the caller.
    disclosure: { say: This call is with an automatic assistant. }
    turn: { protect_greeting: false, silence_ms: 300 }
    session: { resume: ${resume} }
    tools:
      - built_in: transfer
        to: { sales: "${SALES}" }
        ${transfer}
      - built_in: send_sms
        from: "+15550002222"
        to: { office: "+15550005555" }
`;
}

const SCRIPT: EmulatorScriptInput = {
  greeting: 'Hi.',
  replies: [
    {
      on: { text: '^sales' },
      say: 'Yes.',
      call: { name: 'transfer', args: { to: 'sales', summary: 'Ada has a question.' } },
      then: 'It is {{ result.status }}.',
    },
    { on: { text: 'the line was busy' }, say: 'Busy.' },
    { on: { text: 'history' }, say: '{% for turn in history %}{{ turn.text | slice: 0, 5 }};{% endfor %}' },
    {
      on: { text: 'message to (?<who>\\w+)' },
      call: { name: 'send_sms', args: { text: 'We open at eight.', to: '{{ match.who }}' } },
      then: 'It is {{ result.status }}.',
      failed: 'That did not work.',
    },
  ],
};

async function start(
  options: { transfer?: string; callee?: CalleeBehaviour; resume?: boolean; losesAnswers?: boolean } = {},
) {
  const carrier = await startTestCarrier();
  const api = options.losesAnswers === true ? await startLossyApi(carrier.url) : carrier;
  const line = await startTestLine({
    agents: agents(options.transfer ?? 'ring_timeout_s: 5', options.resume ?? true),
    script: SCRIPT,
    server: { twilio: { accountSid: ACCOUNT_SID, authTokens: [AUTH_TOKEN], apiBaseUrl: api.url } },
  });
  const sales = carrier.connect(SALES, options.callee);
  const caller = carrier.placeCall({ url: line.server.url, from: CALLER });
  const said = (phone: PhoneCall) => phone.events.filter((event) => event.type === 'said').map(({ text }) => text);
  /** What the agent says next, once it was heard. */
  async function reply(matching: string): Promise<void> {
    await line.waitFor('turn', ({ speaker, pii }) => speaker === 'agent' && pii.text.includes(matching));
  }
  await reply('Hi.');
  return { carrier, line, sales, caller, said, reply };
}

/** The API behind a network that loses its answers about what a running call is to do next. */
async function startLossyApi(url: string) {
  const server = await startLocalServer(({ method, path, headers, body }, response) => {
    const passOn = async () => {
      const { authorization = '', 'content-type': type = '' } = headers;
      const init = { method, headers: { authorization, 'content-type': type }, ...(body !== '' && { body }) };
      const answer = await fetch(url + path, init);
      const text = await answer.text();
      if (body.includes('Twiml=')) response.destroy();
      else response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
    };
    void passOn();
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return { url: server.origin };
}

/** Both hear what the other says. */
async function talk(one: PhoneCall, other: PhoneCall): Promise<void> {
  const words = await callerSpeech(400);
  await one.speak(words);
  await one.sleep(150);
  expect(bestFit(other.heard, words).correlation).toBeGreaterThan(0.97);
}

describe('a cold transfer', () => {
  it('is made once the agent was heard, and the caller and whoever answers hear each other', async () => {
    const { carrier, line, sales, caller, said } = await start();
    await using _ = line;
    expect(said(caller)).toEqual(['This call is with an automatic assistant.']);
    await line.say('sales please');
    const human = await sales.nextCall();
    const heard = caller.events.findLast((event) => event.type === 'agent-audio');
    expect(heard).toMatchObject({ phase: 'ended', cut: false });
    await caller.waitFor('bridged');
    expect(carrier.calls[1]!.leg.options).toMatchObject({ from: CALLER, to: SALES, direction: 'outbound-dial' });
    expect(await line.waitFor('ended')).toMatchObject({ reason: 'transferred' });
    await talk(human, caller);
    human.hangUp();
    expect(await caller.ended).toEqual({ reason: 'agent-hung-up' });
    expect(said(caller)).toHaveLength(1);
  });

  it('that nobody takes brings the caller back to the agent, in the same session, without another greeting', async () => {
    const { line, caller, said, reply } = await start({ callee: { does: 'is-busy' } });
    await using _ = line;
    await line.say('sales please');
    await reply('Busy.');
    expect(said(caller)).toHaveLength(1);
    expect(line.events.filter(({ type }) => type === 'started')).toHaveLength(2);
    expect(line.events.findLast((event) => event.type === 'model-opening')).toMatchObject({ fresh: false });
    await line.say('What is the history?');
    await reply('Hi.;');
    caller.hangUp();
    await caller.ended;
    expect(line.emulator.totalSessions).toBe(2);
  });

  it('that nobody takes is told to a fresh session with all that was said, where there is none to take up', async () => {
    const { line, caller, reply } = await start({ callee: { does: 'is-busy' }, resume: false });
    await using _ = line;
    await line.say('sales please');
    await reply('Busy.');
    expect(line.events.findLast((event) => event.type === 'model-opening')).toMatchObject({ fresh: true });
    await line.say('What is the history?');
    await reply('Hi.;sales;Yes.;');
    caller.hangUp();
    await caller.ended;
  });

  it('that nobody takes ends with a line, where the file has one', async () => {
    const { line, caller, said } = await start({
      transfer: 'on_no_answer: { say: Nobody is there. }',
      callee: { does: 'does-not-answer' },
    });
    await using _ = line;
    await line.say('sales please');
    await caller.ended;
    expect(said(caller).at(-1)).toBe('Nobody is there.');
  });

  it('that Twilio does not make leaves the caller with the agent, who knows', async () => {
    const { carrier, line, caller, reply } = await start();
    await using _ = line;
    carrier.refuse({ status: 400, code: 21218 });
    await line.say('sales please');
    await reply('It is 400.');
    expect(await line.waitFor('tool', ({ phase }) => phase === 'answered')).toMatchObject({ ok: false });
    caller.hangUp();
    expect(await line.waitFor('ended')).toMatchObject({ reason: 'caller-hung-up' });
  });
});

describe('an agent whose time with a caller is nearly over', () => {
  it('is not given them back: they hear the fallback', async () => {
    await using line = await startTestLine({
      agents: agents('ring_timeout_s: 5', true),
      server: { twilio: { accountSid: ACCOUNT_SID, authTokens: [AUTH_TOKEN] } },
    });
    const fields = webhookFields({ AccountSid: ACCOUNT_SID, CallStatus: 'in-progress', DialCallStatus: 'busy' });
    const seal = createTransferSeal(streamSecrets({ authTokens: [AUTH_TOKEN] }));
    const after = async (spentMs: number) => {
      const order = { id: 'x', agent: 'reception', to: 'sales', callSid: fields['CallSid']!, beganWallMs: 1_000 };
      const url = transferUrls(line.server.url, seal.seal({ ...order, spentMs })).after;
      return (await requestWebhook(url, fields, AUTH_TOKEN)).body;
    };
    expect(readStream(await after(29 * 60_000)).parameters).toMatchObject({
      ...{ returned_from: 'sales', returned_why: 'busy' },
      ...{ returned_spent_ms: String(29 * 60_000), returned_began_wall_ms: '1000' },
    });
    expect(await after(30 * 60_000)).toMatch(/^<\?xml[^>]*><Response><Say[^>]*>[^<]+<\/Say><Hangup\/><\/Response>$/);
  });
});

describe('a warm transfer', () => {
  const WARM = { transfer: 'mode: warm' };

  it('tells whoever answers first, and joins both when they take the call', async () => {
    const { carrier, line, sales, caller, said } = await start(WARM);
    await using _ = line;
    await line.say('sales please');
    const human = await sales.nextCall();
    await human.waitFor('gathering');
    expect(said(human)[0]).toBe('You have a call. Ada has a question. To take it, press 1. To decline, press 2.');
    expect(carrier.calls[1]!.leg.options).toMatchObject({ from: '+12025550199', direction: 'outbound-api' });
    expect(caller.events.some(({ type }) => type === 'stop')).toBe(false);
    await human.press('1');
    await Promise.all([caller.waitFor('bridged'), human.waitFor('bridged')]);
    expect(await line.waitFor('ended')).toMatchObject({ reason: 'transferred' });
    await talk(caller, human);
    caller.hangUp();
    expect(await human.ended).toEqual({ reason: 'agent-hung-up' });
  });

  it.each([
    ['declined', '2', {}],
    ['busy', '', { does: 'is-busy' }],
  ] as const)('that is %s is told to the agent, who never left', async (outcome, key, callee) => {
    const { line, sales, caller, reply } = await start({ ...WARM, callee });
    await using _ = line;
    await line.say('sales please');
    const human = await sales.nextCall();
    if (key !== '') await human.waitFor('gathering');
    if (key !== '') await human.press(key);
    await reply(`It is ${outcome}.`);
    expect(await line.waitFor('transfer', ({ phase }) => phase !== 'asked')).toMatchObject({ phase: outcome });
    expect(caller.events.filter(({ type }) => type === 'start')).toHaveLength(1);
    caller.hangUp();
    await caller.ended;
  });

  it('joins both where Twilio moves the caller and its answer is lost', async () => {
    const { line, sales, caller } = await start({ ...WARM, losesAnswers: true });
    await using _ = line;
    await line.say('sales please');
    const human = await sales.nextCall();
    await human.waitFor('gathering');
    await human.press('1');
    await Promise.all([caller.waitFor('bridged'), human.waitFor('bridged')]);
    expect(await line.waitFor('ended')).toMatchObject({ reason: 'transferred' });
    human.hangUp();
    expect(await caller.ended).toEqual({ reason: 'agent-hung-up' });
  });

  it('is called off when the caller leaves meanwhile', async () => {
    const { line, sales, caller } = await start(WARM);
    await using _ = line;
    await line.say('sales please');
    const human = await sales.nextCall();
    await human.waitFor('gathering');
    caller.hangUp();
    expect(await human.ended).toEqual({ reason: 'agent-hung-up' });
    expect(await line.waitFor('ended')).toMatchObject({ reason: 'caller-hung-up' });
  });
});

describe('a text message', () => {
  it('goes to the caller or to a destination by name, and to nobody else', async () => {
    const { carrier, line, caller, reply } = await start();
    await using _ = line;
    await line.say('Send a message to caller');
    await reply('It is sent.');
    await line.say('Send a message to office');
    await line.waitFor('sms-sent', ({ to }) => to === 'office');
    await line.say('Send a message to stranger');
    await reply('That did not work.');
    expect(carrier.messages.map(({ to, from, body }) => [to, from, body])).toEqual([
      [CALLER, '+15550002222', 'We open at eight.'],
      ['+15550005555', '+15550002222', 'We open at eight.'],
    ]);
    caller.hangUp();
    await caller.ended;
  });
});
