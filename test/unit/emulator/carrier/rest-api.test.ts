import twilio from 'twilio';
import { validateRequest } from 'twilio/lib/webhooks/webhooks.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Carrier } from '../../../../src/emulator/carrier/carrier.js';
import type { CarrierOptions } from '../../../../src/emulator/carrier/network.js';
import { ACCOUNT_SID, startTestCarrier } from '../../../support/carrier.js';
import { AUTH_TOKEN } from '../../../support/liveline.js';
import { startScriptedBridge, type BridgeScript } from '../../../support/scripted-bridge.js';

const OWN = '+15550002222';
const CALLEE = '+15550009999';
const CONNECT = '<Response><Connect><Stream url="{ws}/media"/></Connect></Response>';

/** Twilio's own client, with nothing changed but where it sends. */
function clientOf(carrier: Carrier, token = AUTH_TOKEN) {
  const httpClient = new twilio.RequestClient({ keepAlive: false });
  const request = httpClient.request.bind(httpClient);
  httpClient.request = (call) => request({ ...call, uri: call.uri.replace('https://api.twilio.com', carrier.url) });
  return twilio(ACCOUNT_SID, token, { httpClient });
}

async function start(options: Partial<CarrierOptions> = {}, script: Partial<BridgeScript> = {}) {
  const carrier = await startTestCarrier(options);
  const documents = { '/voice': CONNECT, '/status': 204, '/amd': 204, ...script.documents };
  const bridge = await startScriptedBridge({ ...script, documents });
  onTestFinished(() => bridge[Symbol.asyncDispose]());
  const told = (path: string) => bridge.requests.filter((request) => request.path === path);
  return { carrier, bridge, client: clientOf(carrier), told };
}

function tone(ms: number): Int16Array {
  return Int16Array.from({ length: ms * 8 }, (_, i) => Math.round(8000 * Math.sin((2 * Math.PI * 440 * i) / 8000)));
}

describe('a call made by the API', () => {
  it('rings, is answered, fetches its url, and tells each status, all signed', async () => {
    const { carrier, bridge, client, told } = await start();
    const callee = carrier.connect(CALLEE);
    const made = await client.calls.create({
      to: CALLEE,
      from: OWN,
      url: `${bridge.url}/voice`,
      statusCallback: `${bridge.url}/status`,
      statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
    });
    expect(made).toMatchObject({ status: 'queued', direction: 'outbound-api', to: CALLEE, from: OWN });
    const phone = await callee.nextCall();
    expect(phone.callSid).toBe(made.sid);
    await phone.waitFor('start');
    expect((await client.calls(made.sid).fetch()).status).toBe('in-progress');
    phone.hangUp();
    await phone.ended;
    await carrier.calls[0]!.told;

    expect(told('/voice')[0]!.fields).toMatchObject({
      CallSid: made.sid,
      CallStatus: 'in-progress',
      Direction: 'outbound-api',
      To: CALLEE,
    });
    const statuses = told('/status').map(({ fields }) => [fields['SequenceNumber'], fields['CallStatus']]);
    expect(statuses).toEqual([
      ['0', 'initiated'],
      ['1', 'ringing'],
      ['2', 'in-progress'],
      ['3', 'completed'],
    ]);
    expect(told('/status').at(-1)!.fields).toMatchObject({
      CallDuration: expect.stringMatching(/^\d$/),
      SipResponseCode: '200',
    });
    for (const { path, headers, fields } of [...told('/voice'), ...told('/status')]) {
      const signature = String(headers['x-twilio-signature']);
      expect(validateRequest(AUTH_TOKEN, signature, bridge.url + path, fields)).toBe(true);
    }
  });

  it.each([
    ['is-busy', 'busy'],
    ['does-not-answer', 'no-answer'],
    ['fails', 'failed'],
  ] as const)('that %s ends as %s and fetches nothing', async (does, status) => {
    const { carrier, bridge, client, told } = await start();
    const callee = carrier.connect(CALLEE, { does });
    await client.calls.create({
      to: CALLEE,
      from: OWN,
      url: `${bridge.url}/voice`,
      statusCallback: `${bridge.url}/status`,
    });
    await (
      await callee.nextCall()
    ).ended;
    await carrier.calls[0]!.told;
    expect(told('/status').map(({ fields }) => fields['CallStatus'])).toEqual([status]);
    expect(told('/voice')).toEqual([]);
  });

  it('can be told before the answer to its creation, and each callback twice', async () => {
    const { carrier, bridge, client, told } = await start({ createAnswerDelayMs: 300, duplicateCallbacks: true });
    const callee = carrier.connect(CALLEE);
    let answered = false;
    const making = client.calls
      .create({ to: CALLEE, from: OWN, url: `${bridge.url}/voice`, statusCallback: `${bridge.url}/status` })
      .finally(() => (answered = true));
    const phone = await callee.nextCall();
    await phone.waitFor('start');
    expect(answered).toBe(false);
    await making;
    phone.hangUp();
    await phone.ended;
    await carrier.calls[0]!.told;
    expect(told('/status').map(({ fields }) => fields['CallStatus'])).toEqual(['completed', 'completed']);
  });

  it('is cancelled while it rings', async () => {
    const { carrier, bridge, client } = await start();
    const callee = carrier.connect(CALLEE, { ringMs: 60_000 });
    const { sid } = await client.calls.create({ to: CALLEE, from: OWN, url: `${bridge.url}/voice` });
    const phone = await callee.nextCall();
    await client.calls(sid).update({ status: 'completed' });
    await phone.ended;
    expect((await client.calls(sid).fetch()).status).toBe('canceled');
  });
});

describe('detection of machines', () => {
  const detection = (url: string) => ({
    to: CALLEE,
    from: OWN,
    url: `${url}/voice`,
    machineDetection: 'DetectMessageEnd',
    asyncAmd: 'true',
    asyncAmdStatusCallback: `${url}/amd`,
  });

  it('tells a human while the TwiML runs', async () => {
    const { carrier, bridge, client, told } = await start();
    carrier.connect(CALLEE);
    await client.calls.create(detection(bridge.url));
    await expect.poll(() => told('/amd').map(({ fields }) => fields['AnsweredBy'])).toEqual(['human']);
    expect(told('/voice')).toHaveLength(1);
  });

  it('tells a machine once its greeting and beep are over, and the stream hears both', async () => {
    const { carrier, bridge, client, told } = await start();
    const callee = carrier.connect(CALLEE, { machine: { greeting: tone(200) } });
    await client.calls.create(detection(bridge.url));
    const phone = await callee.nextCall();
    await expect.poll(() => told('/amd')[0]?.fields['AnsweredBy'], { timeout: 3000 }).toBe('machine_end_beep');
    expect(Number(told('/amd')[0]!.fields['MachineDetectionDuration'])).toBeGreaterThanOrEqual(600);
    expect(phone.events.filter(({ type }) => type === 'caller-audio')).toHaveLength(4);
    const heard = bridge.streams[0]!.messages.filter(({ event }) => event === 'media');
    const spoken = heard.filter(({ media }) => Buffer.from(media.payload, 'base64').some((byte) => byte !== 0xff));
    expect(spoken.length).toBe(30);
  });
});

describe('changing a call', () => {
  it('with TwiML ends its stream with a stop and runs the document', async () => {
    const { carrier, bridge, client } = await start();
    const callee = carrier.connect(CALLEE);
    const { sid } = await client.calls.create({ to: CALLEE, from: OWN, url: `${bridge.url}/voice` });
    const called = await callee.nextCall();
    await called.waitFor('start');
    await client.calls(sid).update({ twiml: '<Response><Say>Moved.</Say></Response>' });
    expect(await called.ended).toEqual({ reason: 'agent-hung-up' });
    expect(called.events.find(({ type }) => type === 'said')).toMatchObject({ text: 'Moved.' });
    expect(bridge.streams[0]!.messages.at(-1)!.event).toBe('stop');
  });

  it('with a url asks there', async () => {
    const { carrier, bridge, client, told } = await start({}, { documents: { '/next': '<Response/>' } });
    const callee = carrier.connect(CALLEE);
    const { sid } = await client.calls.create({ to: CALLEE, from: OWN, url: `${bridge.url}/voice` });
    const phone = await callee.nextCall();
    await phone.waitFor('start');
    await client.calls(sid).update({ url: `${bridge.url}/next`, method: 'POST' });
    await phone.ended;
    expect(told('/next')[0]!.fields['CallSid']).toBe(sid);
  });

  it('hangs up a call that somebody placed', async () => {
    const { carrier, bridge, client } = await start({}, { documents: { '/twilio/voice': CONNECT } });
    const phone = carrier.placeCall({ url: bridge.url });
    await phone.waitFor('start');
    await client.calls(phone.callSid).update({ status: 'completed' });
    expect(await phone.ended).toEqual({ reason: 'agent-hung-up' });
    await expect(client.calls(phone.callSid).update({ status: 'completed' })).rejects.toMatchObject({ code: 21220 });
  });

  it('pauses and resumes its recording', async () => {
    const { carrier, bridge, client } = await start({}, { documents: { '/twilio/voice': CONNECT } });
    const phone = carrier.placeCall({ url: bridge.url });
    await phone.waitFor('start');
    const call = client.calls(phone.callSid);
    await expect(call.recordings('Twilio.CURRENT').update({ status: 'paused' })).rejects.toMatchObject({ code: 20404 });
    const { sid } = await call.recordings.create();
    expect(await call.recordings('Twilio.CURRENT').update({ status: 'paused' })).toMatchObject({ status: 'paused' });
    await call.recordings(sid).update({ status: 'in-progress' });
    expect(carrier.calls[0]!.recordings[0]!.statuses).toEqual(['in-progress', 'paused', 'in-progress']);
  });
});

describe('a message', () => {
  it('is taken from a number or a service', async () => {
    const { carrier, client } = await start();
    await client.messages.create({ to: CALLEE, from: OWN, body: 'Hello.' });
    const byService = await client.messages.create({ to: CALLEE, messagingServiceSid: 'MG1', body: 'Bye.' });
    expect(byService.status).toBe('accepted');
    expect(carrier.messages).toMatchObject([
      { to: CALLEE, from: OWN, body: 'Hello.' },
      { to: CALLEE, messagingServiceSid: 'MG1', body: 'Bye.' },
    ]);
  });

  it.each([
    ['no number', { to: '12', from: OWN, body: 'a' }, 21211],
    ['nothing to say', { to: CALLEE, from: OWN, body: '' }, 21602],
    ['too much to say', { to: CALLEE, from: OWN, body: 'a'.repeat(1601) }, 21617],
    ['no sender', { to: CALLEE, body: 'a' }, 21603],
  ])('with %s is refused', async (_, message, code) => {
    const { client } = await start();
    await expect(client.messages.create(message)).rejects.toMatchObject({ status: 400, code });
  });
});

describe('the API refuses', () => {
  const url = 'https://bridge.test/voice';

  it.each([
    ['a number that is none', { to: '5550001', from: OWN, url }, 21211],
    ['a caller id that is not the account’s', { to: CALLEE, from: '+15550001234', url }, 21210],
    ['a call without anything to do', { to: CALLEE, from: OWN }, 21205],
    ['TwiML that is none', { to: CALLEE, from: OWN, twiml: '<Response><Stream/></Response>' }, 12100],
    ['synchronous detection', { to: CALLEE, from: OWN, url, machineDetection: 'Enable' }, 20001],
  ])('%s', async (_, call, code) => {
    const { carrier, client } = await start({ ownNumbers: [OWN] });
    await expect(client.calls.create(call)).rejects.toMatchObject({ status: 400, code });
    expect(carrier.calls).toEqual([]);
  });

  it('who has the wrong secret, what is not there, and whatever it is told to', async () => {
    const { carrier, client } = await start();
    await expect(clientOf(carrier, 'wrong').calls('CA1').fetch()).rejects.toMatchObject({ status: 401, code: 20003 });
    const missing = client.calls('CA1').fetch();
    await expect(missing).rejects.toMatchObject({ status: 404, code: 20404, moreInfo: expect.any(String) });
    carrier.refuse({ status: 429, code: 20429, message: 'Too Many Requests' });
    await expect(client.messages.create({ to: CALLEE, from: OWN, body: 'a' })).rejects.toMatchObject({ code: 20429 });
    await client.messages.create({ to: CALLEE, from: OWN, body: 'a' });
    expect(carrier.messages).toHaveLength(1);
  });

  it('nobody with one of its API keys', async () => {
    const carrier = await startTestCarrier({ apiKeys: { SK1: 'secret' } });
    const authorization = `Basic ${Buffer.from('SK1:secret').toString('base64')}`;
    const answer = await fetch(`${carrier.url}/2010-04-01/Accounts/${ACCOUNT_SID}/Calls/CA1.json`, {
      headers: { authorization },
    });
    expect(answer.status).toBe(404);
  });
});
