import { createSystemClock, type Clock } from '../../clock.js';
import { ringServer, type PlaceCallOptions } from '../phone/phone.js';
import type { PhoneCall } from '../phone/phone-call.js';
import { PhoneLeg } from '../phone/phone-leg.js';
import type { PhoneEvent } from '../phone/phone-event.js';
import type { HttpMethod } from '../phone/twiml.js';
import { beep, Callee, type CalleeBehaviour } from './callee.js';
import { CarrierCall, type StatusCallback } from './carrier-call.js';
import { PhoneExchange, type NotAnswered, type RingForDial } from './exchange.js';

/** How long detection takes to tell a human, or a machine by its beginning; Twilio's takes some 4 s. */
const DETECTION_MS = 200;
const DEFAULT_RING_MS = 20;
const MAX_CALL_MS = 10 * 60_000;

export interface CarrierOptions {
  accountSid: string;
  /** Signs webhooks, and opens the API. */
  authToken: string;
  /** API keys that open the API as well, by SID. */
  apiKeys?: Readonly<Record<string, string>>;
  /** Numbers that may call; absent: any. */
  ownNumbers?: readonly string[];
  clock?: Clock;
  /** Every callback comes twice, as Twilio's may. */
  duplicateCallbacks?: boolean;
  /** How late the answer to the creation of a call comes: with Twilio the call may have started by then. */
  createAnswerDelayMs?: number;
}

export interface CarrierMessage {
  sid: string;
  to: string;
  body: string;
  from?: string;
  messagingServiceSid?: string;
}

/** An answer that the API gives instead of doing what it was asked. */
export interface CarrierRefusal {
  status: number;
  code: number;
  message?: string;
  /** How many requests are answered so. Default 1. */
  times?: number;
}

/** A call to a server, as `placeCall` takes it. */
export type PlaceOrder = Omit<PlaceCallOptions, 'exchange' | 'accountSid' | 'authToken' | 'clock'>;

/** Where a call is to go and what it is to do; see Twilio, `POST /Calls.json`. */
export interface OutboundOrder {
  to: string;
  from: string;
  source: Parameters<PhoneLeg['run']>[0];
  timeoutMs: number;
  timeLimitMs?: number;
  statusCallback?: StatusCallback | undefined;
  /** Machines are told apart, and whoever is named is told. */
  detection?: { mode: 'Enable' | 'DetectMessageEnd'; callback?: { url: string; method: HttpMethod } };
}

/** The telephones there are, and the calls between them and servers. */
export class Network {
  readonly calls: CarrierCall[] = [];
  readonly messages: CarrierMessage[] = [];
  readonly refusals: CarrierRefusal[] = [];
  readonly options: CarrierOptions;
  readonly clock: Clock;
  readonly #callees = new Map<string, Callee>();
  readonly #exchange: PhoneExchange;

  constructor(options: CarrierOptions) {
    this.options = options;
    this.clock = options.clock ?? createSystemClock();
    this.#exchange = new PhoneExchange((order) => this.#ringForDial(order));
  }

  connect(address: string, behaviour: CalleeBehaviour): Callee {
    const callee = new Callee(behaviour);
    this.#callees.set(address, callee);
    return callee;
  }

  find(callSid: string): CarrierCall | undefined {
    return this.calls.find(({ sid }) => sid === callSid);
  }

  get rooms(): PhoneExchange['rooms'] {
    return this.#exchange.rooms;
  }

  placeCall(options: PlaceOrder): PhoneCall {
    const { accountSid, authToken } = this.options;
    return this.#register({}, (onEvent) => {
      const tell = (event: PhoneEvent): void => {
        onEvent(event);
        options.onEvent?.(event);
      };
      return ringServer({
        ...options,
        accountSid,
        authToken,
        clock: this.clock,
        exchange: this.#exchange,
        onEvent: tell,
      });
    }).leg;
  }

  /** Returns at once; what becomes of the call is told to its callbacks. */
  create(order: OutboundOrder): CarrierCall {
    const { statusCallback, timeLimitMs = MAX_CALL_MS } = order;
    const call = this.#outbound(order, 'outbound-api', { maxCallMs: timeLimitMs, statusCallback });
    void this.#ringAndRun(call, order);
    return call;
  }

  async hangUpAll(): Promise<void> {
    for (const { leg } of this.calls) leg.hangUp();
    await Promise.all(this.calls.map(({ leg }) => leg.ended));
    await Promise.all(this.calls.map(({ told }) => told));
  }

  async #ringAndRun(call: CarrierCall, { to, timeoutMs, source, detection }: OutboundOrder): Promise<void> {
    const { leg } = call;
    call.advance('initiated');
    const notAnswered = await this.#ring(call, to, timeoutMs);
    if (notAnswered) {
      await leg.finish({ reason: notAnswered });
      return;
    }
    void this.#beMachine(call, to, detection);
    await leg.run(source);
  }

  async #ringForDial(order: Parameters<RingForDial>[0]): ReturnType<RingForDial> {
    const { to, parentCallSid, timeoutMs, signal } = order;
    const call = this.#outbound(order, 'outbound-dial', { maxCallMs: MAX_CALL_MS, parentCallSid });
    const { leg } = call;
    const ringing = new AbortController();
    const cancel = (): void => leg.hangUp('canceled');
    signal.addEventListener('abort', cancel, { once: true, signal: ringing.signal });
    if (signal.aborted) cancel();
    const notAnswered = await this.#ring(call, to, timeoutMs);
    ringing.abort();
    if (!notAnswered) {
      void this.#beMachine(call, to, undefined);
      return { leg };
    }
    await leg.finish({ reason: notAnswered });
    return { leg, notAnswered };
  }

  /** @returns why nobody answered */
  async #ring(call: CarrierCall, to: string, timeoutMs: number): Promise<NotAnswered | undefined> {
    const { leg } = call;
    const callee = this.#callees.get(to);
    if (!callee) return 'failed';
    const { does = 'answers', ringMs = DEFAULT_RING_MS } = callee.behaviour;
    call.advance('ringing');
    callee.rings(leg);
    await leg.sleep(Math.min(ringMs, timeoutMs));
    if (leg.over) return 'canceled';
    if (does === 'is-busy') return 'busy';
    if (does === 'fails') return 'failed';
    if (does === 'does-not-answer' || ringMs > timeoutMs) return 'no-answer';
    leg.answer();
    return undefined;
  }

  /** Who answered shows: a machine speaks its greeting and beeps; whoever asked is told what it was. */
  async #beMachine(call: CarrierCall, to: string, detection: OutboundOrder['detection']): Promise<void> {
    const { leg } = call;
    const machine = this.#callees.get(to)?.behaviour.machine;
    const beganMs = leg.nowMs;
    const spoken = machine ? this.#greet(leg, machine) : Promise.resolve();
    if (!detection) return;
    const toEnd = machine && detection.mode === 'DetectMessageEnd';
    if (toEnd) await spoken;
    else await leg.sleep(DETECTION_MS);
    if (leg.over) return;
    const ending = machine?.beep === false ? 'machine_end_silence' : 'machine_end_beep';
    const found = toEnd ? ending : machine ? 'machine_start' : 'human';
    call.detected(found, leg.nowMs - beganMs, detection.callback);
  }

  async #greet(leg: PhoneLeg, machine: NonNullable<CalleeBehaviour['machine']>): Promise<void> {
    await leg.speak(machine.greeting);
    if (machine.beep !== false) await leg.speak(beep());
  }

  #outbound(
    { to, from }: { to: string; from: string },
    direction: 'outbound-api' | 'outbound-dial',
    more: { maxCallMs: number; parentCallSid?: string; statusCallback?: StatusCallback | undefined },
  ): CarrierCall {
    const { statusCallback, ...leg } = more;
    const { accountSid, authToken } = this.options;
    return this.#register({ statusCallback }, (onEvent) => {
      return new PhoneLeg({
        ...leg,
        to,
        from,
        direction,
        accountSid,
        authToken,
        jitterMs: 0,
        lossPercent: 0,
        random: Math.random,
        clock: this.clock,
        onEvent,
        exchange: this.#exchange,
      });
    });
  }

  #register(
    { statusCallback }: { statusCallback?: StatusCallback | undefined },
    ring: (onEvent: (event: PhoneEvent) => void) => PhoneLeg,
  ): CarrierCall {
    const { authToken, duplicateCallbacks = false } = this.options;
    // A telephone's first event, that it rings, is told before there is a call: nothing follows from it.
    const made: { call?: CarrierCall } = {};
    const leg = ring((event) => made.call?.onPhoneEvent(event));
    const call = new CarrierCall(leg, { clock: this.clock, authToken, statusCallback, duplicateCallbacks });
    made.call = call;
    this.calls.push(call);
    return call;
  }
}
