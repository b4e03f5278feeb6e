import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createTwilioRest } from '../../../src/twilio/rest.js';
import { ACCOUNT_SID, startTestCarrier } from '../../support/carrier.js';
import { AUTH_TOKEN } from '../../support/liveline.js';
import { startScriptedBridge } from '../../support/scripted-bridge.js';

interface SeenRequest {
  line: string;
  authorization: string | undefined;
  body: string;
}

/** A stand-in for Twilio's REST API that answers with the given replies in turn, the last one again and again. */
async function startApi(...replies: { status: number; body?: object }[]) {
  const seen: SeenRequest[] = [];
  async function answer(request: IncomingMessage, response: ServerResponse) {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { method, url, headers } = request;
    seen.push({ line: `${method} ${url}`, authorization: headers.authorization, body });
    const reply = replies[Math.min(seen.length, replies.length) - 1]!;
    response.writeHead(reply.status, { 'content-type': 'application/json' }).end(JSON.stringify(reply.body ?? {}));
  }
  const server = createServer((request, response) => void answer(request, response));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  return {
    seen,
    baseUrl: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    /** Waits for the sockets to go by themselves: a client that keeps one would hang here. */
    [Symbol.asyncDispose]: async () => {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const CALL = 'CA00000000000000000000000000000001';
const ACCOUNT = 'AC00000000000000000000000000000001';
const OK = { status: 200, body: { sid: CALL, status: 'completed' } };

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

describe('completing a call', () => {
  it.each([
    [{ authToken: 'token' }, basic(ACCOUNT, 'token')],
    [{ authToken: 'token', apiKeySid: 'SK1', apiKeySecret: 'secret' }, basic('SK1', 'secret')],
  ])('asks the API as %j', async (credentials, authorization) => {
    await using api = await startApi(OK);
    await createTwilioRest({ accountSid: ACCOUNT, baseUrl: api.baseUrl, ...credentials }).completeCall(CALL);
    expect(api.seen).toEqual([
      { line: `POST /2010-04-01/Accounts/${ACCOUNT}/Calls/${CALL}.json`, authorization, body: 'Status=completed' },
    ]);
  });

  it('keeps the path of the base url', async () => {
    await using api = await startApi(OK);
    const rest = createTwilioRest({ accountSid: ACCOUNT, authToken: 'token', baseUrl: `${api.baseUrl}/proxy/` });
    await rest.completeCall(CALL);
    expect(api.seen[0]?.line).toBe(`POST /proxy/2010-04-01/Accounts/${ACCOUNT}/Calls/${CALL}.json`);
  });

  it.each([
    { status: 404, body: { code: 20404, message: 'not found' } },
    { status: 404 },
    { status: 400, body: { code: 21220, message: 'Call is not in-progress. Cannot redirect.' } },
  ])('of a call that is over already is done: %j', async (reply) => {
    await using api = await startApi(reply);
    const rest = createTwilioRest({ accountSid: ACCOUNT, authToken: 'token', baseUrl: api.baseUrl });
    await expect(rest.completeCall(CALL)).resolves.toBeUndefined();
    expect(api.seen).toHaveLength(1);
  });

  it('is tried again when Twilio asks for patience', async () => {
    await using api = await startApi({ status: 429 }, OK);
    const rest = createTwilioRest({ accountSid: ACCOUNT, authToken: 'token', baseUrl: api.baseUrl });
    await rest.completeCall(CALL);
    expect(api.seen).toHaveLength(2);
  });

  it.each([
    [
      { status: 401, body: { code: 20003, message: 'Authenticate' } },
      'HTTP 401, https://www.twilio.com/docs/errors/20003',
    ],
    [{ status: 500 }, 'HTTP 500'],
  ])('fails with the status of any other answer: %j', async (reply, answer) => {
    await using api = await startApi(reply);
    const rest = createTwilioRest({ accountSid: ACCOUNT, authToken: 'token', baseUrl: api.baseUrl });
    await expect(rest.completeCall(CALL)).rejects.toMatchObject({
      name: 'CallError',
      code: 'CARRIER_FAILED',
      callSid: CALL,
      detail: `Twilio did not end the call: ${answer}`,
      status: reply.status,
    });
  });

  it('fails without a trace of the credentials when nobody answers', async () => {
    const silent = createServer(() => undefined);
    await once(silent.listen(0, '127.0.0.1'), 'listening');
    const address = silent.address();
    const baseUrl = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
    const rest = createTwilioRest({ accountSid: ACCOUNT, authToken: 'token', baseUrl, timeoutMs: 50 });
    const error: unknown = await rest.completeCall(CALL).catch((thrown: unknown) => thrown);
    silent.closeAllConnections();
    await new Promise((resolve) => silent.close(resolve));
    expect(error).toMatchObject({ code: 'CARRIER_UNREACHABLE', detail: 'Twilio did not end the call: no answer' });
    expect(error).not.toHaveProperty('cause');
  });
});

describe('with a carrier', () => {
  const CALLEE = '+15550009999';
  const FROM = '+15550002222';
  const ROOM = '<Response><Dial><Conference endConferenceOnExit="true">room</Conference></Dial></Response>';
  const CONNECT = '<Response><Connect><Stream url="{ws}/media"/></Connect></Response>';

  async function start() {
    const carrier = await startTestCarrier();
    const bridge = await startScriptedBridge({
      documents: { '/voice': CONNECT, '/next': '<Response/>', '/twilio/voice': ROOM },
    });
    const rest = createTwilioRest({ accountSid: ACCOUNT_SID, authToken: AUTH_TOKEN, baseUrl: carrier.url });
    const order = {
      to: CALLEE,
      from: FROM,
      url: `${bridge.url}/voice`,
      statusUrl: `${bridge.url}/status`,
      ringTimeoutS: 20,
      timeLimitS: 600,
    };
    return { carrier, bridge, rest, order };
  }

  it('a room runs while two are in it', async () => {
    const { carrier, bridge, rest } = await start();
    await using _ = bridge;
    const place = () => carrier.placeCall({ url: bridge.url });
    const one = place();
    await one.waitFor('dialed');
    expect(await rest.isRoomRunning('room')).toBe(false);
    const other = place();
    await Promise.all([one.waitFor('bridged'), other.waitFor('bridged')]);
    expect(await rest.isRoomRunning('room')).toBe(true);
    expect(await rest.isRoomRunning('another')).toBe(false);
    one.hangUp();
    await other.ended;
    expect(await rest.isRoomRunning('room')).toBe(false);
  });

  it('a call is made, found, moved, and not found to be there any more', async () => {
    const { carrier, bridge, rest, order } = await start();
    const callee = carrier.connect(CALLEE);
    const detection = { url: `${bridge.url}/amd`, until: 'end' } as const;
    const callSid = await rest.createCall({ ...order, detection });
    const phone = await callee.nextCall();
    expect(phone.callSid).toBe(callSid);
    await phone.waitFor('start');
    await expect.poll(() => bridge.requests.map(({ path }) => path)).toContain('/amd');
    expect(await rest.callStatus(callSid)).toBe('in-progress');
    expect(await rest.redirectCall(callSid, { url: `${bridge.url}/next` })).toBe(true);
    await phone.ended;
    expect(await rest.redirectCall(callSid, { twiml: '<Response/>' })).toBe(false);
    expect(await rest.callStatus(callSid)).toBe('completed');
    expect(await rest.callStatus(CALL)).toBeUndefined();
    await carrier.calls[0]!.told;
    const told = bridge.requests.filter(({ path }) => path === '/status').map(({ fields }) => fields['CallStatus']);
    expect(told).toEqual(['initiated', 'ringing', 'in-progress', 'completed']);
    await bridge[Symbol.asyncDispose]();
  });

  it('a recording is paused where there is one', async () => {
    const { carrier, bridge, rest, order } = await start();
    const callee = carrier.connect(CALLEE);
    const callSid = await rest.createCall(order);
    await (await callee.nextCall()).waitFor('start');
    expect(await rest.pauseRecording(callSid, true)).toBe(false);
    carrier.calls[0]!.recordings.push({ sid: 'RE1', statuses: ['in-progress'] });
    expect(await rest.pauseRecording(callSid, true)).toBe(true);
    expect(await rest.pauseRecording(callSid, false)).toBe(true);
    expect(carrier.calls[0]!.recordings[0]!.statuses).toEqual(['in-progress', 'paused', 'in-progress']);
    await bridge[Symbol.asyncDispose]();
  });

  it('a message is sent by a number or a service, and a refusal quotes no number', async () => {
    const { carrier, bridge, rest } = await start();
    await rest.sendMessage({ to: CALLEE, body: 'Hello.', sender: { from: FROM } });
    await rest.sendMessage({ to: CALLEE, body: 'Hello.', sender: { messagingServiceSid: 'MG1' } });
    expect(carrier.messages.map(({ from, messagingServiceSid }) => from ?? messagingServiceSid)).toEqual([FROM, 'MG1']);
    await expect(rest.sendMessage({ to: '12', body: 'Hello.', sender: { from: FROM } })).rejects.toMatchObject({
      code: 'CARRIER_FAILED',
      detail: 'Twilio did not send the message: HTTP 400, https://www.twilio.com/docs/errors/21211',
      retryable: false,
    });
    await bridge[Symbol.asyncDispose]();
  });
});
