import type { OutboundLineConfig } from './schema/outbound-schema.js';
import type { PriceTable } from './schema/prices-schema.js';
import type { Problem } from './problem.js';
import type { AgentConfig } from './schema/schema.js';

/** Every agent of a file that is valid. */
export interface LoadedAgents {
  /** By name, in the file's order. */
  readonly agents: ReadonlyMap<string, AgentConfig>;
  /** Answers numbers that no agent lists: the one marked `default`, or the only one there is. */
  readonly defaultAgent: AgentConfig | undefined;
  /** By called number, E.164. */
  readonly byNumber: ReadonlyMap<string, AgentConfig>;
  readonly prices: PriceTable | undefined;
  /** What holds for calls that any of them makes. */
  readonly outbound: OutboundLineConfig;
  readonly warnings: readonly Problem[];
  /** What the file must not be heard to say; the longest first. */
  readonly secrets: readonly string[];
}

/** Puts agents where calls find them. */
export function indexAgents(
  agents: readonly AgentConfig[],
  others: Pick<LoadedAgents, 'prices' | 'outbound' | 'warnings' | 'secrets'>,
): LoadedAgents {
  const only = agents.length === 1 ? agents[0] : undefined;
  return {
    agents: new Map(agents.map((agent) => [agent.name, agent])),
    defaultAgent: agents.find((agent) => agent.default) ?? only,
    byNumber: new Map(agents.flatMap((agent) => agent.numbers.map((number) => [number, agent]))),
    ...others,
  };
}

/**
 * The agent that takes a call: by name when one is asked for, else by the called number, else the default agent.
 * @returns undefined for a name that does not exist, or when nobody answers this number
 */
export function routeAgent(
  loaded: LoadedAgents,
  wanted: { name?: string | undefined; calledNumber?: string | undefined },
): AgentConfig | undefined {
  if (wanted.name !== undefined) return loaded.agents.get(wanted.name);
  const { calledNumber } = wanted;
  return (calledNumber === undefined ? undefined : loaded.byNumber.get(calledNumber)) ?? loaded.defaultAgent;
}
