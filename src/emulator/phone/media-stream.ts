import { randomBytes } from 'node:crypto';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import { WebSocket } from 'ws';
import type { Clock } from '../../clock.js';
import { messageToTwilioSchema, type MessageToTwilio } from '../../twilio/wire.js';
import { CallerUplink, type CallerUplinkOptions } from './caller-uplink.js';
import type { StreamWarningCode } from './phone-event.js';

/** How long an upgrade may take. Source: Twilio, error 31901. */
const HANDSHAKE_MS = 10_000;
/** More than any bridge puts into one message; Twilio documents no limit. */
const MAX_MESSAGE_BYTES = 1024 * 1024;
/** How long the closing handshake may take once the caller hung up. */
const CLOSING_MS = 1000;

export interface MediaStreamOptions extends Omit<CallerUplinkOptions, 'signal'> {
  clock: Clock;
  /** As written in the TwiML. */
  url: string;
  /** Signs the upgrade when given. */
  authToken: string | undefined;
  callSid: string;
  accountSid: string;
  parameters: Record<string, string>;
}

/** All are required. `onClosed` comes exactly once, last. */
export interface MediaStreamHandlers {
  onConnected(): void;
  /** `start` was sent. */
  onStarted(streamSid: string): void;
  onAudio(mulaw: Uint8Array): void;
  onMark(name: string): void;
  onClear(): void;
  onSpeech(phase: 'started' | 'ended'): void;
  onKey(digit: string): void;
  /** Something Twilio would log, once a stream and code; what caused it was ignored. */
  onWarning(code: StreamWarningCode, detail: string): void;
  /** `stop` was sent. */
  onStopped(): void;
  onClosed(code: number, by: 'caller' | 'server'): void;
}

/** The caller's end of one Media Stream: Twilio's side of the socket, with Twilio's strictness. */
export class MediaStream {
  readonly streamSid = `MZ${randomBytes(16).toString('hex')}`;
  readonly #options: MediaStreamOptions;
  readonly #handlers: MediaStreamHandlers;
  readonly #socket: WebSocket;
  readonly #over = new AbortController();
  #uplink: CallerUplink | undefined;
  #sequenceNumber = 0;
  #chunk = 0;
  readonly #warned = new Set<StreamWarningCode>();
  #hungUp = false;

  /** Opens the socket at once; the URL must be checked already. */
  constructor(options: MediaStreamOptions, handlers: MediaStreamHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    const { url, authToken } = options;
    // Twilio strips the query string, yet signs the URL as it was written.
    this.#socket = new WebSocket(url.replace(/[?#].*$/, ''), {
      perMessageDeflate: false,
      handshakeTimeout: HANDSHAKE_MS,
      maxPayload: MAX_MESSAGE_BYTES,
      headers: {
        'user-agent': 'Twilio.TmeWs/1.0',
        ...(authToken === undefined ? {} : { 'x-twilio-signature': getExpectedTwilioSignature(authToken, url, {}) }),
      },
    });
    this.#listen();
  }

  /** @see CallerUplink.speak */
  speak(mulaw: Uint8Array): Promise<void> {
    return this.#uplink?.speak(mulaw) ?? Promise.resolve();
  }

  /** @see CallerUplink.press */
  press(digits: string): Promise<void> {
    return this.#uplink?.press(digits) ?? Promise.resolve();
  }

  /** Tells the server that a mark was played or cleared. */
  echoMark(name: string): void {
    this.#send({ event: 'mark', mark: { name } });
  }

  /** The caller hangs up: `stop`, then the socket is closed, in bounded time. */
  hangUp(): void {
    if (this.#hungUp) return;
    this.#hungUp = true;
    const { accountSid, callSid, clock } = this.#options;
    if (this.#uplink && !this.#over.signal.aborted) {
      this.#send({ event: 'stop', stop: { accountSid, callSid } });
      this.#handlers.onStopped();
    }
    this.#over.abort();
    const closing = clock.after(CLOSING_MS, () => this.#socket.terminate());
    this.#socket.once('close', () => closing.cancel());
    this.#socket.close(1000);
  }

  warn(code: StreamWarningCode, detail: string): void {
    if (this.#warned.has(code)) return;
    this.#warned.add(code);
    this.#handlers.onWarning(code, detail);
  }

  #listen(): void {
    let failed = false;
    this.#socket.on('open', () => this.#start());
    this.#socket.on('message', (data, isBinary) => this.#receive(data as Buffer, isBinary));
    this.#socket.on('unexpected-response', (_request, response) => {
      failed = true;
      this.warn(31920, `the upgrade was answered with HTTP ${response.statusCode ?? 0}`);
      // With this listener `ws` leaves the rest to us: without a close the socket would never report its end.
      this.#socket.terminate();
    });
    this.#socket.on('error', () => {
      if (this.#uplink) this.warn(31924, 'the server broke the WebSocket protocol');
      else if (!failed && !this.#hungUp) this.warn(31920, 'the stream could not be opened');
    });
    this.#socket.on('close', (code) => {
      this.#over.abort();
      this.#handlers.onClosed(code, this.#hungUp ? 'caller' : 'server');
    });
  }

  #start(): void {
    const { accountSid, callSid, parameters } = this.#options;
    this.#socket.send(JSON.stringify({ event: 'connected', protocol: 'Call', version: '1.0.0' }));
    this.#handlers.onConnected();
    this.#send({
      event: 'start',
      start: {
        accountSid,
        streamSid: this.streamSid,
        callSid,
        tracks: ['inbound'],
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
        customParameters: parameters,
      },
    });
    this.#uplink = new CallerUplink(
      { ...this.#options, signal: this.#over.signal },
      {
        onFrame: (mulaw, timestampMs) => this.#sendFrame(mulaw, timestampMs),
        onKey: (digit) => {
          this.#send({ event: 'dtmf', dtmf: { track: 'inbound_track', digit } });
          this.#handlers.onKey(digit);
        },
        onSpeech: (phase) => this.#handlers.onSpeech(phase),
      },
    );
    this.#handlers.onStarted(this.streamSid);
  }

  #sendFrame(mulaw: Uint8Array, timestampMs: number): void {
    this.#chunk += 1;
    const payload = Buffer.from(mulaw.buffer, mulaw.byteOffset, mulaw.byteLength).toString('base64');
    this.#send({
      event: 'media',
      media: { track: 'inbound', chunk: String(this.#chunk), timestamp: String(timestampMs), payload },
    });
  }

  #send({ event, ...body }: { event: string } & Record<string, unknown>): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#sequenceNumber += 1;
    const sequenceNumber = String(this.#sequenceNumber);
    this.#socket.send(JSON.stringify({ event, sequenceNumber, streamSid: this.streamSid, ...body }));
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (this.#hungUp) return;
    const message = isBinary ? undefined : readMessage(data);
    if (isBinary) this.warn(31950, 'a binary frame');
    else if (!message) this.warn(31951, 'not one of the three messages, or more than its fields');
    else if (message.streamSid !== this.streamSid) this.warn(31951, 'not the SID of this stream');
    else if (message.event === 'media') this.#handlers.onAudio(Buffer.from(message.media.payload, 'base64'));
    else if (message.event === 'mark') this.#handlers.onMark(message.mark.name);
    else this.#handlers.onClear();
  }
}

/** One of the three messages, or undefined for whatever Twilio would not take. */
function readMessage(data: Buffer): MessageToTwilio | undefined {
  try {
    return messageToTwilioSchema.safeParse(JSON.parse(data.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}
