import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { checkAgents } from '../../../src/agents/check-agents.js';
import { agentsJsonSchema } from '../../../src/agents/schema/json-schema.js';
import { deskWith, problemsIn } from '../../support/agents-file.js';

const config = (name: string) => new URL(`../../../config/${name}`, import.meta.url);
const ajv = new Ajv({ strict: true, allErrors: true, allowUnionTypes: true });
const accepts = ajv.compile(agentsJsonSchema());

/** What an editor with the YAML language server says of a file. */
function editorAccepts(text: string): boolean {
  return accepts(parse(text, { merge: true }));
}

/** Every path of a schema that has no description of its own. */
function undescribed(schema: unknown, path = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties, items, anyOf, additionalProperties } = schema as Record<string, unknown>;
  const found = Object.entries((properties ?? {}) as Record<string, Record<string, unknown>>).flatMap(
    ([key, value]) => [
      ...(value['description'] === undefined ? [`${path}.${key}`] : []),
      ...undescribed(value, `${path}.${key}`),
    ],
  );
  const nested = [items, additionalProperties, ...(Array.isArray(anyOf) ? (anyOf as unknown[]) : [])];
  return [...found, ...nested.flatMap((value) => undescribed(value, `${path}[]`))];
}

describe('the JSON Schema of the agents file', () => {
  it('is the one beside the example; write it with `npx liveline schema > config/agents.schema.json`', async () => {
    expect(await readFile(config('agents.schema.json'), 'utf8')).toBe(
      `${JSON.stringify(agentsJsonSchema(), undefined, 2)}\n`,
    );
  });

  it('is draft-7, which editors know', () => {
    expect(agentsJsonSchema()).toMatchObject({ $schema: 'http://json-schema.org/draft-07/schema#' });
    expect(ajv.validateSchema(agentsJsonSchema())).toBe(true);
  });

  it('describes every key', () => {
    expect(undescribed(agentsJsonSchema())).toEqual([]);
  });

  it.each([
    'voice: Puck',
    'voice: "${VOICE:-Puck}"',
    'limits: { max_call_minutes: "${MINUTES:-30}" }',
    'turn: { barge_in: "${BARGE_IN:-true}", start_sensitivity: "${START:-low}" }',
    'numbers: ["${NUMBER:-+15550002222}"]',
    'tools: [{ built_in: hang_up }, { google_search: {} }]',
    'tools: [{ name: f, description: d, http: { url: "https://x.com", query: { a: 1, b: true } } }]',
    'context: [{ caller: Hi }, { agent: Hello }, { caller: Yes }]',
    'session: { resume: true, compress: { trigger_tokens: 100000 } }',
    'labels: { team: front_desk, cost-centre: "" }',
    'safety: { harassment: off, jailbreak: "${JAILBREAK:-only_high}" }',
    'generation: { frequency_penalty: "${PENALTY:-0.5}" }',
    'tools: [{ vertex_rag: { corpus: projects/p/locations/l/ragCorpora/c } }]',
    'hours: { time_zone: UTC, weekly: { sat-mon: "22:00-02:00", wed: ["08:00-12:00", "13:00-24:00"] }, closed: { say: Hi } }',
    'tools: [{ name: "${F:-find}", description: d, http: { url: "HTTPS://x.com/{{ call.sid }}" } }]',
    'tools: [{ name: ns.f:o-o, description: d, http: { url: "${URL:-https://x.com}" } }]',
    'tools: [{ mcp: { url: "http://[::1]:80/", allow_private_hosts: ["::1", LOCALHOST, 10.0.0.1, "${HOST:-x}"] } }]',
    'after_call: { url: Http://x.com, secret: 0123456789abcdef }',
  ])('takes what the loader takes: %s', (settings) => {
    expect(problemsIn(deskWith(settings))).toEqual([]);
    expect(editorAccepts(deskWith(settings))).toBe(true);
  });

  it.each([
    'voise: Puck',
    'turn: { detection: ears }',
    'turn: { barge_in: maybe }',
    'limits: { max_call_minutes: 500 }',
    'numbers: ["555"]',
    'tools: [{ built_in: transfer }]',
    'tools: [{ module: 3 }]',
    'tools: [{ name: f, description: d }]',
    'context: [{ user: Hi }]',
    'generation: { temperature: 3 }',
    'generation: { presence_penalty: -3 }',
    'labels: { Team: desk }',
    'labels: { team: Front Desk }',
    'safety: { harassment: low }',
    'translation: { echo: true }',
    'tools: [{ vertex_rag: { corpus: c } }]',
    'hours: { time_zone: UTC, weekly: { monday: "08:00-12:00" }, closed: { say: Hi } }',
    'hours: { time_zone: UTC, weekly: { mon: "8-12" }, closed: { say: Hi } }',
    'hours: { time_zone: UTC, weekly: { mon: ["12:00-24:30"] }, closed: { say: Hi } }',
    'tools: [{ name: find day, description: d, http: { url: "https://x.com" } }]',
    'tools: [{ name: 1f, description: d, module: ./f.js }]',
    'tools: [{ name: f, description: d, http: { url: "ftp://x.com" } }]',
    'tools: [{ mcp: { url: "wss://x.com" } }]',
    'tools: [{ mcp: { url: "https://x.com", allow_private_hosts: ["*.internal"] } }]',
    'before_call: { url: "https://x.com", allow_private_hosts: ["x:80"] }',
    'after_call: { url: x.com, secret: 0123456789abcdef }',
  ])('marks what the loader refuses: %s', (settings) => {
    expect(problemsIn(deskWith(settings))).not.toEqual([]);
    expect(editorAccepts(deskWith(settings))).toBe(false);
  });

  it('leaves keys that start with x- free, and no others', () => {
    expect(editorAccepts(`x-shared: { any: thing }\n${deskWith('')}`)).toBe(true);
    expect(editorAccepts(`shared: {}\n${deskWith('')}`)).toBe(false);
  });
});

describe('the shipped example', () => {
  it('is valid on both services, without a warning, and for an editor too', async () => {
    const text = await readFile(config('agents.yaml'), 'utf8');
    for (const backend of ['gemini-api', 'vertex-ai'] as const) {
      const { agents, problems } = checkAgents(text, 'agents.yaml', { env: {}, backend });
      expect(problems).toEqual([]);
      expect(agents?.defaultAgent?.name).toBe('reception');
    }
    expect(editorAccepts(text)).toBe(true);
  });

  it('reaches the sample API where the server says it is', async () => {
    const text = await readFile(config('agents.yaml'), 'utf8');
    const { agents } = checkAgents(text, 'agents.yaml', { env: { SAMPLE_API_URL: 'http://127.0.0.1:4711/sample' } });
    const urls = agents?.defaultAgent?.tools.flatMap((tool) => ('http' in tool ? [tool.http.url] : []));
    expect(urls).toEqual([
      'http://127.0.0.1:4711/sample/hours?day={{ args.day | url_encode }}',
      'http://127.0.0.1:4711/sample/appointments',
    ]);
  });
});
