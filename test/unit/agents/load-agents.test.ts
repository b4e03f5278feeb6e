import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadAgents } from '../../../src/agents/load-agents.js';
import { routeAgent } from '../../../src/agents/route-agent.js';
import { ConfigError } from '../../../src/errors.js';
import { DEFAULT_MODEL } from '../../../src/models/profiles.js';
import { agentsIn, deskWith, problemsIn } from '../../support/agents-file.js';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'liveline-'));
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

async function fileOf(text: string): Promise<string> {
  const file = join(directory, `${crypto.randomUUID()}.yaml`);
  await writeFile(file, text);
  return file;
}

async function failureOf(file: string): Promise<unknown> {
  return loadAgents(file, { env: {} }).catch((error: unknown) => error);
}

describe('an agent', () => {
  it('needs nothing but instructions', () => {
    expect(agentsIn(deskWith(''))).toEqual([
      {
        name: 'desk',
        sounds: new Map(),
        default: false,
        numbers: [],
        block: [],
        outbound: { deny: [], speak_first: true, machine: 'hang_up', ring_timeout_s: 30 },
        model: DEFAULT_MODEL,
        voice: 'Kore',
        modality: 'audio',
        instructions: 'Answer the phone.',
        fallback: { say: 'We cannot take your call right now. Please try again later.', language: 'en-US' },
        transcription: { caller: true, agent: true },
        turn: { detection: 'model', barge_in: true, tell_cut_off: false, protect_greeting: true },
        session: {},
        generation: {},
        dtmf: 'to_model',
        context: [],
        health: {
          watch: true,
          no_answer_s: 8,
          stall_s: 3,
          turn_end_s: 10,
          empty_turns: 3,
          rejected_turns: 2,
          silent_replies: 1,
          continue_cut_sentences: false,
        },
        limits: { max_call_minutes: 30 },
        tools: [],
      },
    ]);
  });

  it('takes from defaults what it does not say itself', () => {
    const [a, b] = agentsIn(`
defaults:
  voice: Puck
  instructions: Be brief.
  turn: { silence_ms: 500, barge_in: false }
  tools: [built_in: hang_up]
agents:
  a: { default: true }
  b: { voice: Kore, turn: { silence_ms: 800 }, tools: [] }
`);
    expect(a).toMatchObject({
      voice: 'Puck',
      instructions: 'Be brief.',
      turn: { silence_ms: 500, barge_in: false },
      tools: [{ built_in: 'hang_up' }],
    });
    expect(b).toMatchObject({ voice: 'Kore', turn: { silence_ms: 800, barge_in: false }, tools: [] });
  });

  it('takes thinking whole, for its two forms exclude each other', () => {
    const [a] = agentsIn(`
defaults: { thinking: { level: low } }
agents:
  a: { instructions: Hi, model: gemini-live-2.5-flash-native-audio, thinking: { budget: 0 } }
`);
    expect(a?.thinking).toEqual({ budget: 0 });
  });

  it('may share settings by anchors and merges', () => {
    const [a] = agentsIn('x-quiet: &quiet { voice: Puck }\nagents:\n  a: { <<: *quiet, instructions: Hi }\n');
    expect(a?.voice).toBe('Puck');
  });

  it('points at what is missing beside what defaults gave', () => {
    const text = 'defaults: { fallback: { language: de-DE } }\nagents:\n  a: { instructions: Hi }\n';
    expect(problemsIn(text)).toEqual(['agents.yaml:1:13 agents.a.fallback: `say` is missing']);
  });

  it('points into its own list where defaults have a longer one', () => {
    const text = `
defaults:
  tools: [{ name: f, description: d, http: { url: "https://example.com" } }]
agents:
  a:
    instructions: Hi
    tools: [{ name: f, description: d, http: {} }]
`;
    expect(problemsIn(text)).toEqual(['agents.yaml:7:40 agents.a.tools[0].http: `url` is missing']);
  });

  it('declares a function with empty parameters as one without', () => {
    const [agent] = agentsIn(
      deskWith(
        'tools: [{ name: f, description: d, parameters: { type: object, properties: {} }, http: { url: "https://x.com" } }]',
      ),
    );
    expect(agent?.tools).toEqual([
      {
        name: 'f',
        description: 'd',
        http: {
          method: 'GET',
          url: 'https://x.com',
          headers: {},
          query: {},
          timeout_ms: 5000,
          allow_private_hosts: [],
        },
      },
    ]);
  });
});

describe('a call', () => {
  const TWO = `
agents:
  desk: { instructions: Hi, numbers: ["+15550002222"] }
  night: { instructions: Hi, default: true, numbers: ["+15550003333"] }
`;

  it.each([
    [{ name: 'desk', calledNumber: '+15550003333' }, 'desk'],
    [{ calledNumber: '+15550002222' }, 'desk'],
    [{ calledNumber: '+15550009999' }, 'night'],
    [{ calledNumber: 'sip:desk@example.com' }, 'night'],
    [{}, 'night'],
    [{ name: 'nobody', calledNumber: '+15550002222' }, undefined],
  ])('for %o is taken by %s', async (wanted, name) => {
    const loaded = await loadAgents(await fileOf(TWO), { env: {} });
    expect(routeAgent(loaded, wanted)?.name).toBe(name);
  });

  it('is taken by the only agent there is', async () => {
    const loaded = await loadAgents(await fileOf(deskWith('')), { env: {} });
    expect(loaded.defaultAgent?.name).toBe('desk');
  });

  it('is taken by nobody where several agents are and none is the default', async () => {
    const loaded = await loadAgents(await fileOf(TWO.replace('default: true, ', '')), { env: {} });
    expect(routeAgent(loaded, { calledNumber: '+15550009999' })).toBeUndefined();
    expect(loaded.warnings).toMatchObject([{ severity: 'warning', line: 2, column: 1 }]);
  });
});

describe('a file that cannot be used', () => {
  it('is refused with every error, a line each, and the position of the first', async () => {
    const file = await fileOf(deskWith('voice: kore\nlanguage: en-US\nlanguge: x\ntemperature: 1'));
    const error = await failureOf(file);
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toMatchObject({
      code: 'CONFIG_INVALID',
      detail: [
        `${file} cannot be used:`,
        `  ${file}:4:12 agents.desk.voice: \`kore\` is not a voice of ${DEFAULT_MODEL} (did you mean \`Kore\`?)`,
        `  ${file}:6:5 agents.desk: unknown key \`languge\` (did you mean \`language\`?)`,
        `  ${file}:7:5 agents.desk: \`temperature\` belongs under \`generation\``,
      ].join('\n'),
      position: { file, line: 4, column: 12 },
    });
  });

  it('is refused in a bounded message, however much is wrong', async () => {
    const file = await fileOf(deskWith(Array.from({ length: 300 }, (_, index) => `k${index}: 1`).join('\n')));
    const { detail } = (await failureOf(file)) as ConfigError;
    expect(detail.split('\n')).toHaveLength(52);
    expect(detail.endsWith('  … and 250 more')).toBe(true);
  });

  it('is refused when it is not there, is a directory, or is no text that people write', async () => {
    const missing = join(directory, 'missing.yaml');
    const large = await fileOf('#'.repeat(1024 * 1024 + 1));
    expect(await failureOf(missing)).toMatchObject({
      code: 'CONFIG_UNREADABLE',
      detail: `cannot read the agents file ${missing}: there is no such file`,
    });
    expect(await failureOf(directory)).toMatchObject({ code: 'CONFIG_UNREADABLE' });
    expect(await failureOf(large)).toMatchObject({ code: 'CONFIG_UNREADABLE' });
  });

  it('is refused when aliases would unfold without end', () => {
    const bomb = ['x0: &x0 [a, a, a, a, a, a, a, a, a, a]'];
    for (let level = 1; level < 8; level += 1) {
      const previous = `*x${level - 1}`;
      bomb.push(`x${level}: &x${level} [${Array.from({ length: 10 }, () => previous).join(', ')}]`);
    }
    expect(problemsIn(bomb.join('\n'))).toEqual(['agents.yaml:1:1 too many aliases']);
  });
});
