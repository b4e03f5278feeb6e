import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { AUTH_TOKEN, startTestLine, type TestLine } from '../support/liveline.js';
import {
  closeCode,
  openStream,
  readStream,
  requestWebhook,
  sendStart,
  webhookFields,
} from '../support/twilio-client.js';

const AGENTS = `
agents:
  reception:
    default: true
    instructions: You answer the phone.
    fallback: { say: Reception is busy., language: en-GB, transfer: "+15550003333" }
  sales:
    numbers: ["+15550009999"]
    instructions: You sell.
    fallback: { say: Sales is busy. }
  night:
    instructions: You take messages.
    hours: { time_zone: UTC, weekly: {}, closed: { say: Come back at eight. } }
    block: ["+1900"]
`;

let line: TestLine;
beforeAll(async () => {
  line = await startTestLine({ agents: AGENTS, server: { maxCalls: 3 } });
});
afterAll(() => line[Symbol.asyncDispose]());

let nextCall = 0;
function newCallSid(): string {
  nextCall += 1;
  return `CA${nextCall.toString(16).padStart(32, '0')}`;
}

async function answerOf(path: string, fields = webhookFields(), token: string | undefined = AUTH_TOKEN) {
  return requestWebhook(line.server.url + path, fields, token);
}

async function openAnsweredStream(callSid: string) {
  const stream = readStream((await answerOf('/twilio/voice', webhookFields({ CallSid: callSid }))).body);
  const socket = await openStream(stream.url, AUTH_TOKEN);
  if (typeof socket === 'number') throw new Error(`the upgrade was refused with ${socket}`);
  return { socket, ...stream };
}

async function hangUp(socket: WebSocket): Promise<void> {
  const gone = closeCode(socket);
  socket.close();
  await gone;
}

describe('the webhook', () => {
  it('refuses a blocked caller, and reads a line to one who calls outside opening hours', async () => {
    const blocked = await answerOf('/twilio/voice/night', webhookFields({ From: '+19005550001' }));
    expect(blocked.body).toContain('<Response><Reject reason="rejected"/></Response>');
    const { body } = await answerOf('/twilio/voice/night');
    expect(body).toContain('>Come back at eight.</Say><Hangup/>');
    expect(line.logged.join('')).not.toContain('+19005550001');
    expect(line.logged.filter((entry) => entry.includes('a call was turned away'))).toHaveLength(2);
  });

  it('answers a signed request with TwiML that opens a stream and names what comes after it', async () => {
    const { status, type, body } = await answerOf('/twilio/voice');
    expect(status).toBe(200);
    expect(type).toMatch(/^(text|application)\/xml/);
    expect(body.startsWith('<?xml')).toBe(true);
    const stream = readStream(body);
    const port = new URL(line.server.url).port;
    expect(stream.url).toBe(`ws://127.0.0.1:${port}/twilio/media`);
    expect(stream.action).toContain('/twilio/after-stream?agent=reception');
    expect(stream.parameters).toMatchObject({ agent: 'reception', from: '+15550001111' });
    expect(line.server.liveCalls).toBe(0);
  });

  it('chooses the agent by route, else by the called number, else the default', async () => {
    const agentOf = async (path: string, to: string) =>
      readStream((await answerOf(path, webhookFields({ To: to }))).body).parameters['agent'];
    expect(await agentOf('/twilio/voice/sales', '+15550002222')).toBe('sales');
    expect(await agentOf('/twilio/voice', '+15550009999')).toBe('sales');
    expect(await agentOf('/twilio/voice', '+15550000000')).toBe('reception');
  });

  it('refuses a wrong, missing or foreign signature', async () => {
    expect((await answerOf('/twilio/voice', webhookFields(), 'another token')).status).toBe(403);
    expect((await requestWebhook(`${line.server.url}/twilio/voice`, webhookFields(), undefined)).status).toBe(403);
    for (const path of ['/twilio/status', '/twilio/stream-status', '/twilio/after-stream']) {
      expect((await answerOf(path, webhookFields(), 'another token')).status).toBe(403);
    }
  });

  it('names the fields that are missing', async () => {
    const { status, body } = await answerOf('/twilio/voice', { From: '+15550001111' });
    expect(status).toBe(400);
    expect(body).toContain('CallSid');
  });

  it('speaks the default fallback for an agent that does not exist', async () => {
    const { status, body } = await answerOf('/twilio/voice/nobody');
    expect(status).toBe(200);
    expect(body).toContain('<Say language="en-GB">Reception is busy.</Say>');
    expect(body).toContain('<Number>+15550003333</Number>');
    expect(body).not.toContain('<Stream');
  });

  it('takes an unknown end of a stream for a failure, and speaks the fallback of the agent in its url', async () => {
    const unknown = await answerOf('/twilio/after-stream?agent=sales');
    expect(unknown.body).toContain('Sales is busy.');
    expect(unknown.body).toMatch(/<Hangup\/>/);
    const told = await answerOf('/twilio/after-stream?agent=sales&outcome=agent-hung-up');
    expect(told.body).not.toContain('<Say');
    const over = await answerOf('/twilio/after-stream?agent=sales', webhookFields({ CallStatus: 'completed' }));
    expect(over.body).not.toContain('<Say');
  });
});

describe('the stream', () => {
  it('is refused without Twilio’s signature', async () => {
    const url = `${line.server.url.replace('http', 'ws')}/twilio/media`;
    expect(await openStream(url, undefined)).toBe(403);
    expect(await openStream(url, 'another token')).toBe(403);
    expect(await openStream(`${line.server.url.replace('http', 'ws')}/elsewhere`, AUTH_TOKEN)).toBe(404);
  });

  it('is let in by its token once', async () => {
    const callSid = newCallSid();
    const { socket, parameters } = await openAnsweredStream(callSid);
    sendStart(socket, callSid, parameters);
    await line.waitFor('started', (event) => event.callSid === callSid);
    const again = await openAnsweredStream(callSid);
    sendStart(again.socket, callSid, parameters);
    expect(await closeCode(again.socket)).toBe(1008);
    await hangUp(socket);
    await line.waitFor('ended', (event) => event.callSid === callSid);
  });

  it('is refused with a token for another call, a forged one, a changed parameter, or none', async () => {
    const sessions = line.emulator.totalSessions;
    const spoil: ((parameters: Record<string, string>) => Record<string, string>)[] = [
      ({ token: _token, ...rest }) => rest,
      (parameters) => ({ ...parameters, token: 'forged' }),
      (parameters) => ({ ...parameters, agent: 'sales' }),
      () => ({}),
    ];
    for (const spoiled of spoil) {
      const callSid = newCallSid();
      const { socket, parameters } = await openAnsweredStream(callSid);
      sendStart(socket, callSid, spoiled(parameters));
      expect(await closeCode(socket)).toBe(1008);
    }
    const { socket, parameters } = await openAnsweredStream(newCallSid());
    sendStart(socket, newCallSid(), parameters);
    expect(await closeCode(socket)).toBe(1008);
    expect(line.emulator.totalSessions).toBe(sessions);
  });

  it('that the carrier opens again for the same call takes the place of the first', async () => {
    const callSid = newCallSid();
    const first = await openAnsweredStream(callSid);
    sendStart(first.socket, callSid, first.parameters);
    await line.waitFor('started', (event) => event.callSid === callSid);
    const gone = closeCode(first.socket);
    const second = await openAnsweredStream(callSid);
    sendStart(second.socket, callSid, second.parameters);
    await gone;
    await expect.poll(() => line.server.liveCalls).toBe(1);
    await hangUp(second.socket);
    await expect.poll(() => line.server.liveCalls).toBe(0);
  });

  it('survives anything a stranger’s client may send, and closes a stream of rubbish', async () => {
    const callSid = newCallSid();
    const { socket, parameters } = await openAnsweredStream(callSid);
    sendStart(socket, callSid, parameters);
    await line.waitFor('started', (event) => event.callSid === callSid);
    const streamSid = `MZ${callSid.slice(2)}`;
    const media = (payload: unknown) =>
      JSON.stringify({ event: 'media', streamSid, media: { track: 'inbound', chunk: '1', timestamp: '20', payload } });
    const closed = closeCode(socket);
    const rubbish: (string | Buffer)[] = [
      '',
      '{',
      'null',
      '[]',
      '{"event":7}',
      '{"event":"news"}',
      '{"event":"media"}',
      media(7),
      media('%%%'),
      media(''),
      JSON.stringify({ event: 'media', streamSid: 'MZother', media: { payload: 'AAAA', timestamp: '1' } }),
      JSON.stringify({ event: 'mark', streamSid }),
      Buffer.from([1, 2, 3]),
    ];
    for (let round = 0; round < 20; round += 1) for (const frame of rubbish) socket.send(frame);
    expect(await closed).toBe(1008);
    const kinds = line.events.flatMap((event) =>
      event.type === 'irregular' && event.callSid === callSid ? [event.kind] : [],
    );
    expect(kinds.length).toBeGreaterThan(3);
    expect(new Set(kinds).size).toBe(kinds.length);
  });

  it('and the webhook speak the fallback when every line is taken, and take calls again afterwards', async () => {
    const taken = await Promise.all([1, 2, 3].map(() => openAnsweredStream(newCallSid())));
    const full = await answerOf('/twilio/voice/sales');
    expect(full.body).toContain('Sales is busy.');
    expect(await openStream(`${line.server.url.replace('http', 'ws')}/twilio/media`, AUTH_TOKEN)).toBe(503);
    await Promise.all(taken.map(({ socket }) => hangUp(socket)));
    await expect.poll(() => line.server.liveCalls).toBe(0);
    expect((await answerOf('/twilio/voice')).body).toContain('<Stream');
  });
});

describe('a server without a Twilio token', () => {
  it('answers this machine only', async () => {
    await using open = await startTestLine({ agents: AGENTS, server: { twilio: { authTokens: [] } } });
    const { url } = open.server;
    expect((await requestWebhook(`${url}/twilio/voice`, webhookFields(), undefined)).status).toBe(200);
    const tunnelled = await fetch(`${url}/twilio/voice`, {
      method: 'POST',
      headers: { 'x-forwarded-for': '203.0.113.7', 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(webhookFields()),
    });
    expect(tunnelled.status).toBe(403);
    const status = async (headers: Record<string, string>) => (await fetch(`${url}/api/calls`, { headers })).status;
    expect(await status({})).toBe(200);
    expect(await status({ 'x-forwarded-proto': 'https' })).toBe(403);
    expect(await status({ origin: 'https://elsewhere.example' })).toBe(403);
    expect(await status({ origin: url })).toBe(200);
  });
});

describe('the operator’s API', () => {
  it('asks for its token where one is set', async () => {
    await using locked = await startTestLine({ agents: AGENTS, server: { apiToken: 'open-sesame' } });
    const status = async (headers: Record<string, string>) =>
      (await fetch(`${locked.server.url}/api/calls`, { headers })).status;
    expect(await status({})).toBe(401);
    expect(await status({ authorization: 'Bearer open' })).toBe(401);
    expect(await status({ authorization: 'Basic open-sesame' })).toBe(401);
    expect(await status({ authorization: 'Bearer open-sesame' })).toBe(200);
    expect(await status({ authorization: 'Bearer open-sesame', 'x-forwarded-for': '203.0.113.7' })).toBe(200);
  });
});
