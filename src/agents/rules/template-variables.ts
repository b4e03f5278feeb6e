import { Liquid } from 'liquidjs';
import { nearest } from '../problem.js';
import type { Finding, Path } from '../problem.js';
import { isPlainMap } from '../schema/schema-walk.js';
import type { AgentConfig } from '../schema/schema.js';
import { textsIn } from '../schema/template-field.js';

/** What every template of a call may use, and what each has. */
const CALL_VARIABLES: Readonly<Record<string, readonly string[]>> = {
  caller: ['number'],
  call: ['sid', 'to', 'direction', 'sip_headers', 'parameters'],
  now: [],
};

/** What `result` may use of an answer. */
const RESPONSE: readonly string[] = ['body', 'status', 'headers'];

/** Members nobody knows beforehand. */
const ANYTHING: readonly string[] = [];

interface Request {
  url: string;
  headers: unknown;
  query: unknown;
  body?: unknown;
  form?: unknown;
}

const analyser = new Liquid();

/**
 * Variables that no call has: a template renders them to nothing, which is seldom what was meant.
 * @param written a text as it stands in the file, so that no secret is looked into
 */
export function checkTemplateVariables(agent: AgentConfig, written: (path: Path) => string): Finding[] {
  const findings: Finding[] = [];
  function check(path: Path, known: Readonly<Record<string, readonly string[]>>): void {
    for (const { segments, row, col } of variablesOf(written(path))) {
      const message = unknownVariable(segments, known);
      if (message !== undefined)
        findings.push({ path, severity: 'warning', message, within: { line: row, column: col } });
    }
  }
  for (const { path } of textsIn(agent.before_call && requestOf(agent.before_call))) {
    check(['before_call', ...path], CALL_VARIABLES);
  }
  for (const { path } of textsIn({ result: agent.before_call?.result })) {
    check(['before_call', ...path], { ...CALL_VARIABLES, response: RESPONSE });
  }
  const known = agent.before_call ? { ...CALL_VARIABLES, lookup: ANYTHING } : CALL_VARIABLES;
  const tools = { ...known, collected: collectedBy(agent) };
  check(['instructions'], known);
  if (agent.greeting !== undefined) check(['greeting'], known);
  if (agent.outbound.message !== undefined) check(['outbound', 'message'], known);
  for (const [index, tool] of agent.tools.entries()) {
    if ('built_in' in tool && tool.built_in === 'transfer') {
      check(['tools', index, 'briefing', 'say'], { ...known, summary: ANYTHING });
    }
    if (!('http' in tool)) continue;
    const properties = tool.parameters?.['properties'];
    const args = isPlainMap(properties) ? Object.keys(properties) : [];
    const { result } = tool.http;
    for (const { path } of textsIn(requestOf(tool.http))) {
      check(['tools', index, 'http', ...path], { ...tools, args });
    }
    for (const { path } of textsIn(tool.on_cancel && requestOf(tool.on_cancel))) {
      check(['tools', index, 'on_cancel', ...path], { ...tools, args, result: ANYTHING });
    }
    for (const { path } of textsIn({ result })) {
      check(['tools', index, 'http', ...path], { ...tools, args, response: RESPONSE });
    }
  }
  return findings;
}

/** The parts of a request that are templates. */
function requestOf({ url, headers, query, body, form }: Request): Request {
  return { url, headers, query, body, form };
}

/** The names under which an agent keeps what callers enter; none where another agent may have kept something. */
function collectedBy({ tools }: AgentConfig): readonly string[] {
  return tools.flatMap((tool) => ('built_in' in tool && 'as' in tool ? [tool.as] : []));
}

function unknownVariable(
  segments: readonly unknown[],
  known: Readonly<Record<string, readonly string[]>>,
): string | undefined {
  const [name, member] = segments;
  if (typeof name !== 'string') return undefined;
  if (!Object.hasOwn(known, name)) return describe(name, Object.keys(known));
  const members = known[name] ?? [];
  if (typeof member !== 'string' || name === 'now' || members === ANYTHING || members.includes(member))
    return undefined;
  if (name === 'collected' && members.length === 0) return undefined;
  if (name === 'args' && members.length === 0) return '`args` is empty: the function has no `parameters`';
  return describe(
    `${name}.${member}`,
    members.map((one) => `${name}.${one}`),
  );
}

function describe(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  const hint = meant === undefined ? `; there are ${known.join(', ')}` : ` (did you mean \`${meant}\`?)`;
  return `\`{{ ${name} }}\` is always empty${hint}`;
}

/** The variables a template takes from outside, each with its place; none for a text that is no template. */
function variablesOf(text: string): { segments: readonly unknown[]; row: number; col: number }[] {
  try {
    const { globals } = analyser.parseAndAnalyzeSync(text, undefined, { partials: false });
    return Object.values(globals).flatMap((uses) =>
      uses.map(({ segments, location }) => ({ segments, row: location.row, col: location.col })),
    );
  } catch {
    return [];
  }
}
