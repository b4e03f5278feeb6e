import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { Clock, Timer } from '../clock.js';
import { LivelineError, ModelError, type ModelPhase } from '../errors.js';
import { flushSoon } from '../flush-soon.js';
import type { ConnectionEnd } from './close-errors.js';
import type { LiveCredentials } from './credentials.js';

const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
/** About 25 s of caller audio on the wire: the network is gone, and what is spoken then is of no use later. */
const MAX_WAITING_BYTES = 1024 * 1024;
const MAX_REFUSAL_BYTES = 4 * 1024;
/** A session may outlive its caller by this much. */
const CLOSE_TIMEOUT_MS = 1_000;
/** RFC 6455 §7.4.1. */
const NORMAL_CLOSURE = 1000;

export interface LiveSocketHandlers {
  onOpened(): void;
  onMessage(data: Buffer): void;
  /** Exactly once, last, when the connection is gone. */
  onClosed(end: ConnectionEnd): void;
}

export interface LiveSocketOptions {
  url: URL;
  credentials: LiveCredentials;
  clock: Clock;
}

/**
 * One connection to the service: credentials, upgrade, frames. A 401 is answered once with renewed credentials.
 * It has no deadline for pongs: the service answers pings up to half a minute late.
 */
export class LiveSocket {
  readonly #options: LiveSocketOptions;
  readonly #handlers: LiveSocketHandlers;
  #socket: WebSocket | undefined;
  /** What `#socket` writes to. */
  #connection: Socket | undefined;
  #opened = false;
  #closing = false;
  #ended = false;
  /** Why there will be a close event; the event itself says only 1006. */
  #end: ConnectionEnd | undefined;
  #closeTimer: Timer | undefined;
  /** Of large frames, what waits to be sent. */
  #largeBytes = 0;
  /** A frame of caller audio that is written soon; whatever else is sent writes it first. */
  #waiting: Buffer | undefined;

  /** Dials at once. */
  constructor(options: LiveSocketOptions, handlers: LiveSocketHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    void this.#dial(false);
  }

  /** What the connection is busy with, until it is open. */
  get phase(): Extract<ModelPhase, 'credentials' | 'upgrade'> | 'open' {
    if (this.#opened) return 'open';
    return this.#socket ? 'upgrade' : 'credentials';
  }

  /** Sends a text frame. */
  send(text: string): void {
    this.#flush();
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  /** Sends a text frame that takes its time: what waits of it is not congestion. */
  sendLarge(text: string): void {
    this.#flush();
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    // Base64 and JSON: a character is a byte.
    this.#largeBytes += text.length;
    this.#socket.send(text, () => (this.#largeBytes -= text.length));
  }

  /**
   * Sends a frame that is one of many, past what `ws` would do for each.
   * @param frame as it goes onto the connection
   * @returns false when too much waits already, and the frame was dropped
   */
  sendUnlessCongested(frame: Buffer): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN || !this.#connection) return true;
    if (this.#connection.writableLength - this.#largeBytes > MAX_WAITING_BYTES) return false;
    if (this.#waiting) this.#flush();
    else flushSoon(this.#flush);
    this.#waiting = frame;
    return true;
  }

  /** Ends the connection in good order, within a second even if the service does not answer. */
  close(): void {
    this.#leave((socket) => {
      socket.close(NORMAL_CLOSURE);
      this.#closeTimer = this.#options.clock.after(CLOSE_TIMEOUT_MS, () => socket.terminate());
    });
  }

  /** Ends the connection now. */
  terminate(): void {
    this.#leave((socket) => socket.terminate());
  }

  readonly #flush = (): void => {
    const frame = this.#waiting;
    this.#waiting = undefined;
    if (!frame || !this.#connection || this.#socket?.readyState !== WebSocket.OPEN) return;
    // What has to wait gets bytes of its own: frames of many connections stand in one stretch of memory.
    this.#connection.write(this.#connection.writableLength > 0 ? new Uint8Array(frame) : frame);
  };

  async #dial(forceRefresh: boolean): Promise<void> {
    const { url, credentials } = this.#options;
    try {
      const headers = await credentials.headers(forceRefresh);
      if (this.#closing) return;
      this.#listen(
        new WebSocket(url, { headers, perMessageDeflate: false, maxPayload: MAX_MESSAGE_BYTES }),
        credentials.refreshable && !forceRefresh,
      );
    } catch (thrown) {
      // Either there are no headers, or they cannot be written.
      if (thrown instanceof ModelError) this.#finish({ kind: 'no-credentials', error: thrown });
      else this.#finish({ kind: 'unreachable', cause: LivelineError.from(thrown) });
    }
  }

  #listen(socket: WebSocket, mayRefresh: boolean): void {
    this.#socket = socket;
    socket.on('upgrade', (response) => (this.#connection = response.socket));
    socket.on('open', () => {
      this.#opened = true;
      this.#handlers.onOpened();
    });
    socket.on('message', (data: Buffer) => this.#handlers.onMessage(data));
    socket.on('error', (cause) => {
      // After the upgrade the close event that follows knows better.
      if (socket === this.#socket && !this.#opened) this.#end ??= { kind: 'unreachable', cause };
    });
    socket.on('unexpected-response', (_request, response) => {
      if (response.statusCode === 401 && mayRefresh && !this.#closing) {
        this.#socket = undefined;
        socket.terminate();
        void this.#dial(true);
      } else void this.#refused(socket, response);
    });
    socket.on('close', (code, reason) => {
      if (socket !== this.#socket) return;
      this.#finish(this.#end ?? { kind: 'closed', code, reason: reason.toString() });
    });
  }

  async #refused(socket: WebSocket, response: IncomingMessage): Promise<void> {
    const body = await readStart(response);
    this.#end = { kind: 'refused', httpStatus: response.statusCode ?? 0, body };
    socket.terminate();
  }

  #leave(hangUp: (socket: WebSocket) => void): void {
    if (this.#closing || this.#ended) return;
    this.#closing = true;
    this.#flush();
    if (this.#socket) hangUp(this.#socket);
    else queueMicrotask(() => this.#finish({ kind: 'closed', code: NORMAL_CLOSURE, reason: '' }));
  }

  #finish(end: ConnectionEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#closeTimer?.cancel();
    this.#handlers.onClosed(end);
  }
}

async function readStart(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= MAX_REFUSAL_BYTES) break;
    }
  } catch {
    // The rest does not come; the status is known all the same.
  }
  return Buffer.concat(chunks).subarray(0, MAX_REFUSAL_BYTES).toString();
}
