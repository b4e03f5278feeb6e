import { checkAgents, type CheckOptions } from '../../src/agents/check-agents.js';
import { formatProblem } from '../../src/agents/problem.js';
import type { AgentConfig } from '../../src/agents/schema/schema.js';

/** What `validate` prints about a file called `agents.yaml`, a line each. */
export function problemsIn(text: string, options: Partial<CheckOptions> = {}): string[] {
  return checkAgents(text, 'agents.yaml', { env: {}, ...options }).problems.map(formatProblem);
}

/** The agents of a file that must be valid. */
export function agentsIn(text: string, options: Partial<CheckOptions> = {}): AgentConfig[] {
  const { agents, problems } = checkAgents(text, 'agents.yaml', { env: {}, ...options });
  if (!agents) throw new Error(problems.map(formatProblem).join('\n'));
  return [...agents.agents.values()];
}

/** A file with one agent, `desk`; `settings` are YAML lines of that agent, without indent. */
export function deskWith(settings: string): string {
  const lines = settings.split('\n').map((line) => (line === '' ? line : `    ${line}`));
  return ['agents:', '  desk:', '    instructions: Answer the phone.', ...lines].join('\n') + '\n';
}
