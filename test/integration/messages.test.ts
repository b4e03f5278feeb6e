import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalServer, startLocalServer } from '../support/local-server.js';
import { AUTH_TOKEN, startTestLine, type TestLine } from '../support/liveline.js';
import { requestWebhook } from '../support/twilio-client.js';

const AGENTS = `
agents:
  reception:
    default: true
    instructions: You answer the phone.
    greeting: Greet the caller.
`;
const ACCOUNT_SID = `AC${'1'.repeat(32)}`;
const CALLER = '+12025550123';
const NUMBER = '+12025550199';
const JPEG = Buffer.from('ffd8ffe000104a464946', 'hex');

function message(fields: Record<string, string> = {}): Record<string, string> {
  const MessageSid = `MM${'2'.repeat(32)}`;
  return { MessageSid, AccountSid: ACCOUNT_SID, From: CALLER, To: NUMBER, Body: '', NumMedia: '0', ...fields };
}

let store: LocalServer;
let api: LocalServer;
let line: TestLine;

beforeAll(async () => {
  store = await startLocalServer((_, response) => response.end(JPEG));
  api = await startLocalServer((_, response) => {
    response.writeHead(307, { location: `${store.origin}/picture` }).end();
  });
  line = await startTestLine({
    agents: AGENTS,
    script: { greeting: 'Hi.', replies: [{ on: 'image', say: 'I see {{ images }}.' }, { say: '{{ text }}' }] },
    server: { twilio: { authTokens: [AUTH_TOKEN], apiBaseUrl: api.origin } },
  });
});

afterAll(async () => {
  await line[Symbol.asyncDispose]();
  await api[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

function send(fields: Record<string, string>, token = AUTH_TOKEN) {
  return requestWebhook(`${line.server.url}/twilio/message`, fields, token);
}

describe('a text message', () => {
  it('of somebody who is on a call brings its picture and its words to the agent', async () => {
    await using phone = line.call();
    await line.waitFor('turn', ({ pii }) => pii.text === 'Hi.');
    const media = { NumMedia: '1', MediaUrl0: `${api.origin}/Media/ME1`, MediaContentType0: 'image/jpeg' };
    expect(await send(message({ Body: 'My "ID"', ...media }))).toEqual({
      status: 200,
      type: 'text/xml; charset=utf-8',
      body: '<?xml version="1.0" encoding="UTF-8"?><Response/>',
    });
    expect(await line.waitFor('message-received')).toMatchObject({ images: 1, unseen: 0, pii: { text: 'My "ID"' } });
    await line.waitFor('turn', ({ pii }) => pii.text === 'I see 1.');
    expect(await line.waitFor('turn', ({ pii }) => pii.text.includes('My'))).toMatchObject({
      speaker: 'caller',
      pii: { text: 'The caller has sent a picture. With it came the words: "My \\"ID\\""' },
    });
    phone.hangUp();
    const { usage } = await line.waitFor('ended');
    expect(usage?.promptByModality).toMatchObject({ IMAGE: 258 });

    const user = Buffer.from(`${ACCOUNT_SID}:${AUTH_TOKEN}`).toString('base64');
    expect(api.requests.map(({ headers }) => headers.authorization)).toEqual([`Basic ${user}`]);
    expect(store.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  it('of somebody who is on none is let be: nothing is fetched, and no number is logged', async () => {
    const asked = api.requests.length;
    const media = { NumMedia: '1', MediaUrl0: `${api.origin}/Media/ME2`, MediaContentType0: 'image/jpeg' };
    const { status, body } = await send(message({ From: '+12025550177', Body: 'Hello?', ...media }));
    expect({ status, body }).toEqual({ status: 200, body: '<?xml version="1.0" encoding="UTF-8"?><Response/>' });
    expect(api.requests).toHaveLength(asked);
    const logged = line.logged.join('');
    expect(logged).toContain('its sender is on no call here');
    expect(logged).not.toMatch(/202555|Hello\?/);
  });

  it('is refused when it is not signed or lacks what a message has', async () => {
    expect((await send(message(), 'another_token')).status).toBe(403);
    expect((await send({ From: CALLER })).status).toBe(400);
  });
});
