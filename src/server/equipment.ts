import type { AgentConfig } from '../agents/schema/schema.js';
import type { AttendantPlan } from '../call/dialogue/attendant.js';
import type { ToolServers } from '../call/tools/tool-servers.js';
import type { ModelProfile } from '../models/profiles.js';
import { createToolbox } from '../tools/toolbox.js';
import type { Toolbox } from '../tools/tool.js';
import { agentTools, type ToolParts } from './agent-tools.js';
import { whileRunning } from './while-running.js';

/** The functions of an agent, ready for a call. */
interface Equipment {
  toolbox: Toolbox;
  waitsFor: AttendantPlan['whileRunning'];
  /** Where some of them come from. */
  toolServers: ToolServers | undefined;
}

/**
 * Gives calls the functions that an agent has when they begin: made once, and again when a server lists other tools.
 * @throws ConfigError when a tool of the agents file cannot be built
 */
export function createEquipment(agent: AgentConfig, profile: ModelProfile, parts: ToolParts): () => Equipment {
  function make(): Equipment & { version: number } {
    const { version } = parts.mcp;
    const tools = agentTools(agent, parts);
    return {
      toolbox: createToolbox(tools, { clock: parts.clock }),
      waitsFor: whileRunning(tools, profile),
      toolServers: parts.mcp.of(agent.tools),
      version,
    };
  }
  /** A server that lists what cannot be used costs nobody a call. */
  function remake(before: ReturnType<typeof make>): ReturnType<typeof make> {
    try {
      return make();
    } catch {
      return { ...before, version: parts.mcp.version };
    }
  }
  let current = make();
  return () => {
    if (current.version !== parts.mcp.version) current = remake(current);
    return current;
  };
}
