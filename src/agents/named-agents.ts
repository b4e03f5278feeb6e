import { nearest } from './problem.js';
import type { Finding, Path } from './problem.js';
import type { AgentConfig } from './schema/schema.js';

/**
 * Agents that name another one: it has to be there. One with mistakes of its own is there, too.
 * @param names of all agents in the file
 */
export function checkNamedAgents(agents: readonly AgentConfig[], names: readonly string[]): Finding[] {
  return agents.flatMap((agent) => [...checkClosed(agent, names), ...checkSuccessors(agent, names)]);
}

/** Who answers while an agent is closed. */
function checkClosed({ name, hours }: AgentConfig, names: readonly string[]): Finding[] {
  const other = hours?.closed.agent;
  const path = ['agents', name, 'hours', 'closed', 'agent'];
  if (other === undefined) return [];
  return other === name ? [{ path, message: 'is the agent that is closed' }] : missing(other, names, path);
}

/** Who may take over. That an agent is among its own successors is no mistake where there are others: lists are shared. */
function checkSuccessors({ name, tools }: AgentConfig, names: readonly string[]): Finding[] {
  return tools.flatMap((tool, index): Finding[] => {
    if (!('built_in' in tool) || tool.built_in !== 'hand_over') return [];
    const path = ['agents', name, 'tools', index, 'to'];
    const to: Path = Array.isArray(tool.to) ? tool.to : Object.keys(tool.to);
    if (to.every((other) => other === name)) return [{ path, message: 'names nobody but the agent itself' }];
    return to.flatMap((other, at) => missing(String(other), names, [...path, Array.isArray(tool.to) ? at : other]));
  });
}

function missing(other: string, names: readonly string[], path: Path): Finding[] {
  if (names.includes(other)) return [];
  const meant = nearest(other, names);
  const hint = meant === undefined ? '' : ` (did you mean \`${meant}\`?)`;
  return [{ path, message: `there is no agent \`${other}\` in this file${hint}` }];
}
