import { randomBytes } from 'node:crypto';
import { createSystemClock, type Clock } from '../../clock.js';
import type { PhoneCall } from './phone-call.js';
import type { PhoneEvent } from './phone-event.js';
import { PhoneLeg, type Exchange } from './phone-leg.js';

export interface PlaceCallOptions {
  /** Where the server listens, without a path: `http://127.0.0.1:8080`. */
  url: string;
  /** Asks for this agent by its route; absent: the server chooses by the called number. */
  agent?: string;
  /** Signs what the phone sends. Absent: nothing is signed. */
  authToken?: string;
  accountSid?: string;
  from?: string;
  to?: string;
  /** Each caller frame is late by up to this much. Default 0. */
  jitterMs?: number;
  /** So many caller frames in a hundred are lost. Default 0. */
  lossPercent?: number;
  /** The call is hung up after this long. Default ten minutes. */
  maxCallMs?: number;
  /** Told of each event as it happens; it must not throw. */
  onEvent?: (event: PhoneEvent) => void;
  clock?: Clock;
  /** For jitter and loss: 0 ≤ n < 1. */
  random?: () => number;
  /** Absent: a `<Dial>` ends the call as `transferred`. */
  exchange?: Exchange;
}

/** Nobody's numbers. Source: the North American range kept for fiction, 555-01xx. */
const DEFAULT_FROM = '+12025550123';
const DEFAULT_TO = '+12025550199';
const DEFAULT_MAX_CALL_MS = 10 * 60_000;

/** Places a call exactly as Twilio would. Returns at once; what becomes of it is in its events and in `ended`. */
export function placeCall(options: PlaceCallOptions): PhoneCall {
  return ringServer(options);
}

/** The same from Twilio's seat. */
export function ringServer(options: PlaceCallOptions): PhoneLeg {
  const { url, agent, exchange } = options;
  const leg = new PhoneLeg({
    from: options.from ?? DEFAULT_FROM,
    to: options.to ?? DEFAULT_TO,
    direction: 'inbound',
    accountSid: options.accountSid ?? `AC${randomBytes(16).toString('hex')}`,
    authToken: options.authToken,
    jitterMs: options.jitterMs ?? 0,
    lossPercent: options.lossPercent ?? 0,
    random: options.random ?? Math.random,
    clock: options.clock ?? createSystemClock(),
    maxCallMs: options.maxCallMs ?? DEFAULT_MAX_CALL_MS,
    onEvent: options.onEvent,
    ...(exchange && { exchange }),
  });
  const path = agent === undefined ? '' : `/${encodeURIComponent(agent)}`;
  void leg.run({ url: `${url.replace(/\/+$/, '')}/twilio/voice${path}`, method: 'POST' });
  return leg;
}
