import { Command, type CommandUnknownOpts, InvalidArgumentError } from '@commander-js/extra-typings';
import { E164 } from '../../e164.js';
import type { CommandContext } from '../command-context.js';
import { parseServerUrl } from '../server-url-argument.js';

const HELP = `
The number must be covered by \`outbound: { allow }\` of the agents file, which is empty by default. Templates find the
variables as {{ call.parameters.name }}.

Without --url a server is started for this one call, on PORT: Twilio reaches it at PUBLIC_URL. With --url,
LIVELINE_API_TOKEN opens the running server's API.

Exit code: 0 when somebody answered and the call ended, or a message was left on a machine; 1 for anything else.`;

/** `liveline dial`: has an agent call somebody, and tells what becomes of it. */
export function dialCommand(context: CommandContext): CommandUnknownOpts {
  const variables: Record<string, string> = {};
  return new Command('dial')
    .description('have an agent call a telephone number, through Twilio')
    .argument('<number>', 'E.164: +15550002222', parseNumber)
    .requiredOption('--agent <name>', 'the agent that calls')
    .option('--from <number>', 'a number of the agent; default: its first')
    .option('--var <name=value>', 'something the agent is to know; may be repeated', (text: string) => {
      const [, name, value] = /^(\w+)=(.*)$/s.exec(text) ?? [];
      if (name === undefined || value === undefined) throw new InvalidArgumentError('It looks like name=value.');
      variables[name] = value;
      return variables;
    })
    .option('--url <url>', 'a server that runs already: http://host:port', parseServerUrl)
    .option('--json', 'print one JSON object an event')
    .addHelpText('after', HELP)
    .action(async (to, { agent, from, url, json }) => {
      const { runDial } = await import('./call-out.js');
      await runDial({ to, agent, from, url, json, variables }, context.terminal);
    });
}

function parseNumber(text: string): string {
  if (!E164.test(text)) throw new InvalidArgumentError('It looks like +15550002222.');
  return text;
}
