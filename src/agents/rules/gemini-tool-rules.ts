import { BUILT_IN_TOOLS, isOfferedOn } from '../../models/profiles.js';
import type { Backend, BuiltInTool } from '../../models/profiles.js';
import { builtInName } from '../schema/built-in-schema.js';
import { FUNCTION_NAME } from '../schema/common-fields.js';
import type { GeminiSubject } from './gemini-subject.js';
import { checkParameters } from './parameters-rules.js';
import type { Finding, Path } from '../problem.js';
import type { AgentConfig } from '../schema/schema.js';

/** The functions of an agent: name, and place among its tools. */
export function functionsOf(agent: AgentConfig): { name: string; path: Path }[] {
  return agent.tools.flatMap((tool, index) => {
    if ('http' in tool || 'module' in tool) {
      return tool.name === undefined ? [] : [{ name: tool.name, path: ['tools', index, 'name'] }];
    }
    if (!('built_in' in tool)) return [];
    return [{ name: builtInName(tool), path: ['tools', index, 'name' in tool ? 'name' : 'built_in'] }];
  });
}

/** What no model takes of an agent's own functions. */
export function checkFunctions(agent: AgentConfig): Finding[] {
  const findings: Finding[] = [];
  const seen = new Set<string>();
  for (const { name, path } of functionsOf(agent)) {
    if (!FUNCTION_NAME.test(name)) {
      const message = 'the name of a function starts with a letter or `_` and has at most 128 of A-Z a-z 0-9 _ . : -';
      findings.push({ path, message });
    }
    if (seen.has(name)) findings.push({ path, message: 'this agent already has a function of this name' });
    seen.add(name);
  }
  for (const [index, tool] of agent.tools.entries()) {
    if (!('parameters' in tool)) continue;
    findings.push(...checkParameters(tool.parameters, ['tools', index, 'parameters']));
  }
  return findings;
}

/** The tools that the model runs itself: kind, and place among the agent's tools. */
function modelToolsOf(agent: AgentConfig): { kind: BuiltInTool; path: Path }[] {
  return agent.tools.flatMap((tool, index) => {
    const kind = BUILT_IN_TOOLS.find((one) => one in tool);
    return kind ? [{ kind, path: ['tools', index, kind] }] : [];
  });
}

/** What no model takes of the service's tools. */
export function checkTools(agent: AgentConfig, backend: Backend | undefined): Finding[] {
  const tools = modelToolsOf(agent);
  return tools.flatMap(({ kind, path }, index): Finding[] => {
    const findings: Finding[] = [];
    if (tools.findIndex((other) => other.kind === kind) !== index) {
      findings.push({ path, at: 'key', message: `\`${kind}\` stands twice` });
    }
    if (backend && !isOfferedOn(kind, backend)) {
      const only = backend === 'gemini-api' ? 'Vertex AI' : 'the Gemini API';
      findings.push({ path, at: 'key', message: `\`${kind}\` is only offered on ${only}` });
    }
    return findings;
  });
}

/** What this model does not take of an agent's tools. */
export function checkModelTools(subject: GeminiSubject): Finding[] {
  return [...checkFunctionSupport(subject), ...checkBuiltIn(subject), ...checkCombination(subject)];
}

function checkBuiltIn({ agent, model }: GeminiSubject): Finding[] {
  const offered = model.tools.builtIn;
  const what = offered.length > 0 ? `of its own tools it has ${offered.join(', ')}` : 'it has no tools of its own';
  return modelToolsOf(agent)
    .filter(({ kind }) => !offered.includes(kind))
    .map(({ kind, path }) => ({ path, at: 'key', message: `${model.id} has no \`${kind}\`; ${what}` }));
}

function checkCombination({ agent, model }: GeminiSubject): Finding[] {
  if (model.tools.builtInExcludesFunctions !== true || functionsOf(agent).length === 0) return [];
  return modelToolsOf(agent).map(({ kind, path }) => {
    const message = `${model.id} takes either functions or \`${kind}\`, not both`;
    return { path, at: 'key', message };
  });
}

function checkFunctionSupport({ agent, model }: GeminiSubject): Finding[] {
  const { blocking, nonBlocking } = model.tools;
  if (!blocking && !nonBlocking) {
    return functionsOf(agent).map(({ path }) => ({ path, message: `${model.id} takes no functions` }));
  }
  return agent.tools.flatMap((tool, index): Finding[] => {
    if (!('http' in tool || 'module' in tool || 'mcp' in tool)) return [];
    const path = ['tools', index];
    if (tool.blocking === true && !blocking) {
      return [{ path: [...path, 'blocking'], message: `${model.id} never waits for a function; leave it out` }];
    }
    if (tool.blocking === false && !nonBlocking) {
      return [{ path: [...path, 'blocking'], message: `${model.id} always waits for a function; leave it out` }];
    }
    const waits = tool.blocking ?? model.tools.default === 'BLOCKING';
    if (!waits) return [];
    const idle: [unknown, Path][] = [
      [tool.when_done, ['when_done']],
      [tool.while_running !== false && tool.while_running?.say, ['while_running', 'say']],
    ];
    return idle
      .filter(([value]) => typeof value === 'string')
      .map(([, key]) => {
        const message = `\`${String(key.at(-1))}\` does nothing where the model waits for the function; it needs \`blocking: false\``;
        return { path: [...path, ...key], at: 'key', severity: 'warning', message };
      });
  });
}
