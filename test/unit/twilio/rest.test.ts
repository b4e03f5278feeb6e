import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createTwilioRest } from '../../../src/twilio/rest.js';

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
    [{ status: 401, body: { code: 20003, message: 'Authenticate' } }, 'HTTP 401'],
    [{ status: 500 }, 'HTTP 500'],
  ])('fails with the status of any other answer: %j', async (reply, answer) => {
    await using api = await startApi(reply);
    const rest = createTwilioRest({ accountSid: ACCOUNT, authToken: 'token', baseUrl: api.baseUrl });
    await expect(rest.completeCall(CALL)).rejects.toMatchObject({
      name: 'CallError',
      code: 'CARRIER_FAILED',
      callSid: CALL,
      detail: `Twilio did not end the call: ${answer}`,
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
    expect(error).toMatchObject({ code: 'CARRIER_FAILED', detail: 'Twilio did not end the call: no answer' });
    expect(error).not.toHaveProperty('cause');
  });
});
