import type { Twilio } from 'twilio';
import { CallError } from '../errors.js';
import type { TwilioCredentials } from './account.js';

/** A call to make. Everything Twilio asks of us about it, it asks by url. */
export interface CallOrder {
  to: string;
  from: string;
  /** Asked for TwiML when somebody answered. */
  url: string;
  /** Told of every status. */
  statusUrl?: string;
  /** How long it may ring, in seconds. */
  ringTimeoutS: number;
  /** How long the call may last, in seconds. */
  timeLimitS: number;
  /** Tell people from machines while the call goes on, and tell this url. `end`: wait until a machine listens. */
  detection?: { url: string; until: 'start' | 'end' };
}

/** What a running call is to do instead. */
type NextTwiml = { twiml: string } | { url: string };

interface TextMessage {
  to: string;
  body: string;
  /** A number of the account, or a messaging service (`MG…`). */
  sender: { from: string } | { messagingServiceSid: string };
}

/**
 * What is asked of Twilio's REST API. Any instance can act on any call of the account. A call that is over already is no
 * error. Where Twilio asks for patience (429) a request is made again, up to three times; nothing else is. Whatever goes
 * wrong is a CallError: `CARRIER_FAILED`, or `CARRIER_UNREACHABLE` where it is not known what Twilio made of the request.
 */
export interface TwilioRest {
  /** Whose calls it can act on. */
  readonly accountSid: string;
  /**
   * Returns before anything has rung; the call may even have started by then.
   * @returns the call's SID
   */
  createCall(order: CallOrder): Promise<string>;
  /**
   * Hangs up, also where it still rings.
   */
  completeCall(callSid: string): Promise<void>;
  /**
   * Ends what the call is doing, its stream included, and has it follow other TwiML.
   * @returns false when the call is over
   */
  redirectCall(callSid: string, next: NextTwiml): Promise<boolean>;
  /**
   * How the call stands, in Twilio's words; undefined for one that it does not know.
   */
  callStatus(callSid: string): Promise<string | undefined>;
  /**
   * Whether two are in the room of this name: with one in it a conference is there, and not in progress. Source: Twilio,
   * error 16099.
   */
  isRoomRunning(name: string): Promise<boolean>;
  /**
   * Pauses the call's recording, or goes on with it.
   * @returns false when there is none
   */
  pauseRecording(callSid: string, paused: boolean): Promise<boolean>;
  /**
   * @returns the message's SID; that it was taken does not mean that it arrived
   */
  sendMessage(message: TextMessage): Promise<string>;
}

export interface TwilioRestOptions extends TwilioCredentials {
  accountSid: string;
  timeoutMs?: number;
}

/** "Call is not in-progress" and "not found": what a request about a finished call is answered with. */
const CALL_IS_OVER: ReadonlySet<number | undefined> = new Set([21220, 20404]);
const EVENTS = ['initiated', 'ringing', 'answered', 'completed'];

/** A client of Twilio's REST API; the package is loaded with the first request, as that takes a while. */
export function createTwilioRest(options: TwilioRestOptions): TwilioRest {
  let opened: Promise<Twilio> | undefined;

  async function ask<T>(
    what: string,
    callSid: string | undefined,
    request: (client: Twilio) => Promise<T>,
  ): Promise<T> {
    try {
      opened ??= openClient(options);
      return await request(await opened);
    } catch (error) {
      throw refusal(what, error, callSid);
    }
  }

  /** @returns undefined when the call is over */
  async function askOfCall<T>(
    what: string,
    callSid: string,
    request: (call: ReturnType<Twilio['calls']>) => Promise<T>,
  ): Promise<T | undefined> {
    return ask(what, callSid, async (client) => {
      try {
        return await request(client.calls(callSid));
      } catch (error) {
        if (numberAt(error, 'status') === 404 || CALL_IS_OVER.has(numberAt(error, 'code'))) return undefined;
        throw error;
      }
    });
  }

  return {
    accountSid: options.accountSid,
    createCall: (order) =>
      ask('make the call', undefined, async ({ calls }) => (await calls.create(callParameters(order))).sid),
    async completeCall(callSid) {
      await askOfCall('end the call', callSid, (call) => call.update({ status: 'completed' }));
    },
    async redirectCall(callSid, next) {
      return (await askOfCall('move the call', callSid, (call) => call.update(next))) !== undefined;
    },
    callStatus: (callSid) => askOfCall('say how the call stands', callSid, async (call) => (await call.fetch()).status),
    isRoomRunning: (name) =>
      ask('say whether the room is in use', undefined, async ({ conferences }) => {
        const running = await conferences.list({ friendlyName: name, status: 'in-progress', limit: 1 });
        return running.length > 0;
      }),
    async pauseRecording(callSid, paused) {
      const status = paused ? 'paused' : 'in-progress';
      const what = paused ? 'pause the recording' : 'go on with the recording';
      return (
        (await askOfCall(what, callSid, ({ recordings }) => recordings('Twilio.CURRENT').update({ status }))) !==
        undefined
      );
    },
    sendMessage: ({ to, body, sender }) =>
      ask('send the message', undefined, async ({ messages }) => (await messages.create({ to, body, ...sender })).sid),
  };
}

function callParameters({ to, from, url, statusUrl, ringTimeoutS, timeLimitS, detection }: CallOrder) {
  return {
    to,
    from,
    url,
    ...(statusUrl !== undefined && { statusCallback: statusUrl, statusCallbackEvent: EVENTS }),
    timeout: ringTimeoutS,
    timeLimit: timeLimitS,
    // Synchronous detection would leave whoever answers in seconds of silence.
    ...(detection && {
      machineDetection: detection.until === 'end' ? 'DetectMessageEnd' : 'Enable',
      asyncAmd: 'true',
      asyncAmdStatusCallback: detection.url,
    }),
  };
}

/** Without the cause, which holds the request and with that the credentials, and without Twilio's words: they quote numbers. */
function refusal(what: string, error: unknown, callSid: string | undefined): CallError {
  const [status, code] = [numberAt(error, 'status'), numberAt(error, 'code')];
  const more = callSid === undefined ? {} : { callSid };
  if (status === undefined) {
    return new CallError('CARRIER_UNREACHABLE', `Twilio did not ${what}: no answer`, { retryable: true, ...more });
  }
  const why = code === undefined ? '' : `, https://www.twilio.com/docs/errors/${code}`;
  return new CallError('CARRIER_FAILED', `Twilio did not ${what}: HTTP ${status}${why}`, {
    retryable: status === 429 || status >= 500,
    status,
    ...more,
  });
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
