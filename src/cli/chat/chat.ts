import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { CommandContext } from '../command-context.js';

const HELP = `
What you type is given to the agent a line at a time; its tools run as they do on a call, and hang_up ends the chat.
What needs a telephone (transfer, send_sms, send_digits) is not done: the agent is told so, and says what it would do.
It answers in text where its model can, and otherwise you read the transcript of what it says. The line "/keys 12#"
presses keys of a telephone. Ctrl-C or Ctrl-D ends the chat.

From a pipe each line waits for the answer to the one before, and the end of the input ends the chat after the last:
  printf '%s\\n' "When are you open on Monday?" "Goodbye." | npx liveline chat
Lines that are left over when the agent has hung up are not given; how many there were is said at the end.

The model is the one that the environment has credentials for, or the embedded emulator, which plays a script.

Exit code: 0 when the chat came to its end, with lines left over or not; 1 when the model failed, or a line that was
given from a pipe was not answered.`;

/** `liveline chat`: talks to an agent in the terminal, tools and all. */
export function chatCommand(context: CommandContext): CommandUnknownOpts {
  return new Command('chat')
    .description('talk to an agent in the terminal, in writing')
    .argument('[agent]', 'agent to talk to; default: the one that answers unlisted numbers')
    .option('--config <file>', 'agents file; default: AGENTS_CONFIG, or config/agents.yaml')
    .option('--json', 'print one JSON object an event')
    .addHelpText('after', HELP)
    .action(async (agent, { config: agentsFile, json }) => {
      const { runChat } = await import('./chat-run.js');
      await runChat({ agent, agentsFile, json }, context.terminal);
    });
}
