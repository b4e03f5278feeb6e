import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { CallStart } from '../call/ports.js';
import { type MediaSocket, twilioSocketOptions } from '../twilio/caller-leg.js';
import { isDirectLoopback, publicBase, readRequestFacts } from '../twilio/public-url.js';
import type { SignatureCheck } from '../twilio/signature.js';
import type { StreamStart } from '../twilio/wire.js';
import { isOwnOrigin } from './access.js';
import type { PhoneTickets } from './phone-tickets.js';

/** Says whose call a stream is when it starts, or undefined to refuse it. */
export type AuthorizeStream = (start: StreamStart) => CallStart | undefined;

/** One way in for media streams. */
export interface StreamDoor {
  /** Matches the request's path, without its query. */
  path: RegExp;
  /** @returns the HTTP status of a refusal, or who decides when the stream starts */
  admit(request: IncomingMessage, path: RegExpExecArray): number | AuthorizeStream;
}

/** Routes WebSocket upgrades to the doors there are; what comes in is handed over with its door's word on it. */
export function routeUpgrades(
  server: Server,
  options: {
    doors: readonly StreamDoor[];
    /** Whether one more call may begin. */
    hasRoom: () => boolean;
    onStream: (socket: MediaSocket, authorize: AuthorizeStream) => void;
  },
): void {
  const streams = new WebSocketServer(twilioSocketOptions);
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const admitted = options.hasRoom() ? admit(options.doors, request) : 503;
    if (typeof admitted === 'number') refuse(socket, admitted);
    else {
      streams.handleUpgrade(request, socket, head, (webSocket) =>
        options.onStream({ webSocket, connection: socket }, admitted),
      );
    }
  });
}

function admit(doors: readonly StreamDoor[], request: IncomingMessage): number | AuthorizeStream {
  const path = (request.url ?? '/').split('?', 1)[0] ?? '';
  for (const door of doors) {
    const match = door.path.exec(path);
    if (match) return door.admit(request, match);
  }
  return 404;
}

function refuse(socket: Duplex, status: number): void {
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/**
 * The carrier's door: its signature on the upgrade, then the token on `start`.
 * @param options.signatures absent when no auth token is configured: then only this machine is answered
 */
export function twilioDoor(options: {
  signatures: SignatureCheck | undefined;
  publicUrl: string | undefined;
  authorize: AuthorizeStream;
}): StreamDoor {
  const { signatures, publicUrl, authorize } = options;
  return {
    path: /^\/twilio\/media\/?$/,
    admit(request) {
      const facts = readRequestFacts(request);
      const signature = request.headers['x-twilio-signature'];
      const admitted = signatures
        ? signatures.verifyUpgrade({
            signature: typeof signature === 'string' ? signature : undefined,
            url: publicBase(facts, publicUrl).webSocket + (request.url ?? ''),
          })
        : isDirectLoopback(facts);
      return admitted ? authorize : 403;
    },
  };
}

/** The desk phone's door: a ticket in the path, and a page of this very server. */
export function phoneDoor(options: { tickets: PhoneTickets; publicUrl: string | undefined }): StreamDoor {
  return {
    path: /^\/phone\/media\/([^/]+)$/,
    admit(request, path) {
      // Only a browser names its origin, and it always does; anything else has shown more by having a ticket.
      if (!isOwnOrigin(request, options.publicUrl)) return 403;
      const call = options.tickets.redeem(path[1] ?? '');
      if (!call) return 403;
      return (start) => (start.callSid === call.callSid && start.accountSid === call.accountSid ? call : undefined);
    },
  };
}
