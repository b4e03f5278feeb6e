import { createServer, type IncomingMessage, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { createSystemClock, type Clock } from '../clock.js';
import { LivelineError } from '../errors.js';
import type { LiveActivity } from './activity.js';
import { FaultPlan } from './faults.js';
import { sentencesOf } from './generation.js';
import { LiveSession } from './live-session.js';
import type { EmulatorScript } from './script-schema.js';
import { SessionMemory } from './session-memory.js';
import { createSpeech } from './speech/create-speech.js';
import type { SpeechSource } from './speech/speech-source.js';
import { readUpgrade, type UpgradeRequest } from './upgrade.js';

/** The service takes large messages; pictures and second-long audio are ordinary. */
const MAX_PAYLOAD_BYTES = 16 * 1024 * 1024;

export interface LiveEmulatorOptions {
  script: EmulatorScript;
  /** 0, the default, takes a free one. */
  port?: number;
  host?: string;
  clock?: Clock;
  /** Not disposed of by the emulator; without one it makes its own. */
  speech?: SpeechSource;
  /** @param session counts from 1 */
  onActivity?: (activity: LiveActivity, session: number) => void;
}

/** A Live API server on this machine, speaking the wire of both services. */
export interface LiveEmulator extends AsyncDisposable {
  /** `http://host:port`, as Google's SDKs take a base URL. */
  readonly url: string;
  /** Sessions open now. */
  readonly sessions: number;
  /** Sessions ever opened. */
  readonly totalSessions: number;
}

/** Starts an emulator. Disposing of it closes every session and the port. */
export async function startLiveEmulator(options: LiveEmulatorOptions): Promise<LiveEmulator> {
  const clock = options.clock ?? createSystemClock();
  const speech = options.speech ?? startSpeech(options.script);
  const faults = new FaultPlan(options.script.faults);
  const memory = new SessionMemory();
  const sessions = new Set<LiveSession>();
  let totalSessions = 0;

  function open(socket: WebSocket, request: UpgradeRequest): void {
    totalSessions += 1;
    const number = totalSessions;
    const { script, onActivity } = options;
    const session = new LiveSession({
      socket,
      backend: request.backend,
      script,
      faults,
      speech,
      memory,
      clock,
      report: (activity) => onActivity?.(activity, number),
    });
    sessions.add(session);
    socket.once('close', () => sessions.delete(session));
    if (request.backend === 'gemini-api' && !isAccepted(request, script)) {
      session.close(1007, 'API key not valid. Please pass a valid API key.');
    }
  }

  const server = createServer((_, response) => {
    response.writeHead(404, { 'content-type': 'application/json' }).end(errorBody(404));
  });
  const webSockets = new WebSocketServer({ noServer: true, maxPayload: MAX_PAYLOAD_BYTES, perMessageDeflate: false });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const upgrade = readUpgrade(request);
    const status = faults.strike('upgrade')[0]?.http ?? refusalOf(upgrade, options.script);
    if (status !== undefined || !upgrade) refuse(socket, status ?? 404);
    else webSockets.handleUpgrade(request, socket, head, (webSocket) => open(webSocket, upgrade));
  });
  const host = options.host ?? '127.0.0.1';
  server.listen(options.port ?? 0, host);
  await once(server, 'listening').catch((error: unknown) => {
    throw LivelineError.from(error);
  });
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    get sessions() {
      return sessions.size;
    },
    get totalSessions() {
      return totalSessions;
    },
    async [Symbol.asyncDispose]() {
      const closed = [...webSockets.clients].map((client) => once(client, 'close'));
      for (const client of webSockets.clients) client.terminate();
      await Promise.all([...closed, closeServer(server)]);
      if (!options.speech) await speech[Symbol.asyncDispose]();
    },
  };
}

/** The first caller shall not wait for the engine: it is warmed up with what is said first. */
function startSpeech({ greeting }: EmulatorScript): SpeechSource {
  const speech = createSpeech();
  // Whoever needs the speech will see why there is none.
  for (const sentence of sentencesOf(greeting?.say?.render({}) ?? '')) speech.speak(sentence).catch(() => undefined);
  return speech;
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
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

function isAccepted({ credential }: UpgradeRequest, { keys }: EmulatorScript): boolean {
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

function errorBody(status: number): string {
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
