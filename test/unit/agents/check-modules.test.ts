import { describe, expect, it } from 'vitest';
import { checkAgentsAndModules } from '../../../src/agents/check-modules.js';
import type { ModuleFacts } from '../../../src/agents/module-tools.js';
import { formatProblem } from '../../../src/agents/problem.js';
import { ConfigError } from '../../../src/errors.js';
import { deskWith } from '../../support/agents-file.js';

const parameters = { type: 'object', properties: { a: { type: 'string' } } };

async function check(tools: string, modules: Record<string, ModuleFacts | Error> = {}) {
  const asked: string[] = [];
  const { agents, problems } = await checkAgentsAndModules(deskWith(`tools:\n${tools}`), '/etc/line/agents.yaml', {
    env: {},
    loadModule: (file, exportName) => {
      asked.push(`${file} ${exportName}`);
      const found = modules[`${file} ${exportName}`] ?? new ConfigError('CONFIG_UNREADABLE', 'there is no such file');
      return found instanceof Error ? Promise.reject(found) : Promise.resolve(found);
    },
  });
  return { asked, tools: agents?.agents.get('desk')?.tools, problems: problems.map(formatProblem) };
}

describe('a tool that stands in a module', () => {
  it('is found from the folder of the agents file, and says of itself what the file does not', async () => {
    const facts = { name: 'find', description: 'Finds.', parameters, timeoutMs: 900 };
    const { tools, problems } = await check('  - module: ./tools/find.js\n    description: Looks up.', {
      '/etc/line/tools/find.js default': facts,
    });
    expect(problems).toEqual([]);
    expect(tools).toEqual([
      {
        module: '/etc/line/tools/find.js',
        export: 'default',
        name: 'find',
        description: 'Looks up.',
        parameters,
        timeout_ms: 900,
      },
    ]);
  });

  it('is loaded once, however many agents and checks there are', async () => {
    const facts = { '/lib/a.mjs find': { description: 'Finds.' } };
    const tool = (name: string) => `  - name: ${name}\n    module: ../../lib/a.mjs\n    export: find`;
    const { asked, problems } = await check(`${tool('one')}\n${tool('two')}`, facts);
    expect(problems).toEqual([]);
    expect(asked).toEqual(['/lib/a.mjs find']);
  });

  it.each<[string, string, ModuleFacts | Error | undefined, string[]]>([
    [
      'is not there',
      '  - module: ./a.js',
      undefined,
      ['/etc/line/agents.yaml:5:17 agents.desk.tools[0].module: there is no such file'],
    ],
    [
      'fails for a reason that nobody foresaw',
      '  - module: ./a.js',
      new Error('odd'),
      ['/etc/line/agents.yaml:5:17 agents.desk.tools[0].module: odd'],
    ],
    [
      'does not say what it is',
      '  - module: ./a.js',
      {},
      [
        '/etc/line/agents.yaml:5:9 agents.desk.tools[0]: `name` is missing: neither this file nor the module says it',
        '/etc/line/agents.yaml:5:9 agents.desk.tools[0]: `description` is missing: neither this file nor the module says it',
      ],
    ],
    [
      'has a name that another has',
      '  - module: ./a.js\n  - built_in: hang_up',
      { name: 'hang_up', description: 'd' },
      ['/etc/line/agents.yaml:6:19 agents.desk.tools[1].built_in: this agent already has a function of this name'],
    ],
    [
      'has a name that Gemini refuses',
      '  - module: ./a.js',
      { name: 'find it', description: 'd' },
      [
        '/etc/line/agents.yaml:5:9 agents.desk.tools[0]: the name of a function starts with a letter or `_` and has at most 128 of A-Z a-z 0-9 _ . : -',
      ],
    ],
  ])('%s', async (_what, tools, facts, said) => {
    expect((await check(tools, facts && { '/etc/line/a.js default': facts })).problems).toEqual(said);
  });

  it('is not looked at where the file is wrong before', async () => {
    const { asked, problems } = await check('  - module: a.js');
    expect(asked).toEqual([]);
    expect(problems).toHaveLength(1);
  });
});
