import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect } from 'vitest';
import { WebSocket, WebSocketServer, type ClientOptions } from 'ws';
import type { CallerLeg, CallerLegCloseReason, CallStart } from '../../src/call/ports.js';
import { acceptTwilioCaller, twilioSocketOptions } from '../../src/twilio/caller-leg.js';
import type { StreamStart } from '../../src/twilio/wire.js';
import { ManualClock } from './manual-clock.js';

/** What a caller leg told its handlers. */
type Told =
  | { type: 'started'; start: CallStart }
  | { type: 'audio'; bytes: number[]; offsetMs: number }
  | { type: 'digit'; digit: string }
  | { type: 'mark'; name: string }
  | { type: 'irregular'; kind: string }
  | { type: 'closed'; reason: CallerLegCloseReason; pendingTimers: number };

/** A Media Streams socket with Twilio's end in the test's hands and a caller leg at the other. */
export interface CallerLine extends AsyncDisposable {
  client: WebSocket;
  /** The leg's own end of the socket. */
  server: WebSocket;
  leg: CallerLeg;
  clock: ManualClock;
  told: Told[];
  send(...messages: unknown[]): void;
  /** Resolves once `count` things of this type were told; with the last of them. */
  waitFor<T extends Told['type']>(type: T, count?: number): Promise<Extract<Told, { type: T }>>;
}

/** Opens a line. Disposing of it asserts that `onClosed` came once, last, and that no timer is left. */
export async function openCallerLine(
  authorize: (start: StreamStart) => CallStart | undefined,
  clientOptions: ClientOptions = {},
): Promise<CallerLine> {
  const clock = new ManualClock();
  const told: Told[] = [];
  const waiting = new Set<() => void>();
  function tell(entry: Told) {
    told.push(entry);
    for (const check of [...waiting]) check();
  }
  const http = createServer();
  const sockets = new WebSocketServer(twilioSocketOptions);
  const accepted = new Promise<Pick<CallerLine, 'leg' | 'server'>>((resolve) => {
    http.on('upgrade', (request, socket, head) =>
      sockets.handleUpgrade(request, socket, head, (webSocket) => {
        const leg = acceptTwilioCaller({ socket: { webSocket, connection: socket }, clock, authorize })({
          onStarted: (start) => tell({ type: 'started', start }),
          onAudio: (mulaw, offsetMs) => tell({ type: 'audio', bytes: [...mulaw], offsetMs }),
          onDigit: (digit) => tell({ type: 'digit', digit }),
          onMarkReached: (name) => tell({ type: 'mark', name }),
          onIrregular: (kind) => tell({ type: 'irregular', kind }),
          onClosed: (reason) => tell({ type: 'closed', reason, pendingTimers: clock.pendingTimers }),
        });
        resolve({ leg, server: webSocket });
      }),
    );
  });
  await once(http.listen(0, '127.0.0.1'), 'listening');
  const address = http.address();
  const client = new WebSocket(`ws://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`, {
    perMessageDeflate: false,
    ...clientOptions,
  });
  client.on('error', () => undefined);
  const [{ leg, server }] = await Promise.all([accepted, once(client, 'open')]);

  const line: CallerLine = {
    client,
    server,
    leg,
    clock,
    told,
    send(...messages) {
      for (const message of messages) client.send(typeof message === 'string' ? message : JSON.stringify(message));
    },
    waitFor(type, count = 1) {
      return new Promise((resolve) => {
        function check() {
          const entry = told.filter((one) => one.type === type)[count - 1];
          if (!entry) return;
          waiting.delete(check);
          resolve(entry as never);
        }
        waiting.add(check);
        check();
      });
    },
    async [Symbol.asyncDispose]() {
      const gone = server.readyState === WebSocket.CLOSED ? undefined : once(server, 'close');
      client.terminate();
      await gone;
      await line.waitFor('closed');
      await new Promise((resolve) => http.close(resolve));
      expect(told.map(({ type }) => type).indexOf('closed')).toBe(told.length - 1);
      expect(told.at(-1)).toMatchObject({ type: 'closed', pendingTimers: 0 });
      expect(sockets.clients.size).toBe(0);
    },
  };
  return line;
}
