import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { CallEvent } from '../../src/call/events.js';
import { createSystemClock } from '../../src/clock.js';
import { type LiveEmulator, type LiveEmulatorOptions, startLiveEmulator } from '../../src/emulator/live-emulator.js';
import type { PhoneCall } from '../../src/emulator/phone/phone-call.js';
import { type PlaceCallOptions, placeCall } from '../../src/emulator/phone/phone.js';
import { createScript } from '../../src/emulator/script.js';
import type { EmulatorScriptInput } from '../../src/emulator/script-schema.js';
import { createLog } from '../../src/observability/log.js';
import { type LivelineServer, type ServerOptions, startServer } from '../../src/server.js';
import { createTestSpeech } from './test-speech.js';

export const AUTH_TOKEN = 'test_auth_token_0001';

export interface LinesOptions {
  script?: EmulatorScriptInput;
  /** The agents file; `${SAMPLE}` is what `variables` says. */
  agents: string;
  variables?: Record<string, string>;
  /** The service that the emulator plays. Default: the Gemini API. */
  backend?: 'gemini-api' | 'vertex-ai';
  server?: Partial<ServerOptions>;
  /** Told what the emulator sees. */
  watch?: Pick<LiveEmulatorOptions, 'onActivity' | 'onCallerAudio'>;
}

/** A real server, joined to an emulator of its own by real sockets. Its disposer asserts that nothing is left. */
export interface TestLine extends AsyncDisposable {
  readonly server: LivelineServer;
  readonly emulator: LiveEmulator;
  readonly events: readonly CallEvent[];
  /** Log lines, as JSON text. */
  readonly logged: readonly string[];
  readonly agentsFile: string;
  call(options?: Partial<PlaceCallOptions>): PhoneCall;
  /** A typed line by the server's API, by default for the latest call; resolves with the HTTP status. */
  say(text: string, callSid?: string): Promise<number>;
  /** The first event of a type, among those that were and those to come. */
  waitFor<T extends CallEvent['type']>(
    type: T,
    where?: (event: Extract<CallEvent, { type: T }>) => boolean,
  ): Promise<Extract<CallEvent, { type: T }>>;
}

export async function startTestLine(options: LinesOptions): Promise<TestLine> {
  const directory = await mkdtemp(join(tmpdir(), 'liveline-'));
  const agentsFile = join(directory, 'agents.yaml');
  await writeFile(agentsFile, options.agents);
  const emulator = await startLiveEmulator({
    script: createScript(options.script ?? {}),
    speech: createTestSpeech(),
    ...options.watch,
  });
  const watch = createEventWatch();
  const logged: string[] = [];
  const clock = createSystemClock();
  const server = await startServer({
    port: 0,
    host: '127.0.0.1',
    agentsFile,
    variables: options.variables ?? {},
    twilio: { authTokens: [AUTH_TOKEN] },
    model: { kind: options.backend ?? 'gemini-api', apiKey: 'test-key', baseUrl: emulator.url },
    maxCalls: 200,
    uplinkMs: 20,
    dataDir: join(directory, 'data'),
    clock,
    log: await createLog({ level: 'info', format: 'json', destination: { write: (line) => logged.push(line) } }),
    observers: [watch.observe],
    ...options.server,
  });
  return {
    server,
    emulator,
    events: watch.events,
    logged,
    agentsFile,
    waitFor: watch.waitFor,
    call: (call) => placeCall({ url: server.url, authToken: AUTH_TOKEN, ...call }),
    async say(text, callSid = watch.events.at(-1)?.callSid ?? '') {
      const response = await fetch(`${server.url}/api/calls/${callSid}/say`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ text }),
      });
      return response.status;
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      const left = { calls: server.liveCalls, timers: server.pendingTimers };
      const sessions = emulator.sessions;
      await emulator[Symbol.asyncDispose]();
      await rm(directory, { recursive: true });
      expect(left, 'the server left something behind').toEqual({ calls: 0, timers: 0 });
      expect(sessions, 'a session outlived its call').toBe(0);
    },
  };
}

function createEventWatch() {
  const events: CallEvent[] = [];
  const waiting = new Set<(event: CallEvent) => void>();
  return {
    events,
    observe: (event: CallEvent) => {
      events.push(event);
      for (const tell of [...waiting]) tell(event);
    },
    waitFor: <T extends CallEvent['type']>(
      type: T,
      where: (event: Extract<CallEvent, { type: T }>) => boolean = () => true,
    ): Promise<Extract<CallEvent, { type: T }>> =>
      new Promise((resolve) => {
        const tell = (event: CallEvent): boolean => {
          if (event.type !== type || !where(event as Extract<CallEvent, { type: T }>)) return false;
          waiting.delete(tell);
          resolve(event as Extract<CallEvent, { type: T }>);
          return true;
        };
        if (!events.some(tell)) waiting.add(tell);
      }),
  };
}
