import { readFileSync } from 'node:fs';
import { Command, CommanderError } from '@commander-js/extra-typings';
import { LivelineError } from '../errors.js';
import { callCommand } from './call/call.js';
import { chatCommand } from './chat/chat.js';
import { dialCommand } from './dial/dial.js';
import { EXIT, type CommandContext, type ExitCode } from './command-context.js';
import { emulateCommand } from './emulate.js';
import { modelsCommand } from './models.js';
import { schemaCommand } from './schema.js';
import { serveCommand } from './serve.js';
import { processTerminal, type Terminal } from './terminal.js';
import { testCommand } from './test/test.js';
import { validateCommand } from './validate.js';

/**
 * Runs one command line and says how it went; nothing it throws escapes.
 * @param args without the interpreter and the script
 */
export async function runCli(args: readonly string[], terminal: Terminal = processTerminal()): Promise<ExitCode> {
  const context: CommandContext = { terminal, exitCode: EXIT.ok };
  try {
    await createProgram(context).parseAsync(args, { from: 'user' });
    return context.exitCode;
  } catch (thrown) {
    // Commander has already written its help or its complaint.
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const error = LivelineError.from(thrown);
    terminal.complain(explain(error, terminal.env['LOG_LEVEL'] ?? ''));
    return error.code === 'USAGE' ? EXIT.usage : EXIT.failed;
  }
}

/** Commands import what they run on only once they are chosen: help must not wait for it. */
function createProgram(context: CommandContext): Command {
  const program = new Command('liveline')
    .description('A phone line to the Gemini Live API.')
    .version(packageVersion())
    .configureOutput({
      writeOut: (text) => context.terminal.print(text),
      writeErr: (text) => context.terminal.complain(text),
    })
    .exitOverride();
  for (const command of [
    serveCommand,
    callCommand,
    chatCommand,
    testCommand,
    dialCommand,
    validateCommand,
    schemaCommand,
    modelsCommand,
    emulateCommand,
  ]) {
    program.addCommand(command(context).copyInheritedSettings(program));
  }
  return program;
}

function explain(error: LivelineError, logLevel: string): string {
  if (logLevel === 'debug' || logLevel === 'trace') {
    const origin = error.cause instanceof Error ? error.cause : error;
    return `liveline: ${error.message}\n${origin.stack ?? ''}\n`;
  }
  const hint = error.code === 'INTERNAL' ? '\nSet LOG_LEVEL=debug to see where this comes from.' : '';
  return `liveline: ${error.detail}${hint}\n`;
}

function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}
