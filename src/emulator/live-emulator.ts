import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { WebSocket } from 'ws';
import { createSystemClock, type Clock } from '../clock.js';
import { listen } from '../listen.js';
import type { LiveActivity } from './activity.js';
import { Door, errorBody, isAccepted } from './door.js';
import { FaultPlan } from './faults.js';
import { sentencesOf } from './generation.js';
import { LiveSession } from './live-session.js';
import type { EmulatorScript } from './script-schema.js';
import { SessionMemory } from './session-memory.js';
import { createSpeech } from './speech/create-speech.js';
import type { SpeechSource } from './speech/speech-source.js';
import type { UpgradeRequest } from './upgrade.js';

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
  /** Each piece of the caller's audio as a connection gets it, in base64. @param session counts from 1 */
  onCallerAudio?: (base64: string, session: number) => void;
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
  const memory = new SessionMemory(clock, options.script.resumption);
  const sessions = new Set<LiveSession>();
  let totalSessions = 0;

  function open(socket: WebSocket, request: UpgradeRequest): void {
    totalSessions += 1;
    const number = totalSessions;
    const { script, onActivity, onCallerAudio } = options;
    const session = new LiveSession({
      socket,
      backend: request.backend,
      script,
      faults,
      speech,
      memory,
      clock,
      report: (activity) => onActivity?.(activity, number),
      onCallerAudio: (base64) => onCallerAudio?.(base64, number),
    });
    sessions.add(session);
    socket.once('close', () => sessions.delete(session));
    if (request.backend === 'gemini-api' && !isAccepted(request, script)) {
      session.close(1007, 'API key not valid. Please pass a valid API key.');
    }
  }

  const door = new Door({ script: options.script, faults, clock, onOpened: open });
  const server = createServer((_, response) => {
    response.writeHead(404, { 'content-type': 'application/json' }).end(errorBody(404));
  });
  server.on('upgrade', (request, socket, head) => door.answer(request, socket, head));
  const host = options.host ?? '127.0.0.1';
  const port = await listen(server, { port: options.port ?? 0, host });

  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    get sessions() {
      return sessions.size;
    },
    get totalSessions() {
      return totalSessions;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([door.close(), closeServer(server)]);
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
