import type { Twilio } from 'twilio';
import { CallError } from '../errors.js';

/** What is asked of Twilio's REST API. */
export interface TwilioRest {
  /** Whose calls it can act on. */
  readonly accountSid: string;
  /**
   * Hangs up. A call that is over already is no error.
   * @throws CallError `CARRIER_FAILED`
   */
  completeCall(callSid: string): Promise<void>;
}

export interface TwilioRestOptions {
  accountSid: string;
  /** An API key, preferred over the auth token. */
  apiKeySid?: string | undefined;
  apiKeySecret?: string | undefined;
  authToken?: string | undefined;
  /** Where requests go instead of Twilio: a proxy or a stand-in. */
  baseUrl?: string | undefined;
  timeoutMs?: number;
}

/** "Call is not in-progress" and "not found": what hanging up a finished call is answered with. */
const CALL_IS_OVER: ReadonlySet<number | undefined> = new Set([21220, 20404]);

/** A client of Twilio's REST API; the package is loaded with the first request, as that takes a while. */
export function createTwilioRest(options: TwilioRestOptions): TwilioRest {
  let client: Promise<Twilio> | undefined;
  return {
    accountSid: options.accountSid,
    async completeCall(callSid) {
      try {
        client ??= openClient(options);
        await (await client).calls(callSid).update({ status: 'completed' });
      } catch (error) {
        const status = numberAt(error, 'status');
        if (status === 404 || CALL_IS_OVER.has(numberAt(error, 'code'))) return;
        const answer = status === undefined ? 'no answer' : `HTTP ${status}`;
        // The cause is left out: it holds the request, and with that the credentials.
        throw new CallError('CARRIER_FAILED', `Twilio did not end the call: ${answer}`, { callSid });
      }
    },
  };
}

function numberAt(error: unknown, key: 'status' | 'code'): number | undefined {
  const value: unknown = error instanceof Error ? Reflect.get(error, key) : undefined;
  return typeof value === 'number' ? value : undefined;
}

async function openClient(options: TwilioRestOptions): Promise<Twilio> {
  const { accountSid, apiKeySid, apiKeySecret, authToken, baseUrl, timeoutMs = 5000 } = options;
  const { default: twilio } = await import('twilio');
  // No keep-alive: a hang-up now and then is not worth a socket that outlives the server's stop.
  const httpClient = new twilio.RequestClient({ timeout: timeoutMs, autoRetry: true, keepAlive: false });
  if (baseUrl !== undefined) {
    const request = httpClient.request.bind(httpClient);
    httpClient.request = (call) => request({ ...call, uri: rebase(call.uri, baseUrl) });
  }
  return apiKeySid !== undefined && apiKeySecret !== undefined
    ? twilio(apiKeySid, apiKeySecret, { accountSid, httpClient })
    : twilio(accountSid, authToken, { httpClient });
}

function rebase(uri: string, baseUrl: string): string {
  return baseUrl.replace(/\/+$/, '') + uri.slice(new URL(uri).origin.length);
}
