import { Agent, request } from 'undici';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import { CallError } from '../../errors.js';
import type { HttpMethod } from './twiml.js';

/** How long Twilio waits for a voice webhook to connect, and to answer. Source: Twilio, webhook connection overrides. */
const CONNECT_MS = 5000;
const ANSWER_MS = 15_000;
/** Nobody hears a callback, so it does not hold up the end of a call for long. */
const CALLBACK_MS = 2000;
/** Twice what TwiML may be, so that a document that is too large is told apart from a flood. */
const RESPONSE_BYTES = 128 * 1024;

export interface WebhookRequest {
  url: string;
  method: HttpMethod;
  fields: Record<string, string>;
  /** Signs the request when given. */
  authToken?: string | undefined;
  /** Gives up when aborted. */
  signal?: AbortSignal;
}

/**
 * Requests TwiML the way Twilio does: fields as a form (or in the query for GET), signed over the URL.
 * @throws CallError `SERVER_UNREACHABLE`, or `CALL_REFUSED` for anything but a 2xx with XML
 */
export async function requestTwiml(webhook: WebhookRequest): Promise<string> {
  const { status, contentType, body } = await send(webhook, ANSWER_MS);
  // Twilio would follow a redirect with GET and lose the form, so a redirect is a mistake here.
  if (status === 403) {
    const hint =
      webhook.authToken === undefined
        ? 'it was not signed: set TWILIO_AUTH_TOKEN'
        : 'is TWILIO_AUTH_TOKEN the server’s own?';
    throw new CallError('CALL_REFUSED', `the server refused the call with HTTP 403: ${hint}`);
  }
  if (status < 200 || status > 299)
    throw new CallError('CALL_REFUSED', `the server answered the call with HTTP ${status}`);
  if (!/^(text|application)\/xml\b/.test(contentType)) {
    throw new CallError('CALL_REFUSED', 'the server did not answer with XML (12300)');
  }
  return body;
}

/** Sends a callback whose answer does not matter; never fails. */
export async function notify(webhook: WebhookRequest): Promise<void> {
  await send(webhook, CALLBACK_MS).catch(() => undefined);
}

async function send({ url, method, fields, authToken, signal }: WebhookRequest, answerMs: number) {
  const form = new URLSearchParams(fields);
  const target = new URL(url);
  target.hash = '';
  if (method === 'GET') for (const [name, value] of form) target.searchParams.append(name, value);
  const signed = method === 'GET' ? target.href : url;
  const headers: Record<string, string> = { 'user-agent': 'TwilioProxy/1.1' };
  if (method === 'POST') headers['content-type'] = 'application/x-www-form-urlencoded; charset=UTF-8';
  if (authToken !== undefined) {
    headers['x-twilio-signature'] = getExpectedTwilioSignature(
      authToken,
      signedUrl(signed),
      method === 'GET' ? {} : fields,
    );
  }
  // One connection a request: nothing stays open behind a call.
  const dispatcher = new Agent({
    pipelining: 0,
    connect: { timeout: CONNECT_MS },
    headersTimeout: answerMs,
    bodyTimeout: answerMs,
    maxResponseSize: RESPONSE_BYTES,
  });
  try {
    const response = await request(target, {
      method,
      headers,
      dispatcher,
      ...(method === 'POST' ? { body: form.toString() } : {}),
      ...(signal ? { signal } : {}),
    });
    return {
      status: response.statusCode,
      contentType: String(response.headers['content-type'] ?? ''),
      body: await response.body.text(),
    };
  } catch (cause) {
    throw new CallError('SERVER_UNREACHABLE', `no answer from ${target.origin}: is the server running?`, {
      cause,
      retryable: true,
    });
  } finally {
    await dispatcher.destroy();
  }
}

/** What Twilio signs of a voice URL: no credentials, no fragment, and over TLS no port. Otherwise byte for byte. */
export function signedUrl(url: string): string {
  const [, scheme = '', authority = '', rest = ''] = /^(https?:\/\/)([^/?#]*)([^#]*)/.exec(url) ?? [];
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  return scheme + (scheme === 'https://' ? host.replace(/:\d+$/, '') : host) + rest;
}
