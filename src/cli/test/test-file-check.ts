import { type Finding, type Path, suggestion } from '../../agents/problem.js';
import type { LoadedAgents } from '../../agents/route-agent.js';
import { functionsOf } from '../../agents/rules/gemini-tool-rules.js';
import type { AgentTest, TestFileContent, TestStep } from './test-file-schema.js';

/** What the tests of a file can name. */
interface Known {
  agents: readonly string[];
  /** Absent where servers have tools of their own, which nobody knows beforehand. */
  tools: readonly string[] | undefined;
  phones: readonly string[];
}

/** Names in a file of tests behind which there is nothing: such a test could only fail, whatever the agent does. */
export function checkReferences({ tests, phones }: TestFileContent, loaded: LoadedAgents): Finding[] {
  const known = { agents: [...loaded.agents.keys()], tools: toolsOf(loaded), phones: Object.keys(phones) };
  return tests.flatMap((test, index) => checkTest(test, ['tests', index], known));
}

function checkTest({ agent, dial, steps }: AgentTest, path: Path, known: Known): Finding[] {
  return [
    ...missing(agent, known.agents, [...path, 'agent'], 'no agent of the agents file'),
    ...missing(dial, known.phones, [...path, 'dial'], 'none of the `phones` of this file'),
    ...steps.flatMap((step, index) => checkStep(step, [...path, 'steps', index], known, dial !== undefined)),
  ];
}

function checkStep(step: TestStep, path: Path, { tools, phones }: Known, isDialled: boolean): Finding[] {
  if ('tool' in step && tools) return missing(step.tool, tools, [...path, 'tool'], 'no tool of any agent');
  if ('rings' in step) return missing(step.rings, phones, [...path, 'rings'], 'none of the `phones` of this file');
  if (!('outcome' in step) || isDialled) return [];
  const message = '`outcome` is that of a call which the agent makes: the test needs `dial`';
  return [{ path: [...path, 'outcome'], at: 'key', message }];
}

function missing(name: string | undefined, known: readonly string[], path: Path, what: string): Finding[] {
  if (name === undefined || known.includes(name)) return [];
  const hint = known.length > 0 ? suggestion(name, known) : '';
  return [{ path, message: `\`${name}\` is ${what}${hint}` }];
}

/** The functions of all agents: a call may be handed over from one to another. */
function toolsOf({ agents }: LoadedAgents): string[] | undefined {
  const all = [...agents.values()];
  if (all.some(({ tools }) => tools.some((tool) => 'mcp' in tool))) return undefined;
  return all.flatMap((agent) => functionsOf(agent).map(({ name }) => name));
}
