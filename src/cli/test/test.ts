import { Command, type CommandUnknownOpts, InvalidArgumentError } from '@commander-js/extra-typings';
import { EXIT, readingFiles, type CommandContext } from '../command-context.js';

const DEFAULT_PARALLEL = 4;
const MAX_PARALLEL = 50;
const HELP = `
A file holds conversations: what the caller says, types or presses, and what the agent is expected to say and do
(docs/agent-tests.md). Each is a call over the path of a real one, at real pace, against the embedded model playing the
file's script, or with --real against the model that the environment has credentials for.

Exit code: 0 when every test passed, 1 when one failed or a file is not valid, 2 when a file cannot be read. Of
files that cannot be used all are named, and nothing is played.`;

/** `liveline test`: plays conversations with agents, and checks what they say and do. */
export function testCommand(context: CommandContext): CommandUnknownOpts {
  return new Command('test')
    .description('play conversations with an agent, and check what it says and does')
    .argument('[files...]', 'files of tests; default: config/agents.test.yaml')
    .option('--real', 'against the real model, rather than the script')
    .option('--only <text>', 'only tests whose name has this in it')
    .option('--parallel <n>', 'conversations at once', parseParallel, DEFAULT_PARALLEL)
    .option('--junit <file>', 'write the results as JUnit XML')
    .option('--json', 'print one JSON object a test')
    .addHelpText('after', HELP)
    .action(async (files, { real = false, only, parallel, junit, json = false }) => {
      const { loadDotEnv } = await import('../environment.js');
      const { runTests } = await import('./test-run.js');
      loadDotEnv();
      const chosen = files.length > 0 ? files : ['config/agents.test.yaml'];
      const options = { files: chosen, real, only, parallel, junit, json };
      const passed = await readingFiles(runTests(options, context.terminal));
      if (!passed) context.exitCode = EXIT.failed;
    });
}

function parseParallel(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= MAX_PARALLEL) return count;
  throw new InvalidArgumentError(`It is a whole number from 1 to ${MAX_PARALLEL}.`);
}
