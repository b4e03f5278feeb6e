import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { LoadModule } from '../agents/module-tools.js';
import type { Problem } from '../agents/problem.js';
import { EXIT, readingFiles, type CommandContext } from './command-context.js';

/** `liveline validate`: exit code 0 when every file can be used, 1 when one cannot, 2 when one cannot be read. */
export function validateCommand(context: CommandContext): CommandUnknownOpts {
  return new Command('validate')
    .description('check agents files')
    .argument('[files...]', 'default: AGENTS_CONFIG, or config/agents.yaml')
    .option('--json', 'print { valid, problems } as JSON')
    .action(async (files, { json }) => {
      const problems = await readingFiles(problemsOf(files, context.terminal.env));
      const valid = problems.every(({ severity }) => severity !== 'error');
      context.exitCode = valid ? EXIT.ok : EXIT.failed;
      const { formatProblem } = await import('../agents/problem.js');
      const text = [...problems.map(formatProblem), valid ? 'valid' : 'not valid'].join('\n');
      context.terminal.print(`${json ? JSON.stringify({ valid, problems }) : text}\n`);
    });
}

async function problemsOf(files: readonly string[], env: NodeJS.ProcessEnv): Promise<Problem[]> {
  const { checkAgentsAndModules } = await import('../agents/check-modules.js');
  const { readAgentsFile } = await import('../agents/load-agents.js');
  const { createModuleLibrary } = await import('../tools/module-library.js');
  const { createSystemClock } = await import('../clock.js');
  const { loadDotEnv, readAgentsSettings } = await import('./environment.js');
  loadDotEnv();
  const { agentsFile, ...backend } = readAgentsSettings(env);
  const chosen = files.length > 0 ? files : [agentsFile];
  const modules = createModuleLibrary(createSystemClock());
  const loadModule: LoadModule = (file, exportName) => modules.load(file, exportName);
  const checked = await Promise.all(
    chosen.map(async (file) =>
      checkAgentsAndModules(await readAgentsFile(file), file, { env, ...backend, loadModule }),
    ),
  );
  return checked.flatMap(({ problems }) => problems);
}
