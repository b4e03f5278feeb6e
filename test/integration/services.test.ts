import { appendFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { startLiveEmulator } from '../../src/emulator/live-emulator.js';
import { createScript } from '../../src/emulator/script.js';
import { startTestLine } from '../support/liveline.js';
import { createTestSpeech } from '../support/test-speech.js';

const AGENTS = `
agents:
  reception:
    default: true
    model: gemini-live-2.5-flash-native-audio
    instructions: You answer the phone.
    greeting: Greet the caller.
`;

describe('a call to Vertex AI', () => {
  it('is the same call, in express mode and with a project', async () => {
    await using vertex = await startLiveEmulator({
      script: createScript({ greeting: 'Hello from Vertex.' }),
      speech: createTestSpeech(),
    });
    await using line = await startTestLine({
      agents: AGENTS,
      server: { model: { kind: 'vertex-ai', apiKey: 'express-key', baseUrl: vertex.url } },
    });
    await using phone = line.call();
    await phone.waitFor('agent-audio', ({ phase }) => phase === 'ended');
    expect(vertex.totalSessions).toBe(1);
    expect(await line.waitFor('turn', ({ speaker }) => speaker === 'agent')).toMatchObject({
      pii: { text: 'Hello from Vertex.' },
    });
    expect((await line.waitFor('usage')).usage.responseTokens).toBeGreaterThan(0);
  });
});

describe('a changed agents file', () => {
  it('answers new calls; a broken one is reported and the old one stays', async () => {
    await using line = await startTestLine({
      agents: AGENTS.replace('gemini-live-2.5-flash-native-audio', 'gemini-3.8-live'),
      script: { greeting: 'Hello.' },
    });
    const agents = async () =>
      ((await (await fetch(`${line.server.url}/api/line`)).json()) as { agents: { name: string }[] }).agents.map(
        ({ name }) => name,
      );
    await appendFile(line.agentsFile, '  sales: { instructions: You sell. }\n');
    await expect.poll(agents, { timeout: 10_000 }).toEqual(['reception', 'sales']);
    await writeFile(line.agentsFile, 'agents: { reception: { instruction: oops } }\n');
    await expect.poll(() => line.logged.join(''), { timeout: 10_000 }).toContain('instruction');
    expect(await agents()).toEqual(['reception', 'sales']);
  });
});
