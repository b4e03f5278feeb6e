import { expect, it } from 'vitest';
import { startLiveEmulator } from '../../src/emulator/live-emulator.js';
import { createScript } from '../../src/emulator/script.js';
import { startTestLine } from '../support/liveline.js';
import { createTestSpeech } from '../support/test-speech.js';

const AGENTS = `
prices:
  as_of: 2026-11-20
  currency: EUR
  models:
    gemini-live-2.5-flash-native-audio: { prompt: { text: 1, audio: 1 }, response: { audio: 10 } }
agents:
  reception:
    default: true
    model: gemini-live-2.5-flash-native-audio
    instructions: You answer the phone.
    greeting: Greet the caller.
    tools: [{ built_in: hang_up }]
`;

it('a call’s tokens are counted once, however often the service reports them, and priced', async () => {
  const spokenMs: number[] = [];
  await using vertex = await startLiveEmulator({
    script: createScript({
      greeting: 'Hello.',
      replies: [{ on: 'text', say: 'Goodbye.', call: [{ name: 'hang_up' }] }],
      wire: { usage: 'alone' },
      faults: [
        // A first report while the reply is being made, and the last one a second time.
        { at: 'audio', audio_ms: 200, times: 'always', send: { usageMetadata: { promptTokenCount: 1 } } },
        { at: 'turn_complete', times: 'always', repeat: true },
      ],
    }),
    speech: createTestSpeech(),
    onActivity: (activity) => {
      if (activity.type === 'turn-completed') spokenMs.push(activity.spokenMs);
    },
  });
  await using line = await startTestLine({
    agents: AGENTS,
    server: { model: { kind: 'vertex-ai', apiKey: 'express-key', baseUrl: vertex.url } },
  });
  await using phone = line.call();
  await line.waitFor('turn');
  await line.say('Goodbye.');
  const { usage } = await line.waitFor('ended');
  await phone.ended;

  expect(spokenMs).toHaveLength(2);
  const responseTokens = spokenMs.reduce((sum, ms) => sum + Math.round(ms / 40), 0);
  expect(usage).toMatchObject({
    replies: 2,
    responseTokens,
    responseByModality: { AUDIO: responseTokens },
    trafficTypes: { ON_DEMAND: 2 },
  });
  const reports = new Map(
    line.events.flatMap((event) => (event.type === 'usage' ? [[event.reply, event.usage] as const] : [])),
  );
  const promptTokens = [...reports.values()].reduce((sum, report) => sum + report.promptTokens, 0);
  expect(usage?.promptTokens).toBe(promptTokens);
  expect(usage?.cost).toEqual({
    amount: (promptTokens + 10 * responseTokens) / 1_000_000,
    currency: 'EUR',
    asOf: '2026-11-20',
    unpricedTokens: 0,
  });
});
