import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { CommandContext } from './command-context.js';

/** `liveline schema`: the JSON Schema that editors check an agents file by. */
export function schemaCommand(context: CommandContext): CommandUnknownOpts {
  return new Command('schema')
    .description('print the JSON Schema (draft-7) of the agents file')
    .option('--json', 'on one line')
    .action(async ({ json }) => {
      const { agentsJsonSchema } = await import('../agents/schema/json-schema.js');
      const schema = agentsJsonSchema();
      context.terminal.print(`${json ? JSON.stringify(schema) : JSON.stringify(schema, undefined, 2)}\n`);
    });
}
