import type { Finding } from '../problem.js';
import { isOpen } from '../schema/opening-hours.js';
import type { AgentConfig } from '../schema/schema.js';

/** A week without a change of clocks almost everywhere; since the epoch. */
const ORDINARY_WEEK_MS = Date.UTC(2026, 5, 1);
const STEP_MS = 5 * 60_000;
const STEPS_A_WEEK = (7 * 24 * 60 * 60_000) / STEP_MS;

/** Opening hours that are none, and agents that are closed to each other so that nobody answers. */
export function checkHours(agents: readonly AgentConfig[]): Finding[] {
  const byName = new Map(agents.map((agent) => [agent.name, agent]));
  return agents.flatMap((agent) => [...checkWeek(agent), ...checkCircle(agent, byName)]);
}

function checkWeek({ name, hours }: AgentConfig): Finding[] {
  if (!hours || Object.values(hours.weekly).flat().length > 0) return [];
  const message = 'has no hours, so this agent never answers';
  return [{ path: ['agents', name, 'hours', 'weekly'], severity: 'warning', message }];
}

/** Told once of each circle, at the agent that stands first in the file. */
function checkCircle(first: AgentConfig, byName: ReadonlyMap<string, AgentConfig>): Finding[] {
  const circle = [first];
  let next = successorOf(first, byName);
  while (next && !circle.includes(next)) {
    circle.push(next);
    next = successorOf(next, byName);
  }
  const [earliest] = [...byName.values()].filter((agent) => circle.includes(agent));
  if (circle.length === 1 || next !== first || earliest !== first || !areAllClosed(circle)) return [];
  const names = [...circle.slice(1), first].map(({ name }) => `\`${name}\``).join(' and that to ');
  const message = `leads to ${names}: while all of them are closed, callers hear the \`fallback\``;
  return [{ path: ['agents', first.name, 'hours', 'closed', 'agent'], severity: 'warning', message }];
}

function successorOf({ hours }: AgentConfig, byName: ReadonlyMap<string, AgentConfig>): AgentConfig | undefined {
  return hours?.closed.agent === undefined ? undefined : byName.get(hours.closed.agent);
}

/** Whether there is a time in an ordinary week at which none of them answers. */
function areAllClosed(circle: readonly AgentConfig[]): boolean {
  const weeks = circle.flatMap(({ hours }) => (hours ? [{ ...hours, holidays: [] }] : []));
  return Array.from({ length: STEPS_A_WEEK }, (_, step) => ORDINARY_WEEK_MS + step * STEP_MS).some((atMs) =>
    weeks.every((hours) => !isOpen(hours, atMs)),
  );
}
