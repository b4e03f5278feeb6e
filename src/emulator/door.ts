import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Clock } from '../clock.js';
import { flawsOf, type FaultPlan } from './faults.js';
import type { EmulatorScript } from './script-schema.js';
import { readUpgrade, type UpgradeRequest } from './upgrade.js';

/** The service takes large messages; pictures and second-long audio are ordinary. */
const MAX_PAYLOAD_BYTES = 16 * 1024 * 1024;

export interface DoorOptions {
  script: EmulatorScript;
  faults: FaultPlan;
  clock: Clock;
  onOpened: (socket: WebSocket, request: UpgradeRequest) => void;
}

/** Where clients ask for a WebSocket: lets them in, late if the script says so, or says why not. */
export class Door {
  readonly #options: DoorOptions;
  readonly #closing = new AbortController();
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_PAYLOAD_BYTES,
    perMessageDeflate: false,
    // Pongs may be late.
    autoPong: false,
  });

  constructor(options: DoorOptions) {
    this.#options = options;
  }

  answer(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { script, faults, clock, onOpened } = this.#options;
    socket.on('error', () => socket.destroy());
    const upgrade = readUpgrade(request);
    const struck = faults.strike('upgrade');
    const status = struck.find(({ http }) => http !== undefined)?.http ?? refusalOf(upgrade, script);
    const open = (): void => {
      if (status !== undefined || !upgrade) refuse(socket, status ?? 404);
      else this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => onOpened(webSocket, upgrade));
    };
    const { waitMs } = flawsOf(struck);
    if (waitMs === 0) {
      open();
      return;
    }
    const { signal } = this.#closing;
    signal.addEventListener('abort', () => socket.destroy(), { once: true });
    clock.after(waitMs, open, signal);
  }

  /** Cuts every connection, and those that still wait. */
  async close(): Promise<void> {
    this.#closing.abort();
    const { clients } = this.#webSockets;
    const closed = [...clients].map((client) => once(client, 'close'));
    for (const client of clients) client.terminate();
    await Promise.all(closed);
  }
}

/**
 * The Gemini API tells of a bad key only once the socket is open; a proxy's bare path asks for one only where the
 * script does.
 */
function refusalOf(upgrade: UpgradeRequest | undefined, script: EmulatorScript): number | undefined {
  if (!upgrade) return 404;
  const asks = upgrade.backend === 'vertex-ai' || (upgrade.backend === undefined && script.keys !== undefined);
  return asks && !isAccepted(upgrade, script) ? 401 : undefined;
}

/** Whether a client shows a credential that the script takes. */
export function isAccepted({ credential }: UpgradeRequest, { keys }: EmulatorScript): boolean {
  return credential !== undefined && (keys?.includes(credential) ?? true);
}

const STATUS_NAMES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  503: 'UNAVAILABLE',
};

/** What the service says of a status. */
export function errorBody(status: number): string {
  const name = STATUS_NAMES[status] ?? 'UNKNOWN';
  return JSON.stringify({ error: { code: status, message: `Refused by the emulator: ${name}.`, status: name } });
}

function refuse(socket: Duplex, status: number): void {
  const body = errorBody(status);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_NAMES[status] ?? 'Refused'}`,
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
