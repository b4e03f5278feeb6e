import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Log } from '../observability/log.js';
import type { CommandContext } from './command-context.js';
import type { Environment } from './environment.js';
import { parsePort } from './port-argument.js';
import { stopSignal } from './stop-signal.js';
import { surviveStrayErrors } from './stray-errors.js';
import type { Terminal } from './terminal.js';

const EMULATOR_NOTICE =
  'the embedded emulator answers the calls: it plays a script and understands nothing of what is said. ' +
  'To talk to a real model set GEMINI_API_KEY (https://aistudio.google.com/apikey), ' +
  'or GOOGLE_GENAI_USE_VERTEXAI=true with GOOGLE_CLOUD_PROJECT and GOOGLE_CLOUD_LOCATION';

/** `liveline serve`: the server, until a signal; running calls are ended cleanly before it returns. */
export function serveCommand(context: CommandContext): CommandUnknownOpts {
  return new Command('serve')
    .description('run the server')
    .option('--config <file>', 'agents file; default: AGENTS_CONFIG, or config/agents.yaml')
    .option('--port <number>', 'default: PORT, or 8080', parsePort)
    .option('--emulator', 'let the embedded emulator answer, whatever credentials there are')
    .action(async ({ config, port, emulator }) => {
      const { loadDotEnv, readEnvironment } = await import('./environment.js');
      loadDotEnv();
      const environment = readEnvironment(context.terminal.env, {
        ...(config !== undefined && { agentsFile: config }),
        ...(port !== undefined && { port }),
        ...(emulator !== undefined && { emulator }),
      });
      await serve(environment, context.terminal);
    });
}

async function serve(environment: Environment, terminal: Terminal): Promise<void> {
  const { createLog } = await import('../observability/log.js');
  const { startServer } = await import('../server.js');
  const { logLevel: level, logFormat = terminal.isInteractive ? 'pretty' : 'json' } = environment;
  const log = await createLog({ level, format: logFormat });
  const stopRequested = stopSignal();
  surviveStrayErrors(log);
  const server = await startServer({ ...environment, variables: terminal.env, log });
  announce(environment, server.url, log);
  await stopRequested;
  log.info('stopping: no new calls, running calls are being ended');
  await server.stop();
  log.info('stopped');
}

function announce(environment: Environment, url: string, log: Log): void {
  log.info({ url }, `listening on ${url}: open it in a browser and press Call`);
  if (environment.model.kind === 'emulator') log.warn(EMULATOR_NOTICE);
  if (environment.twilio.authTokens.length === 0) {
    log.info('no Twilio token is set: calls are taken from this machine only; `npx liveline call` places one, too');
  }
}
