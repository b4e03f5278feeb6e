import { randomBytes } from 'node:crypto';
import { encodeMulaw } from '../../audio/mulaw.js';
import type { Clock } from '../../clock.js';
import { CallError, LivelineError } from '../../errors.js';
import { followTwiml, type CallFlowHost, type FlowEnd, type TwimlSource } from './call-flow.js';
import { EventLog, type PhoneEventOf } from './event-log.js';
import { Handset } from './handset.js';
import type { PhoneCall } from './phone-call.js';
import type { PhoneEndReason, PhoneEvent, PhoneOutcome } from './phone-event.js';
import { connectStream, type StreamNews } from './stream-connection.js';
import { parseTwiml, type HttpMethod, type TwimlDial, type TwimlGather, type TwimlPrompt } from './twiml.js';
import type { TwimlStream, TwimlVerb } from './twiml.js';
import { notify, requestTwiml } from './webhook.js';

/** Where a `<Dial>` reaches other phones. */
export interface Exchange {
  /**
   * Puts the caller through; settled when they are apart again, or nobody came.
   * @param signal the caller's leg ended, or was told to do something else
   * @returns the fields that the action is told
   */
  dial(caller: PhoneLeg, dial: TwimlDial, baseUrl: string, signal: AbortSignal): Promise<Record<string, string>>;
}

export interface PhoneLegOptions {
  from: string;
  to: string;
  direction: 'inbound' | 'outbound-api' | 'outbound-dial';
  parentCallSid?: string;
  accountSid: string;
  /** Signs what the phone sends. Absent: nothing is signed. */
  authToken?: string | undefined;
  jitterMs: number;
  lossPercent: number;
  random: () => number;
  clock: Clock;
  maxCallMs: number;
  onEvent?: ((event: PhoneEvent) => void) | undefined;
  /** Absent: there are no other phones. */
  exchange?: Exchange;
}

/** What becomes of TwiML that ends by itself. */
const END_REASONS: Record<FlowEnd, PhoneEndReason> = {
  'ran-out': 'agent-hung-up',
  'hung-up': 'agent-hung-up',
  rejected: 'rejected',
  busy: 'rejected',
  transferred: 'transferred',
};

/** One telephone of a call, from Twilio's seat as well as from that of whoever holds it. */
export class PhoneLeg implements PhoneCall {
  readonly callSid = `CA${randomBytes(16).toString('hex')}`;
  readonly ended: Promise<PhoneOutcome>;
  readonly handset: Handset;
  readonly options: PhoneLegOptions;
  readonly #log: EventLog;
  /** Aborted when the call is hung up from either end, and at its end. */
  readonly #over = new AbortController();
  readonly #callbacks: Promise<void>[] = [];
  /** The TwiML that runs now. */
  #program = new AbortController();
  #replacement: TwimlSource | undefined;
  #hangUpReason: PhoneEndReason | undefined;
  #answered = false;
  #finished = false;
  #resolveEnded: (outcome: PhoneOutcome) => void = () => undefined;

  /** Rings at once, and until `run`, `answer` or `finish`. */
  constructor(options: PhoneLegOptions) {
    this.options = options;
    const { clock, from, to } = options;
    this.#log = new EventLog(clock, options.onEvent);
    this.handset = new Handset(options, this.#over.signal, (event) => this.#log.emit(event));
    this.ended = new Promise((resolve) => (this.#resolveEnded = resolve));
    clock.after(options.maxCallMs, () => this.hangUp('time-limit'), this.#over.signal);
    this.#log.emit({ type: 'ringing', callSid: this.callSid, from, to });
  }

  get events(): readonly PhoneEvent[] {
    return this.#log.events;
  }

  get nowMs(): number {
    return this.#log.nowMs;
  }

  get over(): boolean {
    return this.#over.signal.aborted;
  }

  /** Aborted when the call is hung up from either end, and at its end. */
  get overSignal(): AbortSignal {
    return this.#over.signal;
  }

  get answered(): boolean {
    return this.#answered;
  }

  get heard(): Int16Array {
    return this.handset.earpiece.heard;
  }

  waitFor<T extends PhoneEvent['type']>(
    type: T,
    where?: (event: PhoneEventOf<T>) => boolean,
    since?: number,
  ): Promise<PhoneEventOf<T>> {
    return this.#log.waitFor(type, where, since);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const scope = AbortSignal.any([this.#over.signal, ...(signal ? [signal] : [])]);
    if (scope.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      scope.addEventListener('abort', () => resolve(), { once: true });
      this.options.clock.after(ms, resolve, scope);
    });
  }

  speak(pcm8k: Int16Array): Promise<void> {
    return this.handset.speak(encodeMulaw(pcm8k));
  }

  async press(digits: string): Promise<void> {
    if (!/^[0-9*#A-D]*$/.test(digits)) throw new CallError('USAGE', 'only 0-9, *, #, and A-D are keys of a telephone');
    await this.handset.press(digits);
  }

  hangUp(reason: PhoneEndReason = 'caller-hung-up'): void {
    if (this.over) return;
    this.#hangUpReason = reason;
    this.handset.earpiece.hangUp();
    this.#over.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.hangUp();
    await this.ended;
  }

  /** Whoever was called picks up. */
  answer(): void {
    this.#answered = true;
    this.#log.emit({ type: 'answered' });
  }

  /** The two ends are joined; what the other says is heard. */
  bridged(other: string): void {
    this.handset.earpiece.connect(() => undefined);
    this.#log.emit({ type: 'bridged', to: other });
  }

  unbridged(): void {
    this.#log.emit({ type: 'unbridged' });
  }

  /** Follows TwiML to the end of the call. */
  async run(source: TwimlSource): Promise<void> {
    try {
      await this.finish({ reason: END_REASONS[await this.follow(source)] });
    } catch (error) {
      await this.finish({ reason: 'failed', error: LivelineError.from(error) });
    }
  }

  /**
   * Follows TwiML, and whatever takes its place, until it ends by itself.
   * @throws CallError for what Twilio would not run; whatever it is once the call was hung up
   */
  async follow(source: TwimlSource): Promise<FlowEnd> {
    for (let next = source; ;) {
      this.#program = new AbortController();
      const signal = AbortSignal.any([this.#over.signal, this.#program.signal]);
      const flow = followTwiml(this.#host(signal), next);
      const ended = await flow.catch((error: unknown) => {
        if (!this.#replacement || this.over) throw error;
      });
      if (!this.#replacement) return ended ?? 'hung-up';
      next = this.#replacement;
      this.#replacement = undefined;
    }
  }

  /** Stops the TwiML that runs and goes on with this. */
  replace(source: TwimlSource): void {
    this.#replacement = source;
    this.#program.abort();
  }

  /** The end of the call; a hang-up has its own reason. */
  async finish(outcome: PhoneOutcome): Promise<void> {
    if (this.#finished) return;
    this.#finished = true;
    const { reason, error } = this.#hangUpReason === undefined ? outcome : { reason: this.#hangUpReason };
    this.handset.earpiece.hangUp();
    this.#over.abort();
    await Promise.all(this.#callbacks);
    this.#log.emit({
      type: 'ended',
      reason,
      heardMs: this.handset.earpiece.heardMs,
      ...(error ? { error: { code: error.code, detail: error.detail } } : {}),
    });
    this.#resolveEnded(error ? { reason, error } : { reason });
  }

  #host(signal: AbortSignal): CallFlowHost {
    return {
      fetch: (url, method, fields) => this.#fetch(url, method, fields, signal),
      connect: async (stream, baseUrl) => {
        signal.throwIfAborted();
        await this.#connect(stream, baseUrl, signal);
        signal.throwIfAborted();
      },
      onAction: () => this.#log.emit({ type: 'action' }),
      prompt: (prompt) => this.#prompt(prompt, signal),
      gather: (gather) => this.#gather(gather, signal),
      dial: async (dial, baseUrl) => {
        signal.throwIfAborted();
        const { target } = dial;
        this.#log.emit({ type: 'dialed', to: target.kind === 'conference' ? target.name : target.address });
        const told = await this.options.exchange?.dial(this, dial, baseUrl, signal);
        signal.throwIfAborted();
        return told;
      },
    };
  }

  async #fetch(
    url: string,
    method: HttpMethod,
    more: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<TwimlVerb[]> {
    signal.throwIfAborted();
    const fields = { ...this.fields(), ...more };
    const body = await requestTwiml({ url, method, fields, authToken: this.options.authToken, signal });
    const verbs = parseTwiml(body);
    this.#answered = true;
    this.#log.emit({ type: 'twiml', verbs: verbs.map(({ verb }) => verb) });
    return verbs;
  }

  /** What every webhook of this call is told. Source: Twilio, request parameters of a voice webhook. */
  fields(): Record<string, string> {
    const { from, to, accountSid, direction, parentCallSid } = this.options;
    return {
      CallSid: this.callSid,
      AccountSid: accountSid,
      ApiVersion: '2010-04-01',
      CallStatus: this.#answered ? 'in-progress' : 'ringing',
      Direction: direction,
      From: from,
      Caller: from,
      To: to,
      Called: to,
      ...(parentCallSid !== undefined && { ParentCallSid: parentCallSid }),
    };
  }

  async #prompt(prompt: TwimlPrompt, signal: AbortSignal): Promise<void> {
    if (prompt.verb === 'Say') this.#log.emit({ type: 'said', text: prompt.text });
    else if (prompt.verb === 'Play') this.#log.emit({ type: 'played', url: prompt.digits ?? prompt.url });
    else await this.sleep(prompt.lengthS * 1000, signal);
    signal.throwIfAborted();
  }

  /** Keys may be pressed while the prompts are heard; the time runs from their end, and anew from each key. */
  async #gather(gather: TwimlGather, signal: AbortSignal): Promise<string> {
    const done = new AbortController();
    const scope = AbortSignal.any([signal, done.signal]);
    let digits = '';
    let waiting = new AbortController();
    const onKey = (digit: string): void => {
      const isLast = digit === gather.finishOnKey;
      if (!isLast) digits += digit;
      if (isLast || digits.length === gather.numDigits) done.abort();
      waiting.abort();
      waiting = new AbortController();
    };
    this.handset.open({ onKey }, scope);
    for (const prompt of gather.prompts) if (!scope.aborted) await this.#prompt(prompt, scope).catch(() => undefined);
    this.#log.emit({ type: 'gathering' });
    for (let pressed = -1; !scope.aborted && pressed < digits.length;) {
      pressed = digits.length;
      await this.sleep(gather.timeoutS * 1000, AbortSignal.any([scope, waiting.signal]));
    }
    done.abort();
    signal.throwIfAborted();
    return digits;
  }

  /** Over when the server closes the socket, or when it cannot be opened. Source: Twilio, TwiML `<Connect>`. */
  #connect(stream: TwimlStream, baseUrl: string, signal: AbortSignal): Promise<void> {
    return connectStream({
      ...this.options,
      authToken: this.options.authToken,
      callSid: this.callSid,
      handset: this.handset,
      stream,
      signal,
      emit: (event) => this.#log.emit(event),
      tell: (news) => this.#callBack(stream, baseUrl, news),
    });
  }

  /** Source: Twilio, TwiML `<Stream>`, `statusCallback`. */
  #callBack(target: TwimlStream, baseUrl: string, { streamSid, event, error }: StreamNews): void {
    const { statusCallback, statusCallbackMethod: method } = target;
    if (statusCallback === undefined || !URL.canParse(statusCallback, baseUrl || undefined)) return;
    const { clock, accountSid, authToken } = this.options;
    const fields = {
      AccountSid: accountSid,
      CallSid: this.callSid,
      StreamSid: streamSid,
      StreamEvent: event,
      ...(error === undefined ? {} : { StreamError: error }),
      Timestamp: new Date(clock.wallMs()).toISOString(),
    };
    const url = new URL(statusCallback, baseUrl || undefined).href;
    this.#callbacks.push(notify({ url, method, fields, authToken }));
  }
}
