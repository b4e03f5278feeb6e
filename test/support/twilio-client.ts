import { once } from 'node:events';
import { createRequire } from 'node:module';
import { WebSocket } from 'ws';

const { getExpectedTwilioSignature } = createRequire(import.meta.url)('twilio/lib/webhooks/webhooks.js') as {
  getExpectedTwilioSignature: (token: string, url: string, params: Record<string, string>) => string;
};

const ACCOUNT_SID = 'AC00000000000000000000000000000001';

export function webhookFields(overrides: Record<string, string> = {}): Record<string, string> {
  return {
    CallSid: 'CA00000000000000000000000000000001',
    AccountSid: ACCOUNT_SID,
    ApiVersion: '2010-04-01',
    CallStatus: 'ringing',
    Direction: 'inbound',
    From: '+15550001111',
    To: '+15550002222',
    ...overrides,
  };
}

/** A webhook request as Twilio sends it, signed with `token` unless that is undefined. */
export async function requestWebhook(
  url: string,
  fields: Record<string, string>,
  token: string | undefined,
): Promise<{ status: number; type: string; body: string }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(token !== undefined && { 'x-twilio-signature': getExpectedTwilioSignature(token, url, fields) }),
    },
    body: new URLSearchParams(fields),
  });
  return { status: response.status, type: response.headers.get('content-type') ?? '', body: await response.text() };
}

/** What TwiML says of its stream. */
export function readStream(twiml: string): { url: string; action: string; parameters: Record<string, string> } {
  const attribute = (text: string, name: string) => unescape(new RegExp(`${name}="([^"]*)"`).exec(text)?.[1] ?? '');
  const parameters = [...twiml.matchAll(/<Parameter [^>]*>/g)].map(([tag]) => {
    return [attribute(tag, 'name'), attribute(tag, 'value')] as const;
  });
  return {
    url: attribute(/<Stream[^>]*>/.exec(twiml)?.[0] ?? '', 'url'),
    action: attribute(/<Connect[^>]*>/.exec(twiml)?.[0] ?? '', 'action'),
    parameters: Object.fromEntries(parameters),
  };
}

function unescape(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
}

/** Opens the stream's socket; resolves with the socket, or with the HTTP status of a refusal. */
export async function openStream(url: string, token: string | undefined): Promise<WebSocket | number> {
  const headers = token === undefined ? {} : { 'x-twilio-signature': getExpectedTwilioSignature(token, url, {}) };
  const socket = new WebSocket(url, { headers, perMessageDeflate: false });
  return await new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.once('open', () => resolve(socket));
    socket.once('unexpected-response', (_request, response) => {
      response.resume();
      socket.terminate();
      resolve(response.statusCode ?? 0);
    });
  });
}

export function sendStart(socket: WebSocket, callSid: string, customParameters: Record<string, string>): void {
  const streamSid = `MZ${callSid.slice(2)}`;
  socket.send(JSON.stringify({ event: 'connected', protocol: 'Call', version: '1.0.0' }));
  socket.send(
    JSON.stringify({
      event: 'start',
      sequenceNumber: '1',
      streamSid,
      start: {
        accountSid: ACCOUNT_SID,
        callSid,
        streamSid,
        tracks: ['inbound'],
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
        customParameters,
      },
    }),
  );
}

/** The code the server closes with. */
export async function closeCode(socket: WebSocket): Promise<number> {
  const [code] = (await once(socket, 'close')) as [number];
  return code;
}
