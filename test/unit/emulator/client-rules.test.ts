import { afterEach, describe, expect, it } from 'vitest';
import type { LiveEmulator } from '../../../src/emulator/live-emulator.js';
import { GEMINI_PATH, LiveClient } from '../../support/live-client.js';
import { startScriptedEmulator } from '../../support/scripted-emulator.js';

let emulator: LiveEmulator;

async function start(): Promise<void> {
  ({ emulator } = await startScriptedEmulator({ replies: [{ say: 'Hi.' }] }));
}

afterEach(async () => {
  await emulator[Symbol.asyncDispose]();
  expect(emulator.sessions).toBe(0);
});

/** How a session ends whose client begins with these messages. */
async function closeAfter(messages: readonly (string | object)[]): Promise<string> {
  await using client = new LiveClient(`${emulator.url.replace('http', 'ws')}${GEMINI_PATH}`);
  client.socket.on('open', () => {
    for (const message of messages) client.send(message);
  });
  const { code, reason } = await client.untilClosed();
  return `${code} ${reason}`;
}

function setup(more: object = {}): object {
  return { setup: { model: 'models/gemini-3.8-live', ...more } };
}

describe('a client that breaks the rules', () => {
  const content = { clientContent: { turnComplete: true } };
  const manual = { realtimeInputConfig: { automaticActivityDetection: { disabled: true } } };
  const tool = (declaration: object) => ({ tools: [{ functionDeclarations: [declaration] }] });

  it.each<[string, readonly (string | object)[], string]>([
    ['no JSON', ['{"setup":'], '1007 Invalid JSON payload received. Unexpected token.'],
    ['no object', ['[]'], '1007 Invalid JSON payload received. Expected an object.'],
    ['nothing in it', [{}], '1007 Request contains an invalid argument.'],
    ['two messages in one', [{ ...setup(), ...content }], '1007 Request contains an invalid argument.'],
    [
      'an unknown message',
      [{ hello: {} }],
      '1007 Invalid JSON payload received. Unknown name "hello": Cannot find field.',
    ],
    [
      'an unknown setting',
      [setup({ generation_config: { stop_sequences: ['a'] } })],
      `1007 Invalid JSON payload received. Unknown name "stopSequences" at 'setup.generationConfig': Cannot find field.`,
    ],
    [
      'a wrong type',
      [setup({ generationConfig: { topK: 'many' } })],
      "1007 Invalid value at 'setup.generationConfig.topK'",
    ],
    ['no setup first', [content], '1007 Request contains an invalid argument.'],
    ['something before setupComplete', [setup(), content], '1007 Request contains an invalid argument.'],
    [
      'a model in the wrong form',
      [{ setup: { model: 'gemini-3.8-live' } }],
      '1007 Request contains an invalid argument.',
    ],
    [
      'an unknown model',
      [{ setup: { model: 'models/gemini-9' } }],
      '1008 models/gemini-9 is not found for API version v1beta, or is not supported for bidiGenerateContent.',
    ],
    [
      'two modalities',
      [setup({ generationConfig: { responseModalities: ['TEXT', 'AUDIO'] } })],
      '1007 Request contains an invalid argument.',
    ],
    [
      'text from a model that speaks',
      [setup({ generationConfig: { responseModalities: ['TEXT'] } })],
      '1007 Request contains an invalid argument.',
    ],
    [
      'a voice for text',
      [
        setup({
          model: 'models/gemini-2.0-flash-live-001',
          generationConfig: {
            responseModalities: ['TEXT'],
            speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Kore' } } },
          },
        }),
      ],
      '1007 Cannot extract voices from a non-audio request.',
    ],
    [
      'thinking where there is none',
      [setup({ generationConfig: { thinkingConfig: { thinkingBudget: 0 } } })],
      '1007 Thinking is not supported by this model.',
    ],
    [
      'transparent resumption',
      [setup({ sessionResumption: { transparent: true } })],
      '1007 Request contains an invalid argument.',
    ],
    [
      'an unknown handle',
      [setup({ sessionResumption: { handle: 'h' } })],
      '1007 Request contains an invalid argument.',
    ],
    [
      'no proactivity',
      [setup({ proactivity: { proactiveAudio: false } })],
      '1007 Request contains an invalid argument.',
    ],
    [
      'compression to more than triggers it',
      [setup({ contextWindowCompression: { triggerTokens: '10', slidingWindow: { targetTokens: '10' } } })],
      '1007 Request contains an invalid argument.',
    ],
    [
      'a function that may not block',
      [setup({ model: 'models/gemini-3.1-flash-live-preview', ...tool({ name: 'f', behavior: 'NON_BLOCKING' }) })],
      '1007 Request contains an invalid argument.',
    ],
    [
      'a $ref in a function',
      [setup(tool({ name: 'f', parameters: { type: 'OBJECT', $ref: 'x' } }))],
      `1007 Invalid JSON payload received. Unknown name "$ref" at 'setup.tools.0.functionDeclarations.0.parameters': Cannot find field.`,
    ],
  ])('is closed on: %s', async (_, messages, close) => {
    await start();
    expect(await closeAfter(messages)).toBe(close);
  });

  it.each<[string, object, object]>([
    ['a second setup', {}, setup()],
    ['manual activity without manual mode', {}, { realtimeInput: { activityStart: {} } }],
    ['audioStreamEnd in manual mode', manual, { realtimeInput: { audioStreamEnd: true } }],
    ['audio of another kind', {}, { realtimeInput: { audio: { data: '', mimeType: 'audio/mulaw' } } }],
    ['a picture of another kind', {}, { realtimeInput: { video: { data: 'AAAA', mimeType: 'image/gif' } } }],
    ['an empty picture', {}, { realtimeInput: { video: { data: '', mimeType: 'image/png' } } }],
    [
      'a picture for a model that sees none',
      { model: 'models/gemini-3.5-live-translate-preview' },
      { realtimeInput: { video: { data: 'AAAA', mimeType: 'image/png' } } },
    ],
    ['a system turn', {}, { clientContent: { turns: [{ role: 'system', parts: [] }] } }],
  ])('is closed on in a session: %s', async (_, settings, message) => {
    await start();
    await using client = await LiveClient.open(emulator.url, settings);
    client.send(message);
    expect((await client.untilClosed()).code).toBe(1007);
  });

  it('by mediaChunks is told so by newer models, and taken by others', async () => {
    await start();
    const chunk = { realtimeInput: { mediaChunks: [{ data: 'AAAA', mimeType: 'audio/pcm;rate=16000' }] } };
    await using older = await LiveClient.open(emulator.url, { model: 'models/gemini-2.0-flash-live-001' });
    older.send(chunk);
    older.say('Still there?');
    await older.untilContent('turnComplete');
    await using newer = await LiveClient.open(emulator.url);
    newer.send(chunk);
    expect(await newer.untilClosed()).toEqual({
      code: 1007,
      reason: 'realtime_input.media_chunks is deprecated. Use audio, video, or text instead.',
    });
  });
});
