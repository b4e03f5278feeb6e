import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { twilioSocketOptions } from '../twilio/caller-leg.js';
import { isDirectLoopback, publicBase, readRequestFacts } from '../twilio/public-url.js';
import type { SignatureCheck } from '../twilio/signature.js';

export interface UpgradeOptions {
  /** Absent: no auth token is configured, and only this machine is answered. */
  signatures: SignatureCheck | undefined;
  publicUrl: string | undefined;
  /** Whether one more call may begin. */
  hasRoom(): boolean;
  /** Takes a stream that may have come from the carrier; whose call it is, its `start` has to show. */
  onStream(socket: WebSocket): void;
}

/** Routes WebSocket upgrades: the media stream has its door here, and there is no other. */
export function routeUpgrades(server: Server, options: UpgradeOptions): void {
  const streams = new WebSocketServer(twilioSocketOptions);
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const status = refusal(request, options);
    if (status !== undefined) refuse(socket, status);
    else streams.handleUpgrade(request, socket, head, (stream) => options.onStream(stream));
  });
}

/** @returns the HTTP status of a refusal, or undefined when the stream may come in */
function refusal(request: IncomingMessage, options: UpgradeOptions): number | undefined {
  const path = request.url ?? '/';
  if (!/^\/twilio\/media\/?(\?|$)/.test(path)) return 404;
  const facts = readRequestFacts(request);
  const signature = request.headers['x-twilio-signature'];
  const admitted = options.signatures
    ? options.signatures.verifyUpgrade({
        signature: typeof signature === 'string' ? signature : undefined,
        url: publicBase(facts, options.publicUrl).webSocket + path,
      })
    : isDirectLoopback(facts);
  if (!admitted) return 403;
  return options.hasRoom() ? undefined : 503;
}

function refuse(socket: Duplex, status: number): void {
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
