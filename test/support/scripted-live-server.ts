import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';

type Json = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any -- whatever the client sends

/** A queue whose reader waits. */
class Arrivals<T> {
  readonly #items: T[] = [];
  readonly #waiting: ((item: T) => void)[] = [];

  push(item: T): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(item);
    else this.#items.push(item);
  }

  next(): Promise<T> {
    const item = this.#items.shift();
    return item === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(item);
  }

  get count(): number {
    return this.#items.length;
  }
}

/** The service's side of one session: it does nothing that a test does not tell it to. */
export class ScriptedSession {
  readonly request: IncomingMessage;
  readonly socket: WebSocket;
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #frames = new Arrivals<string>();

  constructor(request: IncomingMessage, socket: WebSocket) {
    this.request = request;
    this.socket = socket;
    socket.on('message', (data: Buffer) => this.#frames.push(data.toString()));
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
  }

  /** The client's next frame, as it came. */
  nextFrame(): Promise<string> {
    return this.#frames.next();
  }

  /** The client's next message. */
  async next(): Promise<Json> {
    return JSON.parse(await this.nextFrame()) as Json;
  }

  /** Frames that came and were not asked for. */
  get unread(): number {
    return this.#frames.count;
  }

  /** Binary, as the service does it. */
  send(message: Json): void {
    this.sendRaw(Buffer.from(JSON.stringify(message)));
  }

  sendRaw(frame: string | Buffer): void {
    this.socket.send(frame);
  }

  /** The setup that the client sent, answered. */
  async setUp(answer: Json = { setupComplete: {} }): Promise<Json> {
    const { setup } = await this.next();
    this.send(answer);
    return setup as Json;
  }
}

/** Answers an upgrade in another way; false leaves it to the server. */
export type UpgradeScript = (request: IncomingMessage, socket: Duplex) => boolean;

/** A Live API server without a will of its own, on a free port of the loopback. */
export class ScriptedLiveServer implements AsyncDisposable {
  /** Every upgrade request, refused ones included. */
  readonly requests: IncomingMessage[] = [];
  onUpgrade: UpgradeScript = () => false;
  readonly #http = createServer();
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  readonly #sessions = new Arrivals<ScriptedSession>();
  readonly #connections = new Set<Duplex>();

  static async start(): Promise<ScriptedLiveServer> {
    const server = new ScriptedLiveServer();
    server.#http.on('connection', (socket) => {
      server.#connections.add(socket);
      socket.on('close', () => server.#connections.delete(socket));
    });
    server.#http.on('upgrade', (request, socket, head) => {
      server.requests.push(request);
      socket.on('error', () => undefined);
      if (server.onUpgrade(request, socket)) {
        // Nobody reads it otherwise, and its end would go unnoticed.
        socket.on('end', () => socket.end()).resume();
        return;
      }
      server.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
        server.#sessions.push(new ScriptedSession(request, webSocket));
      });
    });
    server.#http.listen(0, '127.0.0.1');
    await once(server.#http, 'listening');
    return server;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  nextSession(): Promise<ScriptedSession> {
    return this.#sessions.next();
  }

  /** Resolves when every connection is gone. */
  async idle(): Promise<void> {
    await Promise.all([...this.#connections].map((socket) => new Promise((resolve) => socket.once('close', resolve))));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#connections) socket.destroy();
    this.#http.close();
    await once(this.#http, 'close');
  }
}

/** An upgrade that is answered with a status. */
export function refuseUpgrade(status: number, body = ''): UpgradeScript {
  return (_request, socket) => {
    socket.end(`HTTP/1.1 ${status} Refused\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    return true;
  };
}
