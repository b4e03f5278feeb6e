import { dirname, resolve } from 'node:path';
import * as z from 'zod';
import type { SourcePosition } from '../errors.js';
import type { Backend } from '../models/profiles.js';
import { describeIssues } from './file/describe-issue.js';
import { checkGeminiRules } from './rules/gemini-rules.js';
import { checkHours } from './rules/hours-rules.js';
import { readSounds } from './agent-sounds.js';
import { interpolateSource } from './file/interpolate.js';
import type { Environment } from './file/interpolate.js';
import { decidingPart, mergeDefaults, typeFilledTexts } from './file/merge-defaults.js';
import { type PriceTable, pricesOf, pricesSchema } from './schema/prices-schema.js';
import { completeModuleTool } from './module-tools.js';
import type { FindModule } from './module-tools.js';
import { checkNamedAgents } from './named-agents.js';
import { formatPath } from './problem.js';
import type { Finding, Path, Problem } from './problem.js';
import { outboundLineSchema } from './schema/outbound-schema.js';
import type { OutboundLineConfig } from './schema/outbound-schema.js';
import { indexAgents } from './route-agent.js';
import type { LoadedAgents } from './route-agent.js';
import { secretsOf } from './file/secrets.js';
import { salvageAgent } from './salvage-agent.js';
import { agentSchema, defaultsSchema } from './schema/schema.js';
import type { AgentConfig } from './schema/schema.js';
import { isPlainMap } from './schema/schema-walk.js';
import { checkTemplateVariables } from './rules/template-variables.js';
import type { ToolConfig } from './schema/tool-schema.js';
import { parseYaml } from './file/yaml-source.js';
import type { YamlSource } from './file/yaml-source.js';

export interface CheckOptions {
  /** Where `${VAR}` is looked up. */
  env: Environment;
  /** The service that calls will go to; left out: whatever offers an agent's model. */
  backend?: Backend;
  /** What is known of the modules that tools name; left out: nothing is checked of them. */
  findModule?: FindModule;
}

/** The file's outline; each agent is checked by itself, with the defaults merged in. */
const outlineSchema = z.strictObject({
  defaults: z.record(z.string(), z.unknown()).exactOptional(),
  prices: z.unknown().exactOptional(),
  outbound: z.unknown().exactOptional(),
  agents: z.record(
    z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'cannot be part of a url: use up to 64 letters, digits, `-` and `_`'),
    z.unknown(),
  ),
});

/**
 * Checks the text of an agents file: everything that is wrong with it, and the agents when nothing is.
 * @param file its name, for positions and for relative `${file:…}` paths
 */
export function checkAgents(
  text: string,
  file: string,
  options: CheckOptions,
): { agents?: LoadedAgents; problems: Problem[] } {
  const { source, problems: syntax } = parseYaml(text, file);
  if (syntax.length > 0) return { problems: syntax };
  const { problems: unfilled, secrets } = interpolateSource(source, options.env);
  const { agents, prices, outbound, findings } = checkSource(source, options);
  const found = findings
    .filter(({ path }) => !source.isUnfilled(placeOf(source, path)))
    .map((finding) => toProblem(source, finding));
  const problems = sorted([...unfilled, ...found]);
  if (!outbound || problems.some((problem) => problem.severity === 'error')) return { problems };
  return {
    agents: indexAgents(agents, { prices, outbound, warnings: problems, secrets: secretsOf(agents, secrets) }),
    problems,
  };
}

function checkSource(
  source: YamlSource,
  options: CheckOptions,
): { agents: AgentConfig[]; prices?: PriceTable; outbound?: OutboundLineConfig; findings: Finding[] } {
  const file = readPlain(source);
  if (file === undefined) return { agents: [], findings: [{ path: [], message: 'too many aliases' }] };
  if (!isPlainMap(file)) {
    return { agents: [], findings: [{ path: [], message: 'an agents file is a map with the key `agents`' }] };
  }
  const outline = Object.fromEntries(Object.entries(file).filter(([key]) => !key.startsWith('x-')));
  const parsed = outlineSchema.safeParse(outline);
  const findings = describe(source, [], outlineSchema, outline, parsed.error);
  const defaults = checkDefaults(source, outline['defaults']);
  findings.push(...defaults.findings);
  const agents: AgentConfig[] = [];
  const broken: AgentConfig[] = [];
  for (const [name, own] of Object.entries(isPlainMap(outline['agents']) ? outline['agents'] : {})) {
    const checked = checkAgent(source, name, own, defaults.value, options);
    findings.push(...checked.findings);
    if (checked.agent) (checked.isWhole === true ? agents : broken).push(checked.agent);
  }
  findings.push(
    ...checkTogether(source, agents, outline['agents']),
    ...checkNamedAgents([...agents, ...broken], namesOf(outline)),
  );
  const prices = checkPrices(source, agents, outline['prices']);
  const outbound = checkOutbound(source, outline['outbound'] ?? {});
  return { agents, ...prices, ...outbound, findings: [...findings, ...prices.findings, ...outbound.findings] };
}

function namesOf({ agents }: Record<string, unknown>): string[] {
  return isPlainMap(agents) ? Object.keys(agents) : [];
}

/** @returns undefined where aliases would unfold into more than a file can mean */
function readPlain(source: YamlSource): unknown {
  try {
    return source.toJS() ?? null;
  } catch {
    return undefined;
  }
}

function checkDefaults(source: YamlSource, raw: unknown): { value: Record<string, unknown>; findings: Finding[] } {
  if (!isPlainMap(raw)) return { value: {}, findings: [] };
  const root = ['defaults'];
  const value = typeFilled(source, root, defaultsSchema, raw);
  const { error } = defaultsSchema.safeParse(value);
  return { value, findings: describe(source, root, defaultsSchema, value, error) };
}

function checkAgent(
  source: YamlSource,
  name: string,
  own: unknown,
  defaults: Record<string, unknown>,
  { backend, findModule = () => undefined }: CheckOptions,
): { agent?: AgentConfig; isWhole?: boolean; findings: Finding[] } {
  const root = ['agents', name];
  if (!isPlainMap(own)) {
    return { findings: [{ path: root, message: 'must be a map with the settings of the agent' }] };
  }
  const value = mergeDefaults(defaults, typeFilled(source, root, agentSchema, own));
  const mistakes: Finding[] = [];
  const lacksInstructions = value['instructions'] === undefined && value['translation'] === undefined;
  if (lacksInstructions) mistakes.push({ path: [...root, 'instructions'], message: '`instructions` is missing' });
  const salvaged = salvageAgent(value, (error, rest) => {
    mistakes.push(...describe(source, root, agentSchema, rest, error));
  });
  const unreported = mistakes.filter(({ path }) => !isReportedWithDefaults(source, path));
  if (!salvaged) return { findings: unreported };
  const { data } = salvaged;
  const { instructions = '' } = data;
  const sounds = readSounds(data, dirname(resolve(source.file)));
  const tools = data.tools.map((tool, index) =>
    completeModuleTool(withoutEmptyParameters(tool), ['tools', index], source.file, findModule),
  );
  const agent = {
    ...data,
    name,
    instructions,
    tools: tools.map(({ tool }) => tool),
    sounds: sounds.sounds,
  };
  const shown = (path: Path) => source.writtenAt(placeOf(source, [...root, ...path]))?.text ?? '';
  const findings = [
    ...tools.flatMap((tool) => tool.findings),
    ...sounds.findings,
    ...(salvaged.isModelKnown ? checkGeminiRules(agent, backend, shown) : []),
    ...(salvaged.areVariablesKnown ? checkTemplateVariables(agent, shown) : []),
    ...checkMessage(agent),
  ].map((finding) => ({ ...finding, path: [...root, ...finding.path] }));
  return { agent, isWhole: salvaged.isWhole && !lacksInstructions, findings: [...unreported, ...findings] };
}

/** It may stand in `defaults`, for those agents that leave it. */
function checkMessage({ outbound: { machine, message } }: AgentConfig): Finding[] {
  if (message === undefined || machine === 'message') return [];
  return [
    {
      path: ['outbound', 'message'],
      at: 'key',
      severity: 'warning',
      message: '`message` is only left with `machine: message`',
    },
  ];
}

function checkPrices(
  source: YamlSource,
  agents: readonly AgentConfig[],
  raw: unknown,
): { prices?: PriceTable; findings: Finding[] } {
  if (raw === undefined) return { findings: [] };
  const root = ['prices'];
  if (!isPlainMap(raw)) return { findings: [{ path: root, message: 'must be a map with the prices of models' }] };
  const value = typeFilled(source, root, pricesSchema, raw);
  const { data: prices, error } = pricesSchema.safeParse(value);
  if (!prices) return { findings: describe(source, root, pricesSchema, value, error) };
  const unpriced = agents.filter(({ model }) => !pricesOf(prices, model));
  const findings = unpriced.map(({ name, model }): Finding => {
    const message = `\`prices\` does not have ${model}, so what a call costs is not estimated`;
    return { path: ['agents', name, 'model'], severity: 'warning', message };
  });
  return { prices, findings };
}

function checkOutbound(source: YamlSource, raw: unknown): { outbound?: OutboundLineConfig; findings: Finding[] } {
  const root = ['outbound'];
  if (!isPlainMap(raw)) return { findings: [{ path: root, message: 'must be a map with what holds for all calls' }] };
  const value = typeFilled(source, root, outboundLineSchema, raw);
  const { data: outbound, error } = outboundLineSchema.safeParse(value);
  const findings = describe(source, root, outboundLineSchema, value, error);
  return outbound ? { outbound, findings } : { findings };
}

/** Gemini wants a function without arguments declared without `parameters`. */
function withoutEmptyParameters(tool: ToolConfig): ToolConfig {
  if (!('parameters' in tool) || tool.parameters['type'] !== 'object') return tool;
  const { parameters, ...rest } = tool;
  const properties = parameters['properties'];
  return properties === undefined || (isPlainMap(properties) && Object.keys(properties).length === 0) ? rest : tool;
}

/** What agents can only get wrong together: whose number it is, and who is the default. */
function checkTogether(source: YamlSource, agents: readonly AgentConfig[], written: unknown): Finding[] {
  const findings: Finding[] = [];
  const owners = new Map<string, { name: string; path: Path }>();
  let first: string | undefined;
  for (const { name, numbers, default: isDefault } of agents) {
    const root = ['agents', name];
    for (const [index, number] of numbers.entries()) {
      const path = [...root, 'numbers', index];
      const owner = owners.get(number);
      if (owner)
        findings.push({
          path,
          message: `\`${owner.name}\` already lists this number (line ${lineOf(source, owner.path)})`,
        });
      else owners.set(number, { name, path });
    }
    if (!isDefault) continue;
    const line = first === undefined ? 0 : lineOf(source, ['agents', first, 'default']);
    if (first === undefined) first = name;
    else
      findings.push({
        path: [...root, 'default'],
        message: `\`${first}\` is already the default agent (line ${line})`,
      });
  }
  findings.push(...checkHours(agents));
  const count = isPlainMap(written) ? Object.keys(written).length : undefined;
  if (count === 0) findings.push({ path: ['agents'], message: 'at least one agent is needed' });
  if (count === agents.length && count > 1 && first === undefined) {
    const message = 'no agent has `default: true`, so calls to a number that no agent lists are refused';
    findings.push({ path: ['agents'], at: 'key', severity: 'warning', message });
  }
  return findings;
}

function describe(
  source: YamlSource,
  root: Path,
  schema: z.core.$ZodType,
  value: unknown,
  error: z.core.$ZodError | undefined,
): Finding[] {
  if (!error) return [];
  const writtenAt = (path: Path) => source.writtenAt(placeOf(source, [...root, ...path]));
  const findings = describeIssues(error.issues, { isDefaults: root[0] === 'defaults', schema, value, writtenAt });
  return findings.map((finding) => ({ ...finding, path: [...root, ...finding.path] }));
}

function typeFilled(
  source: YamlSource,
  root: Path,
  schema: z.core.$ZodType,
  value: Record<string, unknown>,
): Record<string, unknown> {
  const wasFilled = (path: Path) => source.writtenAt([...root, ...path])?.hadVariables === true;
  return typeFilledTexts(value, schema, wasFilled) as Record<string, unknown>;
}

/** Where a value of an agent is written: with the agent, or in `defaults`. */
function placeOf(source: YamlSource, path: Path): Path {
  const [section, name, ...rest] = path;
  if (section !== 'agents' || name === undefined || rest.length === 0) return path;
  const own = [section, name];
  const deciding = decidingPart(rest);
  const inOwn = source.depthOf([...own, ...deciding]) - own.length;
  const inDefaults = source.depthOf(['defaults', ...deciding]) - 1;
  return inDefaults > inOwn ? ['defaults', ...rest] : path;
}

/** Whether a finding about an agent was already made about `defaults`. */
function isReportedWithDefaults(source: YamlSource, path: Path): boolean {
  const place = placeOf(source, path);
  if (place[0] !== 'defaults') return false;
  return source.depthOf(place) === place.length || place.some((step) => typeof step === 'number');
}

function toProblem(source: YamlSource, finding: Finding): Problem {
  const place = placeOf(source, finding.path);
  const missing = place.length - source.depthOf(place);
  const about = finding.path.slice(0, finding.path.length - Math.max(missing, finding.at === 'key' ? 1 : 0));
  const prefix = about.length > 0 ? `${formatPath(about)}: ` : '';
  const position: SourcePosition = finding.within
    ? source.positionWithin(place, finding.within.line, finding.within.column)
    : source.positionOf(place, finding.at ?? 'value');
  return { ...position, severity: finding.severity ?? 'error', message: prefix + finding.message };
}

function lineOf(source: YamlSource, path: Path): number {
  return source.positionOf(path, 'value').line;
}

function sorted(problems: readonly Problem[]): Problem[] {
  return problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
}
