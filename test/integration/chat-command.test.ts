import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCli } from '../../src/cli/cli.js';
import { startLiveEmulator } from '../../src/emulator/live-emulator.js';
import { createScript } from '../../src/emulator/script.js';
import type { EmulatorScriptInput } from '../../src/emulator/script-schema.js';
import { createTestSpeech } from '../support/test-speech.js';

const SCRIPT: EmulatorScriptInput = {
  greeting: 'Hi.',
  replies: [
    { on: { digits: '12#' }, say: 'Keys.' },
    { on: { text: 'bye' }, say: 'Bye.', call: [{ name: 'hang_up' }] },
    { on: 'text', say: 'Yes. {{ text }}' },
  ],
};

const LEFT_OVER = 'liveline: the call had ended; lines left over: 2\n';

async function startModel(script: EmulatorScriptInput = SCRIPT) {
  const modalities: unknown[] = [];
  const model = await startLiveEmulator({
    script: createScript(script),
    speech: createTestSpeech(),
    onActivity: (activity) => {
      if (activity.type !== 'session-opened') return;
      modalities.push((activity.setup['generationConfig'] as { responseModalities: unknown }).responseModalities);
    },
  });
  return { model, modalities };
}

/** An agents file with one agent of a model. */
function agentsFile(model: string, tools: readonly object[] = []): string {
  const directory = mkdtempSync(join(tmpdir(), 'chat-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'agents.yaml');
  const agent = { model, instructions: 'Answer.', greeting: 'Greet.', tools: [{ built_in: 'hang_up' }, ...tools] };
  const disclosure = { say: 'I am a machine.' };
  // The transcript of a chat is what is read of it, whatever is kept of calls.
  writeFileSync(file, JSON.stringify({ agents: { desk: { ...agent, disclosure, transcription: { agent: false } } } }));
  return file;
}

async function chat(input: string, args: string[], env: NodeJS.ProcessEnv) {
  let [printed, complained] = ['', ''];
  const exitCode = await runCli(['chat', ...args], {
    print: (text) => (printed += text),
    complain: (text) => (complained += text),
    input: Readable.from([input]),
    env,
    isInteractive: false,
  });
  return { exitCode, complained, lines: printed.trimEnd().split('\n') };
}

describe('liveline chat', () => {
  it('reads the transcript of a model that only speaks, and ends when the agent hangs up', async () => {
    const { model, modalities } = await startModel();
    await using gemini = model;
    const config = agentsFile('gemini-3.8-live');
    const env = { GEMINI_API_KEY: 'key', GOOGLE_GEMINI_BASE_URL: gemini.url };
    const input = 'One\n\n/keys 12#\nbye\nnever given\n\nnor this\n';
    const { exitCode, complained, lines } = await chat(input, ['desk', '--config', config], env);
    expect({ exitCode, complained, modalities }).toEqual({
      exitCode: 0,
      complained: LEFT_OVER,
      modalities: [['AUDIO']],
    });
    expect(lines.filter((line) => !/^(?:tool|line)/.test(line))).toEqual([
      ...['agent   Hi.', 'caller  types “One”', 'agent   Yes.', 'agent   One'],
      ...['caller  keys 12#', 'agent   Keys.', 'caller  types “bye”', 'agent   Bye.'],
    ]);
    expect(lines.filter((line) => line.startsWith('tool')).join('\n')).toMatch(/hang_up\([^]*hang_up answers/);
    expect(lines.slice(0, 2)).toEqual([
      'line    this is desk: gemini-3.8-live, on the Gemini API',
      'line    a caller on the telephone hears first: “I am a machine.”',
    ]);
    expect(lines.at(-1)).toBe('line    ended: agent-hung-up');
  });

  it('says once how many lines were left over when the agent hung up at once', async () => {
    const { model } = await startModel({ greeting: { say: 'We are closed.', call: { name: 'hang_up' } } });
    await using gemini = model;
    const env = { GEMINI_API_KEY: 'key', GOOGLE_GEMINI_BASE_URL: gemini.url };
    const config = agentsFile('gemini-3.8-live');
    const { exitCode, complained, lines } = await chat('One\n  \nTwo\n', ['--config', config], env);
    expect({ exitCode, complained }).toEqual({ exitCode: 0, complained: LEFT_OVER });
    expect(lines.filter((line) => line.startsWith('caller'))).toEqual([]);
    expect(lines.at(-1)).toBe('line    ended: agent-hung-up');
  });

  it('does nothing that needs a telephone, and lets the agent say so', async () => {
    const { model } = await startModel({
      greeting: 'Hi.',
      replies: [
        {
          on: { text: 'everything' },
          call: [
            { name: 'transfer', args: { to: 'nurse' } },
            { name: 'send_sms', args: { text: 'Hello.' } },
            { name: 'send_digits', args: { digits: '1' } },
          ],
          failed: 'I would have done it.',
        },
        { on: { text: 'pin' }, call: { name: 'collect_digits' }, then: 'I have {{ result.digits }}.' },
        { on: { text: 'bye' }, say: 'Bye.', call: { name: 'hang_up' } },
      ],
    });
    await using gemini = model;
    const config = agentsFile('gemini-3.8-live', [
      { built_in: 'transfer', to: { nurse: '+15550005555' } },
      { built_in: 'send_sms', from: '+15550002222' },
      { built_in: 'send_digits' },
      { built_in: 'collect_digits' },
    ]);
    const env = {
      GEMINI_API_KEY: 'key',
      GOOGLE_GEMINI_BASE_URL: gemini.url,
      TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
      TWILIO_AUTH_TOKEN: 'a-token-of-nobody-00000000000000',
    };
    const input = 'everything\nmy pin\n/keys 42#\nbye\n';
    const { exitCode, complained, lines } = await chat(input, ['--config', config], env);
    expect({ exitCode, complained }).toEqual({ exitCode: 0, complained: '' });
    const refused = lines.filter((line) => line.includes('there is no telephone: nothing was done'));
    expect(refused.map((line) => /^tool +(\w+) /.exec(line)?.[1])).toEqual(['transfer', 'send_sms', 'send_digits']);
    expect(lines).toContain('agent   I would have done it.');
    expect(lines).toContain('line    keys are typed as “/keys 12#”');
    expect(lines).toContain('agent   I have 42.');
    expect(lines.at(-1)).toBe('line    ended: agent-hung-up');
  });

  it('is answered in text where the model has it, tells events as JSON, and ends with its input', async () => {
    const { model, modalities } = await startModel();
    await using vertex = model;
    const config = agentsFile('gemini-live-2.5-flash');
    const env = {
      GOOGLE_GENAI_USE_VERTEXAI: 'true',
      GOOGLE_API_KEY: 'express-key',
      GOOGLE_VERTEX_BASE_URL: vertex.url,
    };
    const { exitCode, complained, lines } = await chat('One', ['--json', '--config', config], env);
    expect({ exitCode, complained, modalities }).toEqual({ exitCode: 0, complained: '', modalities: [['TEXT']] });
    const events = lines.map((line) => JSON.parse(line) as { type: string; speaker?: string; pii?: { text: string } });
    const agent = events.filter(({ type, speaker }) => type === 'turn' && speaker === 'agent');
    expect(agent.map(({ pii }) => pii?.text)).toEqual(['Hi.', 'Yes. One']);
    expect(events.at(-1)).toMatchObject({ type: 'ended', reason: 'caller-hung-up', usage: { replies: 2 } });
  });

  it('says what is wrong', async () => {
    const config = agentsFile('gemini-3.8-live');
    expect(await chat('', ['nobody', '--config', config], {})).toMatchObject({
      exitCode: 1,
      complained: 'liveline: there is no agent "nobody"; there are: desk\n',
    });
    const { model } = await startModel({ faults: [{ at: 'setup', close: { code: 1007, reason: 'No such thing.' } }] });
    await using gemini = model;
    const env = { GEMINI_API_KEY: 'key', GOOGLE_GEMINI_BASE_URL: gemini.url };
    const failed = await chat('One\n', ['--config', config], env);
    expect(failed.exitCode).toBe(1);
    expect(failed.complained).toContain('No such thing.');
  });
});
