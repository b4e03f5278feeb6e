import type { CallObserver } from '../../call/events.js';
import type { LivelineServer } from '../../server.js';
import { type Environment, readAgentsSettings, readEnvironment } from '../environment.js';
import type { Terminal } from '../terminal.js';

/**
 * Starts a server for one call, on loopback and a free port: with the model that the environment has credentials
 * for, else the embedded emulator.
 * @throws ConfigError for what the environment or the agents file has wrong
 */
export async function startCallServer(
  terminal: Terminal,
  options: { agentsFile?: string | undefined; observers?: readonly CallObserver[] } = {},
): Promise<LivelineServer> {
  const { env } = terminal;
  const { backend } = readAgentsSettings(env);
  // The only caller is this command, so the emulator may step in where it would not for real ones.
  const emulator = backend === undefined && !env['GOOGLE_GEMINI_BASE_URL'];
  const { agentsFile, observers = [] } = options;
  const overrides = { port: 0, emulator, ...(agentsFile !== undefined && { agentsFile }) };
  const { publicUrl: _, ...environment } = readEnvironment(env, overrides);
  return startQuietServer({ ...environment, host: '127.0.0.1' }, terminal, observers);
}

/** Starts a server that logs to stderr, and only if LOG_LEVEL asks for it: stdout is the timeline's. */
export async function startQuietServer(
  environment: Environment,
  terminal: Terminal,
  observers: readonly CallObserver[] = [],
): Promise<LivelineServer> {
  const { env } = terminal;
  const { logLevel, logFormat = 'json', ...options } = environment;
  const { createLog } = await import('../../observability/log.js');
  const level = env['LOG_LEVEL'] ? logLevel : 'silent';
  const log = await createLog({ level, format: logFormat, destination: { write: (text) => terminal.complain(text) } });
  const { startServer } = await import('../../server.js');
  return startServer({ ...options, variables: env, log, observers });
}
