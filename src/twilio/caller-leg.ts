import type { Duplex } from 'node:stream';
import { type RawData, type ServerOptions, WebSocket } from 'ws';
import type { AcceptCallerLeg, CallStart, CallerLeg, CallerLegCloseReason, CallerLegHandlers } from '../call/ports.js';
import type { Clock, Timer } from '../clock.js';
import { LivelineError } from '../errors.js';
import { flushSoon } from '../flush-soon.js';
import { textFrame } from './text-frame.js';
import {
  MAX_MESSAGE_BYTES,
  clearFrame,
  markFrame,
  mediaFrame,
  parseTwilioMessage,
  type MessageFromTwilio,
  type StreamStart,
} from './wire.js';

/**
 * Options of the `WebSocketServer` whose sockets become caller legs. `closeTimeout` is how long a peer may leave a
 * closing handshake unanswered, in milliseconds (newer than the types of `ws`).
 */
export const twilioSocketOptions = {
  noServer: true,
  perMessageDeflate: false,
  maxPayload: MAX_MESSAGE_BYTES,
  closeTimeout: 1000,
} as const satisfies ServerOptions & { closeTimeout: number };

/** A stream's socket, and the connection that it runs on. */
export interface MediaSocket {
  /** Open, and made with `twilioSocketOptions`. Hand it over in the upgrade's own callback, or frames are lost. */
  webSocket: WebSocket;
  connection: Duplex;
}

export interface TwilioCallerOptions {
  socket: MediaSocket;
  clock: Clock;
  /** Says whose call a stream is, or undefined to refuse it. Asked once. */
  authorize: (start: StreamStart) => CallStart | undefined;
  /** Without a message or a pong for this long, the caller counts as gone. */
  livenessMs?: number;
  pingEveryMs?: number;
}

/** Messages in a row that were of no use before the stream is closed: two seconds of Twilio's usual pace. */
const MAX_RUBBISH_IN_A_ROW = 100;

/** What may wait unsent: a burst of 60 s of audio takes less than 1 MB as frames, so more means that nobody reads. */
const MAX_UNSENT_BYTES = 4 * 1024 * 1024;

/** A Twilio Media Streams socket as the caller's side of a call. */
export function acceptTwilioCaller(options: TwilioCallerOptions): AcceptCallerLeg {
  return (handlers) => new TwilioCallerLeg(options, handlers);
}

class TwilioCallerLeg implements CallerLeg {
  readonly #socket: WebSocket;
  readonly #connection: Duplex;
  readonly #clock: Clock;
  readonly #authorize: TwilioCallerOptions['authorize'];
  readonly #handlers: CallerLegHandlers;
  readonly #reported = new Set<string>();
  /** Frames of this moment: they go out together, in one write. */
  #outbox = '';
  #rubbishInARow = 0;
  #lastHeardMs: number;
  #pingTimer: Timer;
  #livenessTimer: Timer;
  /** Set by an authorised `start`; nothing can be sent before. */
  #streamSid: string | undefined;
  /** Set when the end is decided: from then on nothing is read or sent. */
  #endReason: CallerLegCloseReason | undefined;
  #closedTold = false;

  constructor(options: TwilioCallerOptions, handlers: CallerLegHandlers) {
    const { clock, authorize, livenessMs = 60_000, pingEveryMs = 20_000 } = options;
    const { webSocket: socket, connection } = options.socket;
    this.#socket = socket;
    this.#connection = connection;
    this.#clock = clock;
    this.#authorize = authorize;
    this.#handlers = handlers;
    this.#lastHeardMs = clock.nowMs();
    socket.on('message', (data, isBinary) => this.#onMessage(data, isBinary));
    socket.on('pong', () => (this.#lastHeardMs = clock.nowMs()));
    // Only frames that break RFC 6455 or are too large come here; the socket closes itself.
    socket.on('error', () => this.#onFrameRejected());
    socket.on('close', () => this.#tellClosed());
    this.#pingTimer = this.#pingAfter(pingEveryMs);
    this.#livenessTimer = this.#checkLifeAfter(livenessMs, livenessMs);
  }

  sendAudio(mulaw: Uint8Array): void {
    if (this.#streamSid === undefined || mulaw.length === 0) return;
    const base64 = Buffer.from(mulaw.buffer, mulaw.byteOffset, mulaw.byteLength).toString('base64');
    this.#send(mediaFrame(this.#streamSid, base64));
  }

  sendMark(name: string): void {
    if (this.#streamSid !== undefined) this.#send(markFrame(this.#streamSid, name));
  }

  clear(): void {
    if (this.#streamSid === undefined) return;
    this.#send(clearFrame(this.#streamSid));
    // Until it is there the caller is talked over: it does not wait for the rest of what this moment brings.
    this.#flush();
  }

  close(code: number, reason: string): void {
    this.#end('closed', code, reason);
  }

  /** @param text of ASCII */
  #send(text: string): void {
    if (this.#endReason !== undefined) return;
    const isFirst = this.#outbox === '';
    this.#outbox += textFrame(text);
    if (isFirst) flushSoon(this.#flush);
  }

  readonly #flush = (): void => {
    const frames = this.#outbox;
    this.#outbox = '';
    if (frames === '' || this.#socket.readyState !== WebSocket.OPEN) return;
    // Past what `ws` would do for each frame; a character is a byte here.
    this.#connection.write(frames, 'latin1');
    if (this.#connection.writableLength <= MAX_UNSENT_BYTES) return;
    this.#report('not-reading');
    this.#end('unresponsive', 1011, 'nothing is read');
  };

  #onMessage(data: RawData, isBinary: boolean): void {
    if (this.#endReason !== undefined) return;
    this.#lastHeardMs = this.#clock.nowMs();
    if (isBinary) {
      this.#ignore('binary-frame');
      return;
    }
    let message: MessageFromTwilio;
    try {
      // `ws` hands a message over as one Buffer unless `binaryType` says otherwise.
      message = parseTwilioMessage(data as Buffer);
    } catch (error) {
      this.#ignore(LivelineError.from(error).detail);
      return;
    }
    this.#take(message);
  }

  #take(message: MessageFromTwilio): void {
    if (message.event === 'connected') {
      if (this.#streamSid !== undefined) this.#ignore('late-connected');
    } else if (message.event === 'start') {
      this.#start(message);
    } else if (message.event === 'stop' && this.#streamSid === undefined) {
      this.#stop();
    } else if (message.streamSid !== this.#streamSid) {
      this.#ignore(this.#streamSid === undefined ? `${message.event}-before-start` : 'wrong-stream-sid');
    } else {
      this.#takeFromStream(message);
    }
  }

  #takeFromStream(message: Exclude<MessageFromTwilio, { event: 'connected' | 'start' }>): void {
    switch (message.event) {
      case 'media':
        this.#takeAudio(message.media);
        break;
      case 'dtmf':
        this.#rubbishInARow = 0;
        this.#handlers.onDigit(message.dtmf.digit);
        break;
      case 'mark':
        this.#rubbishInARow = 0;
        this.#handlers.onMarkReached(message.mark.name);
        break;
      case 'stop':
        this.#stop();
        break;
    }
  }

  #takeAudio({ track, payload, timestamp }: Extract<MessageFromTwilio, { event: 'media' }>['media']): void {
    if (track !== 'inbound') {
      this.#ignore('outbound-track');
    } else if (payload.length === 0) {
      this.#ignore('empty-payload');
    } else {
      this.#rubbishInARow = 0;
      this.#handlers.onAudio(payload, timestamp);
    }
  }

  #start({ streamSid, start }: Extract<MessageFromTwilio, { event: 'start' }>): void {
    if (this.#streamSid !== undefined) {
      this.#ignore('second-start');
      return;
    }
    const { encoding, sampleRate, channels } = start.mediaFormat;
    if (encoding !== 'audio/x-mulaw' || sampleRate !== 8000 || channels !== 1) {
      this.#report('media-format');
      this.#end('rubbish', 1003, 'audio must be audio/x-mulaw, 8000 Hz, 1 channel');
      return;
    }
    const callStart = this.#authorize(start);
    if (!callStart) {
      this.#end('refused', 1008, 'stream not authorised');
      return;
    }
    this.#streamSid = streamSid;
    this.#rubbishInARow = 0;
    this.#handlers.onStarted(callStart);
  }

  #stop(): void {
    this.#end('stopped', 1000, '');
    // The caller is gone for good: the call need not wait for the closing handshake.
    this.#tellClosed();
  }

  #onFrameRejected(): void {
    if (this.#endReason === undefined) this.#report('frame-rejected');
    this.#end('rubbish', 1002, '');
  }

  #ignore(kind: string): void {
    this.#report(kind);
    this.#rubbishInARow += 1;
    if (this.#rubbishInARow >= MAX_RUBBISH_IN_A_ROW) this.#end('rubbish', 1008, 'nothing usable was sent');
  }

  #report(kind: string): void {
    if (this.#reported.has(kind)) return;
    this.#reported.add(kind);
    this.#handlers.onIrregular(kind);
  }

  #pingAfter(intervalMs: number): Timer {
    return this.#clock.after(intervalMs, () => {
      this.#socket.ping();
      this.#pingTimer = this.#pingAfter(intervalMs);
    });
  }

  #checkLifeAfter(delayMs: number, livenessMs: number): Timer {
    return this.#clock.after(delayMs, () => {
      const leftMs = this.#lastHeardMs + livenessMs - this.#clock.nowMs();
      if (leftMs > 0) this.#livenessTimer = this.#checkLifeAfter(leftMs, livenessMs);
      else this.#end('unresponsive', 1001, '');
    });
  }

  #stopTimers(): void {
    this.#pingTimer.cancel();
    this.#livenessTimer.cancel();
  }

  #end(reason: CallerLegCloseReason, code: number, text: string): void {
    if (this.#endReason !== undefined) return;
    this.#endReason = reason;
    this.#stopTimers();
    this.#flush();
    this.#socket.close(code, text);
  }

  #tellClosed(): void {
    if (this.#closedTold) return;
    this.#closedTold = true;
    this.#stopTimers();
    this.#handlers.onClosed(this.#endReason ?? 'disconnected');
  }
}
