import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { CommandContext } from './command-context.js';
import { parsePort } from './port-argument.js';
import { stopSignal } from './stop-signal.js';

/** `liveline emulate`: the Live API emulator on loopback, until a signal. */
export function emulateCommand(context: CommandContext): CommandUnknownOpts {
  return new Command('emulate')
    .description('run the Live API emulator alone, for any Live client')
    .option('--port <number>', 'where it listens', parsePort, 8081)
    .option('--script <file>', 'what it says and does (YAML); default: the receptionist that is shipped')
    .option('--json', 'print { url } as JSON')
    .action(async ({ port, script: file, json }) => {
      const { startLiveEmulator } = await import('../emulator/live-emulator.js');
      const { DEFAULT_SCRIPT_URL, loadScript } = await import('../emulator/script.js');
      const script = loadScript(file ?? DEFAULT_SCRIPT_URL);
      const stopped = stopSignal();
      await using emulator = await startLiveEmulator({ port, host: '127.0.0.1', script });
      const { url } = emulator;
      const text = `The Live API emulator listens on ${url}\nTo use it: GOOGLE_GEMINI_BASE_URL=${url} GEMINI_API_KEY=any`;
      context.terminal.print(`${json ? JSON.stringify({ url }) : text}\n`);
      await stopped;
    });
}
