import { randomBytes } from 'node:crypto';
import type { Clock, Timer } from '../clock.js';
import { CallError, LivelineError } from '../errors.js';
import type { OutboundStatus } from '../call/ports.js';
import { follows, isFinal, type OutboundCall, parseOutboundStatus } from './outbound-call.js';
import { type OrderSeal, outboundUrls } from './outbound-order.js';
import type { TwilioRest } from './rest.js';

/** A call that somebody wants to be made. */
export interface DialOrder {
  agent: string;
  to: string;
  from: string;
  variables: Readonly<Record<string, string>>;
  ringTimeoutS: number;
  timeLimitS: number;
  detection?: 'start' | 'end';
  /** Where Twilio finds this server: `https://host`. */
  baseUrl: string;
}

export interface DialerOptions {
  rest: Pick<TwilioRest, 'createCall' | 'completeCall' | 'callStatus'>;
  clock: Clock;
  seal: OrderSeal;
  /** As they are now. */
  bounds: () => { callsPerSecond: number; maxCalls: number; maxQueued: number };
  /** Whether this instance could take the call once it is answered. */
  hasRoom: () => boolean;
  /** Told of every call and each change of its status, and of what the detection of machines found. */
  onChanged: (call: OutboundCall) => void;
}

/** What a callback says of a call. */
export interface OutboundNews {
  callSid?: string | undefined;
  status?: OutboundStatus | undefined;
  durationS?: number | undefined;
  answeredBy?: string | undefined;
  /** A machine has heard the message. */
  messageLeft?: true;
}

/** How long nothing may be heard of a call before Twilio is asked: callbacks get lost, or reach another instance. */
const ASK_AFTER_MS = 15_000;
/** How often room is looked for when this instance is full. */
const ROOM_CHECK_MS = 1_000;
/** What a call may take beyond the time that it was given, before it counts as lost. */
const GRACE_S = 60;
/** Finished calls that can still be asked for; the oldest go first. */
const MAX_REMEMBERED = 1_000;

const LOST = { code: 'CARRIER_UNREACHABLE', detail: 'Twilio never said what became of the call' };

interface Line {
  call: OutboundCall;
  readonly order: DialOrder;
  /** When Twilio was asked to make it. */
  madeMs: number;
  timer: Timer | undefined;
}

/** Makes calls: so many a second, so many at once, the others one after the other; and follows what becomes of them. */
export class Dialer {
  readonly #options: DialerOptions;
  readonly #lines = new Map<string, Line>();
  readonly #queue: Line[] = [];
  /** What Twilio is asked to do and has not answered. */
  readonly #asking = new Set<Promise<void>>();
  #lastMadeMs = -Infinity;
  #timer: Timer | undefined;
  #stopping = false;

  constructor(options: DialerOptions) {
    this.#options = options;
  }

  /** Calls that wait, or are not over. */
  get calls(): readonly OutboundCall[] {
    return [...this.#lines.values()].flatMap(({ call }) => (isFinal(call.status) ? [] : [call]));
  }

  /**
   * Makes the call as soon as its turn comes. Returns at once.
   * @throws CallError CALL_CAPACITY when too many wait, CALL_REFUSED when the server stops
   */
  dial(order: DialOrder): OutboundCall {
    const { clock, bounds } = this.#options;
    if (this.#stopping) throw new CallError('CALL_REFUSED', 'the server is stopping and makes no calls');
    const { agent, to, from } = order;
    const id = `OB${randomBytes(16).toString('hex')}`;
    const call: OutboundCall = { id, agent, to, from, status: 'queued', orderedMs: clock.wallMs() };
    const line: Line = { call, order, madeMs: 0, timer: undefined };
    this.#queue.push(line);
    this.#makeDue();
    if (this.#queue.length > bounds().maxQueued) {
      this.#queue.splice(this.#queue.indexOf(line), 1);
      throw new CallError('CALL_CAPACITY', 'too many calls wait to be made; try again later', { retryable: true });
    }
    this.#remember(line);
    this.#options.onChanged(call);
    return line.call;
  }

  /** @param id ours, or Twilio's */
  find(id: string): OutboundCall | undefined {
    return this.#lines.get(id)?.call ?? [...this.#lines.values()].find(({ call }) => call.callSid === id)?.call;
  }

  /** Takes in what Twilio tells of a call, in any order; calls of other instances are none of ours. */
  take(id: string, news: OutboundNews): void {
    const line = this.#lines.get(id);
    if (line) this.#update(line, news);
  }

  /**
   * Gives up a call that waits or rings, or hangs it up. One whose creation Twilio has not answered is hung up as soon as
   * its SID is known.
   * @param id ours
   */
  async cancel(id: string): Promise<void> {
    const line = this.#lines.get(id);
    if (!line || isFinal(line.call.status)) return;
    const waiting = this.#queue.indexOf(line);
    if (waiting >= 0) this.#queue.splice(waiting, 1);
    else if (line.call.callSid !== undefined) return this.#options.rest.completeCall(line.call.callSid);
    this.#update(line, { status: 'canceled' });
  }

  /** No call is made from here on; those that wait or ring are given up. Resolves when Twilio was told. Never rejects. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#timer?.cancel();
    for (const line of this.#queue.splice(0)) this.#update(line, { status: 'canceled' });
    // A creation that is answered may be followed by a request that ends the call.
    while (this.#asking.size > 0) await Promise.all(this.#asking);
    const ringing = [...this.#lines.values()].filter(({ call }) => follows(call.status, 'in-progress'));
    await Promise.all(ringing.map((line) => this.#giveUp(line)));
    for (const { timer } of this.#lines.values()) timer?.cancel();
  }

  async #giveUp(line: Line): Promise<void> {
    if (line.call.callSid !== undefined) {
      await this.#options.rest.completeCall(line.call.callSid).catch(() => undefined);
    }
    this.#update(line, { status: 'canceled' });
  }

  #makeDue(): void {
    const { clock, bounds, hasRoom } = this.#options;
    const { callsPerSecond, maxCalls } = bounds();
    this.#timer?.cancel();
    this.#timer = undefined;
    while (this.#queue.length > 0 && !this.#stopping && this.#busyLines < maxCalls) {
      const waitMs = hasRoom() ? this.#lastMadeMs + 1000 / callsPerSecond - clock.nowMs() : ROOM_CHECK_MS;
      if (waitMs > 0) {
        this.#timer = clock.after(Math.ceil(waitMs), () => this.#makeDue());
        return;
      }
      const line = this.#queue.shift();
      if (line) this.#make(line);
    }
  }

  get #busyLines(): number {
    return this.calls.length - this.#queue.filter(({ call }) => this.#lines.has(call.id)).length;
  }

  #make(line: Line): void {
    const { rest, clock, seal } = this.#options;
    const { agent, to, from, variables, ringTimeoutS, timeLimitS, detection, baseUrl } = line.order;
    this.#remember(line);
    this.#lastMadeMs = clock.nowMs();
    line.madeMs = clock.nowMs();
    const sealed = seal.seal({ id: line.call.id, agent, variables: { ...variables }, leavesMessage: false });
    const urls = outboundUrls(baseUrl, sealed);
    const created = rest.createCall({
      to,
      from,
      url: urls.voice,
      statusUrl: urls.status,
      ringTimeoutS,
      timeLimitS,
      ...(detection && { detection: { url: urls.answeredBy, until: detection } }),
    });
    this.#asked(
      line,
      created.then((callSid) => this.#update(line, { callSid })),
    );
    this.#watch(line);
  }

  #asked(line: Line, request: Promise<void>): void {
    const asking = request
      .catch((error: unknown) => this.#failed(line, LivelineError.from(error)))
      .finally(() => this.#asking.delete(asking));
    this.#asking.add(asking);
  }

  /** Where Twilio did not answer, it may have taken the order all the same: its callbacks will tell, or time will. */
  #failed(line: Line, { code, detail }: LivelineError): void {
    line.call = { ...line.call, error: { code, detail } };
    if (code !== 'CARRIER_UNREACHABLE') this.#update(line, { status: 'failed' });
  }

  #update(line: Line, { callSid, status, durationS, answeredBy, messageLeft }: OutboundNews): void {
    const before = line.call;
    const moves = status !== undefined && follows(before.status, status);
    const found = before.answeredBy === undefined ? answeredBy : undefined;
    // An order that Twilio turns out to have taken did not fail.
    const { error, ...call } = before;
    line.call = {
      ...call,
      ...(error && (status === undefined || isFinal(status)) && { error }),
      ...(callSid !== undefined && { callSid }),
      ...(found !== undefined && { answeredBy: found }),
      ...(messageLeft && { messageLeft }),
      ...(moves && { status }),
      ...(moves && isFinal(status) && durationS !== undefined && { durationS }),
    };
    if (isFinal(line.call.status)) line.timer?.cancel();
    else if (status !== undefined && line.timer) this.#watch(line);
    if (moves || found !== undefined) this.#options.onChanged(line.call);
    // It was given up before anybody knew how to tell Twilio.
    if (before.status === 'canceled' && before.callSid === undefined && callSid !== undefined) {
      this.#asked(line, this.#options.rest.completeCall(callSid));
    }
    if (moves && isFinal(status)) this.#makeDue();
  }

  #watch(line: Line): void {
    line.timer?.cancel();
    line.timer = this.#options.clock.after(ASK_AFTER_MS, () => void this.#ask(line));
  }

  /** Nothing was heard of the call for a while. */
  async #ask(line: Line): Promise<void> {
    const { rest, clock } = this.#options;
    const { callSid } = line.call;
    const { ringTimeoutS, timeLimitS } = line.order;
    const givenS = ringTimeoutS + GRACE_S + (callSid === undefined ? 0 : timeLimitS);
    if (clock.nowMs() > line.madeMs + givenS * 1000) {
      line.call = { error: LOST, ...line.call };
      this.#update(line, { status: 'failed' });
      return;
    }
    const told = callSid === undefined ? undefined : await rest.callStatus(callSid).catch(() => undefined);
    if (this.#stopping || isFinal(line.call.status)) return;
    this.#update(line, { status: parseOutboundStatus(told) });
    if (!isFinal(line.call.status)) this.#watch(line);
  }

  #remember(line: Line): void {
    this.#lines.set(line.call.id, line);
    if (this.#lines.size <= MAX_REMEMBERED) return;
    for (const [id, { call }] of this.#lines) {
      if (!isFinal(call.status)) continue;
      this.#lines.delete(id);
      return;
    }
  }
}
