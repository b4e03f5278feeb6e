import { randomBytes } from 'node:crypto';
import { encodeMulaw } from '../../audio/mulaw.js';
import { createSystemClock, type Clock } from '../../clock.js';
import { CallError, LivelineError } from '../../errors.js';
import { followTwiml } from './call-flow.js';
import { Earpiece } from './earpiece.js';
import { EventLog, type PhoneEventOf } from './event-log.js';
import { MediaStream } from './media-stream.js';
import type { PhoneEndReason, PhoneEvent, PhoneOutcome, StreamWarningCode } from './phone-event.js';
import { parseTwiml, type HttpMethod, type TwimlStream, type TwimlVerb } from './twiml.js';
import { notify, requestTwiml } from './webhook.js';

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
}

/** A call on its way, from the caller's seat. Disposing hangs up and waits for the end. */
export interface PhoneCall extends AsyncDisposable {
  readonly callSid: string;
  readonly events: readonly PhoneEvent[];
  /** Now, on the scale of the events' `atMs`. */
  readonly nowMs: number;
  /** Whether the caller hung up, or the call ended. */
  readonly over: boolean;
  /** What the caller heard up to now: s16 samples, 8 kHz, from `start`, silence included. */
  readonly heard: Int16Array;
  /** How the call ended; never rejects. */
  readonly ended: Promise<PhoneOutcome>;
  waitFor: EventLog['waitFor'];
  /** Settles after `ms`, or when the call ends, or as soon as `signal` is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /**
   * Speaks s16 samples at 8 kHz behind what is being spoken, once the stream is open.
   * @returns settled when it was said, or the call ended
   */
  speak(pcm8k: Int16Array): Promise<void>;
  /**
   * Presses keys of the telephone, `0-9 * # A-D`, once the stream is open.
   * @returns settled when the last was pressed, or the call ended
   */
  press(digits: string): Promise<void>;
  hangUp(): void;
}

/** Places a call exactly as Twilio would. Returns at once; what becomes of it is in its events and in `ended`. */
export function placeCall(options: PlaceCallOptions): PhoneCall {
  return new Phone(options);
}

const DEFAULT_MAX_CALL_MS = 10 * 60_000;
/** Nobody's numbers. Source: the North American range kept for fiction, 555-01xx. */
const DEFAULT_FROM = '+12025550123';
const DEFAULT_TO = '+12025550199';

class Phone implements PhoneCall {
  readonly callSid = `CA${randomBytes(16).toString('hex')}`;
  readonly ended: Promise<PhoneOutcome>;
  readonly #options: PlaceCallOptions;
  readonly #accountSid: string;
  readonly #clock: Clock;
  readonly #log: EventLog;
  /** Aborted when the caller hangs up, and at the end of the call. */
  readonly #over = new AbortController();
  readonly #callbacks: Promise<void>[] = [];
  readonly #earpiece: Earpiece;
  /** From the moment it is being opened until it is closed. */
  #socket: MediaStream | undefined;
  /** From its `start` on until it is closed. */
  #stream: MediaStream | undefined;
  #hangUpReason: Extract<PhoneEndReason, 'caller-hung-up' | 'time-limit'> | undefined;
  #answered = false;

  constructor(options: PlaceCallOptions) {
    this.#options = options;
    this.#accountSid = options.accountSid ?? `AC${randomBytes(16).toString('hex')}`;
    this.#clock = options.clock ?? createSystemClock();
    this.#log = new EventLog(this.#clock, options.onEvent);
    this.#earpiece = new Earpiece(this.#clock, (event) => this.#log.emit(event));
    this.#clock.after(options.maxCallMs ?? DEFAULT_MAX_CALL_MS, () => this.#hangUp('time-limit'), this.#over.signal);
    this.ended = this.#run();
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

  get heard(): Int16Array {
    return this.#earpiece.heard;
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
      this.#clock.after(ms, resolve, scope);
    });
  }

  async speak(pcm8k: Int16Array): Promise<void> {
    const stream = await this.#openStream();
    await stream?.speak(encodeMulaw(pcm8k));
  }

  async press(digits: string): Promise<void> {
    if (!/^[0-9*#A-D]*$/.test(digits)) throw new CallError('USAGE', 'only 0-9, *, #, and A-D are keys of a telephone');
    const stream = await this.#openStream();
    await stream?.press(digits);
  }

  hangUp(): void {
    this.#hangUp('caller-hung-up');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.hangUp();
    await this.ended;
  }

  async #run(): Promise<PhoneOutcome> {
    const { url, agent, from = DEFAULT_FROM, to = DEFAULT_TO } = this.#options;
    this.#log.emit({ type: 'ringing', callSid: this.callSid, from, to });
    const path = agent === undefined ? '' : `/${encodeURIComponent(agent)}`;
    const outcome = await this.#follow(`${url.replace(/\/+$/, '')}/twilio/voice${path}`);
    this.#earpiece.hangUp();
    this.#over.abort();
    await Promise.all(this.#callbacks);
    const { reason, error } = outcome;
    this.#log.emit({
      type: 'ended',
      reason,
      heardMs: this.#earpiece.heardMs,
      ...(error ? { error: { code: error.code, detail: error.detail } } : {}),
    });
    return outcome;
  }

  async #follow(voiceUrl: string): Promise<PhoneOutcome> {
    try {
      const reason = await followTwiml(
        {
          fetch: (url, method) => this.#fetch(url, method),
          connect: (stream, baseUrl) => this.#connect(stream, baseUrl),
          onAction: () => this.#log.emit({ type: 'action' }),
          say: (text) => this.#log.emit({ type: 'said', text }),
          play: (url) => this.#log.emit({ type: 'played', url }),
          dial: (to) => this.#log.emit({ type: 'dialed', to }),
          pause: (ms) => this.sleep(ms),
        },
        voiceUrl,
      );
      return { reason: this.#hangUpReason ?? reason };
    } catch (error) {
      return this.#hangUpReason
        ? { reason: this.#hangUpReason }
        : { reason: 'failed', error: LivelineError.from(error) };
    }
  }

  async #fetch(url: string, method: HttpMethod): Promise<TwimlVerb[]> {
    this.#over.signal.throwIfAborted();
    const { authToken } = this.#options;
    const body = await requestTwiml({ url, method, fields: this.#fields(), authToken, signal: this.#over.signal });
    const verbs = parseTwiml(body);
    this.#answered = true;
    this.#log.emit({ type: 'twiml', verbs: verbs.map(({ verb }) => verb) });
    return verbs;
  }

  /** Source: Twilio, request parameters of a voice webhook. */
  #fields(): Record<string, string> {
    const { from = DEFAULT_FROM, to = DEFAULT_TO } = this.#options;
    return {
      CallSid: this.callSid,
      AccountSid: this.#accountSid,
      ApiVersion: '2010-04-01',
      CallStatus: this.#answered ? 'in-progress' : 'ringing',
      Direction: 'inbound',
      From: from,
      Caller: from,
      To: to,
      Called: to,
    };
  }

  #hangUp(reason: Extract<PhoneEndReason, 'caller-hung-up' | 'time-limit'>): void {
    if (this.over) return;
    this.#hangUpReason = reason;
    this.#earpiece.hangUp();
    this.#over.abort();
    this.#socket?.hangUp();
  }

  /** Over when the server closes the socket, or when it cannot be opened. Source: Twilio, TwiML `<Connect>`. */
  async #connect(target: TwimlStream, baseUrl: string): Promise<void> {
    this.#over.signal.throwIfAborted();
    const callBack: StreamCallBack = (streamSid, event, error) =>
      this.#callBack(target, baseUrl, streamSid, event, error);
    const problem = checkStreamUrl(target.url);
    if (problem) {
      this.#log.emit({ type: 'warning', ...problem });
      callBack('', 'stream-error', problem.detail);
      return;
    }
    await new Promise<void>((closed) => {
      this.#socket = this.#openMediaStream(target, callBack, closed);
    });
    this.#socket = undefined;
    this.#over.signal.throwIfAborted();
  }

  #openMediaStream({ url, parameters }: TwimlStream, callBack: StreamCallBack, closed: () => void): MediaStream {
    const { authToken, jitterMs = 0, lossPercent = 0, random = Math.random } = this.#options;
    const emit = this.#log.emit.bind(this.#log);
    const call = { clock: this.#clock, authToken, callSid: this.callSid, accountSid: this.#accountSid };
    const stream = new MediaStream(
      { ...call, url, parameters, jitterMs, lossPercent, random },
      {
        onConnected: () => emit({ type: 'connected' }),
        onStarted: (streamSid) => {
          this.#stream = stream;
          this.#earpiece.connect((name) => stream.echoMark(name));
          emit({ type: 'start', streamSid });
          callBack(streamSid, 'stream-started');
        },
        onAudio: (mulaw) => {
          if (!this.#earpiece.play(mulaw)) stream.warn(31931, 'more than ten minutes of audio are queued');
        },
        onMark: (name) => this.#earpiece.mark(name),
        onClear: () => this.#earpiece.clear(),
        onSpeech: (phase) => emit({ type: 'caller-audio', phase }),
        onKey: (digit) => emit({ type: 'dtmf', digit }),
        onWarning: (code, detail) => {
          emit({ type: 'warning', code, detail });
          if (!this.#stream) callBack(stream.streamSid, 'stream-error', detail);
        },
        onStopped: () => emit({ type: 'stop' }),
        onClosed: (code, by) => {
          this.#earpiece.disconnect();
          emit({ type: 'closed', code, by });
          if (this.#stream) callBack(stream.streamSid, 'stream-stopped');
          this.#stream = undefined;
          closed();
        },
      },
    );
    return stream;
  }

  /** Source: Twilio, TwiML `<Stream>`, `statusCallback`. */
  #callBack(target: TwimlStream, baseUrl: string, streamSid: string, streamEvent: string, error?: string): void {
    const { statusCallback, statusCallbackMethod: method } = target;
    if (statusCallback === undefined || !URL.canParse(statusCallback, baseUrl)) return;
    const fields = {
      AccountSid: this.#accountSid,
      CallSid: this.callSid,
      StreamSid: streamSid,
      StreamEvent: streamEvent,
      ...(error === undefined ? {} : { StreamError: error }),
      Timestamp: new Date(this.#clock.wallMs()).toISOString(),
    };
    const { authToken } = this.#options;
    this.#callbacks.push(notify({ url: new URL(statusCallback, baseUrl).href, method, fields, authToken }));
  }

  /** The stream that is open, or the next one; undefined when the call ends without. */
  async #openStream(): Promise<MediaStream | undefined> {
    if (!this.over && !this.#stream) await this.waitFor('start', undefined, this.events.length).catch(() => undefined);
    return this.#stream;
  }
}

type StreamCallBack = (streamSid: string, streamEvent: string, error?: string) => void;

/** Twilio opens `wss` only; `ws` is let pass on loopback, where there is no certificate to be had. */
function checkStreamUrl(url: string): { code: StreamWarningCode; detail: string } | undefined {
  if (!URL.canParse(url)) return { code: 31923, detail: 'the URL of the stream is malformed' };
  const { protocol, hostname } = new URL(url);
  const loopback = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
  if (protocol === 'wss:' || (protocol === 'ws:' && loopback)) return undefined;
  return { code: 31922, detail: 'the URL of the stream is not wss' };
}
