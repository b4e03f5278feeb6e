import { Command, type CommandUnknownOpts, InvalidArgumentError } from '@commander-js/extra-typings';
import type { CallerLine } from './call-lines.js';
import type { CommandContext } from '../command-context.js';
import { parseServerUrl } from '../server-url-argument.js';

const DEFAULT_MAX_SECONDS = 120;
const HELP = `
What the caller does:
  --in is spoken from the moment the call is connected, at real pace and exactly as recorded, pauses included.
  Then --say, --type and --digits follow in the order given, each when the agent has been heard and has then been
  quiet for 0.7 s (or has said nothing for 8 s). --interrupt is said when the agent has been heard for a second. The caller hangs up when the agent has been quiet for 5 s.

Without --url a server is started for this one call: with the model that the environment has credentials for, or with
the embedded emulator. TWILIO_AUTH_TOKEN signs what Twilio would sign; LIVELINE_API_TOKEN opens the server's events.

Exit code: 0 when the agent was heard and the call ended; 1 when the call was refused, the agent failed or stayed silent.`;

/** `liveline call`: places a call as Twilio would, against a running server or one of its own. */
export function callCommand(context: CommandContext): CommandUnknownOpts {
  // Options of different names keep their order among each other only here.
  const lines: CallerLine[] = [];
  const collect = (kind: CallerLine['kind']) => (text: string) => {
    if (kind === 'digits' && !/^[0-9*#A-D]+$/.test(text)) throw new InvalidArgumentError('Keys are 0-9, *, # and A-D.');
    lines.push({ kind, text });
    return lines;
  };
  return new Command('call')
    .description('place a call exactly as Twilio would, and write down what the caller hears')
    .argument('[agent]', 'agent to ask for; default: the one the called number belongs to')
    .option('--in <wav>', 'what the caller says: any ordinary WAV')
    .option('--out <wav>', 'what the caller heard, from the start, silence included (8 kHz)')
    .option('--say <text>', 'the caller says this, by text-to-speech; may be repeated', collect('say'))
    .option(
      '--interrupt <text>',
      'the caller says this into what the agent says; may be repeated',
      collect('interrupt'),
    )
    .option('--type <text>', 'the model is given this as text; may be repeated', collect('type'))
    .option('--digits <keys>', 'the caller presses these keys; may be repeated', collect('digits'))
    .option('--url <url>', 'a server that runs already: http://host:port', parseServerUrl)
    .option('--max-seconds <n>', 'hang up after so long', parseSeconds, DEFAULT_MAX_SECONDS)
    .option('--json', 'print one JSON object an event')
    .addHelpText('after', HELP)
    .action(async (agent, { in: wavFile, out, url, json, maxSeconds }) => {
      const { runCall } = await import('./call-run.js');
      await runCall({ agent, wavFile, out, url, json, maxSeconds, lines }, context.terminal);
    });
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 3600) {
    throw new InvalidArgumentError('It is a whole number from 1 to 3600.');
  }
  return seconds;
}
