import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystemClock, type Clock } from '../../clock.js';
import { type Carrier, startCarrier } from '../../emulator/carrier/carrier.js';
import { startLiveEmulator } from '../../emulator/live-emulator.js';
import { createLog } from '../../observability/log.js';
import { type LivelineServer, type ServerOptions, startServer } from '../../server.js';
import { Resources } from '../../server/resources.js';
import { readEnvironment } from '../environment.js';
import { EventWatch } from './test-event-watch.js';
import type { TestFile } from './test-file.js';
import { startTestService } from './test-services.js';

/** What one test runs on: a server, a carrier with its telephones, web services, and a model. Nothing is shared. */
export interface TestLine extends AsyncDisposable {
  readonly clock: Clock;
  readonly server: LivelineServer;
  readonly carrier: Carrier;
  readonly watch: EventWatch;
}

/**
 * Starts everything a test of this file needs, on free ports of this machine.
 * @param options.real the model that the environment has credentials for, rather than the file's script
 * @throws ConfigError for what the file or the environment has wrong
 */
export async function startTestLine(
  file: TestFile,
  options: { env: NodeJS.ProcessEnv; real: boolean },
): Promise<TestLine> {
  const clock = createSystemClock();
  await using started = new Resources();
  const accountSid = `AC${randomBytes(16).toString('hex')}`;
  const authToken = randomBytes(16).toString('hex');
  const carrier = started.use(await startCarrier({ accountSid, authToken, clock }));
  const variables: Record<string, string | undefined> = { ...options.env, ...file.variables };
  for (const [name, routes] of Object.entries(file.services)) {
    variables[name] = started.use(await startTestService(routes, clock)).url;
  }
  const dataDir = await mkdtemp(join(tmpdir(), 'liveline-test-'));
  started.defer(() => rm(dataDir, { recursive: true }));
  const watch = new EventWatch(clock);
  const {
    publicUrl: _,
    apiToken: __,
    logLevel: ___,
    logFormat: ____,
    ...environment
  } = readEnvironment(options.env, {
    port: 0,
    emulator: !options.real,
    agentsFile: file.agentsFile,
  });
  const emulator = file.script && started.use(await startLiveEmulator({ script: file.script, clock }));
  const model: ServerOptions['model'] = emulator
    ? { kind: 'gemini-api', apiKey: 'test', baseUrl: emulator.url }
    : environment.model;
  const server = started.use(
    await startServer({
      ...environment,
      host: '127.0.0.1',
      variables,
      model,
      clock,
      dataDir,
      twilio: { accountSid, authTokens: [authToken], apiBaseUrl: carrier.url },
      log: await createLog({ level: 'silent', format: 'json' }),
      observers: [watch.observe],
    }),
  );
  const resources = started.move();
  return { clock, server, carrier, watch, [Symbol.asyncDispose]: () => resources[Symbol.asyncDispose]() };
}
