import { afterEach, describe, expect, it } from 'vitest';
import type { LiveEmulator } from '../../../src/emulator/live-emulator.js';
import type { EmulatorScriptInput } from '../../../src/emulator/script-schema.js';
import { LiveClient, VERTEX_PATH } from '../../support/live-client.js';
import { startScriptedEmulator } from '../../support/scripted-emulator.js';

const HALF_CASCADE = { model: 'models/gemini-live-2.5-flash-preview' };
const ON_VERTEX = { model: 'publishers/google/models/gemini-live-2.5-flash' };

let emulator: LiveEmulator;

async function start(script: EmulatorScriptInput = {}): Promise<void> {
  ({ emulator } = await startScriptedEmulator(script));
}

afterEach(async () => {
  await emulator[Symbol.asyncDispose]();
});

describe('what the service does by itself', () => {
  const script: EmulatorScriptInput = {
    replies: [
      {
        code: { python: 'print(6 * 7)', output: '42\n' },
        say: 'It is 42.',
        grounding: {
          queries: ['the answer'],
          sources: [
            { title: 'a.example', uri: 'https://a.example' },
            { kind: 'place', title: 'A' },
            { kind: 'document', uri: 'gs://a' },
          ],
          pages: [{ uri: 'https://b.example' }, { uri: 'https://c.example', read: false }],
        },
      },
    ],
  };

  async function asked(tools: object[]) {
    await start(script);
    const client = await LiveClient.open(emulator.url, { ...HALF_CASCADE, tools });
    client.say('What is it?');
    await client.untilContent('turnComplete');
    return client;
  }

  it('is told with the reply: the program first, and the sources before its end', async () => {
    await using client = await asked([{ googleSearch: {} }, { codeExecution: {} }]);
    const order = client.order.filter((key) => /Metadata|modelTurn|Complete/.test(key));
    expect(order.slice(0, 3)).toEqual(['setupComplete', 'modelTurn', 'modelTurn']);
    expect(client.contents('modelTurn').slice(0, 2)).toEqual([
      { parts: [{ executableCode: { language: 'PYTHON', code: 'print(6 * 7)' } }] },
      { parts: [{ codeExecutionResult: { outcome: 'OUTCOME_OK', output: '42\n' } }] },
    ]);
    expect(order.slice(-5)).toEqual([
      'groundingMetadata',
      'urlContextMetadata',
      'generationComplete',
      'turnComplete',
      'usageMetadata',
    ]);
    expect(client.contents('groundingMetadata')).toEqual([
      {
        webSearchQueries: ['the answer'],
        groundingChunks: [
          { web: { title: 'a.example', uri: 'https://a.example' } },
          { maps: { title: 'A' } },
          { retrievedContext: { uri: 'gs://a' } },
        ],
      },
    ]);
    expect(client.contents('urlContextMetadata')).toEqual([
      {
        urlMetadata: [
          { retrievedUrl: 'https://b.example', urlRetrievalStatus: 'URL_RETRIEVAL_STATUS_SUCCESS' },
          { retrievedUrl: 'https://c.example', urlRetrievalStatus: 'URL_RETRIEVAL_STATUS_ERROR' },
        ],
      },
    ]);
  });

  it('is left out where the session has not the tools for it', async () => {
    await using searching = await asked([{ googleSearch: {} }]);
    expect(JSON.stringify(searching.messages)).not.toContain('executableCode');
    expect(searching.contents('groundingMetadata')).toHaveLength(1);
    await emulator[Symbol.asyncDispose]();
    await using bare = await asked([]);
    expect(JSON.stringify(bare.messages)).not.toMatch(/executableCode|groundingMetadata/);
  });
});

describe('a list of tools', () => {
  const f = { functionDeclarations: [{ name: 'f' }] };
  const VERTEX_3_8 = { model: 'publishers/google/models/gemini-3.8-live' };

  it.each<[string, Record<string, unknown>, object[], string?]>([
    ['a tool that the model has not', {}, [{ codeExecution: {} }]],
    ['a tool that only the other service has', {}, [{ retrieval: { vertexRagStore: {} } }]],
    ['files on Vertex AI', ON_VERTEX, [{ fileSearch: {} }], VERTEX_PATH],
    [
      'a search beside functions, where it excludes them',
      { model: 'publishers/google/models/gemini-2.0-flash-live-preview-04-09' },
      [f, { googleSearch: {} }],
      VERTEX_PATH,
    ],
    ['functions of a translator', { model: 'models/gemini-3.5-live-translate-preview' }, [f]],
    ['a function that never blocks', { model: 'models/gemini-3.1-flash-live-preview' }, [withBehavior('NON_BLOCKING')]],
    ['a function that blocks', { model: 'models/gemini-3.8-live-extended-thinking' }, [withBehavior('BLOCKING')]],
  ])('is refused for %s', async (_what, setup, tools, path) => {
    await start();
    await expect(LiveClient.open(emulator.url, { ...setup, tools }, path)).rejects.toThrow('closed 1007');
  });

  it('is refused in mid-session as in the beginning', async () => {
    await start();
    await using client = await LiveClient.open(emulator.url, VERTEX_3_8, VERTEX_PATH);
    client.send({ contextUpdate: { tools: { tools: [{ codeExecution: {} }] } } });
    expect((await client.untilClosed()).code).toBe(1007);
  });

  it('may have what the model has, and what nobody told us about', async () => {
    await start();
    const tools = [f, { googleSearch: {} }, { retrieval: { vertexAiSearch: { datastore: 'd' } } }, { brandNew: {} }];
    await using client = await LiveClient.open(emulator.url, { ...VERTEX_3_8, tools }, VERTEX_PATH);
    expect(client.closed).toBeUndefined();
  });

  function withBehavior(behavior: string) {
    return { functionDeclarations: [{ name: 'f', behavior }] };
  }
});

describe('a function call', () => {
  const script: EmulatorScriptInput = {
    replies: [{ call: [{ name: 'f', args: { day: 'monday', count: 2 } }, { name: 'f' }], then: 'Done.' }],
  };
  const tools = [{ functionDeclarations: [{ name: 'f' }] }];

  it('is written as code first by a half-cascade model on the Gemini API', async () => {
    await start(script);
    await using client = await LiveClient.open(emulator.url, { ...HALF_CASCADE, tools });
    client.say('go');
    await client.untilA('toolCall');
    expect(client.contents('modelTurn')).toEqual([
      {
        parts: [
          {
            executableCode: {
              language: 'PYTHON',
              code: 'print(default_api.f(day="monday", count=2))\nprint(default_api.f())',
            },
          },
        ],
      },
    ]);
  });

  it.each([
    ['on Vertex AI', ON_VERTEX, VERTEX_PATH],
    ['by any other model', {}, undefined],
  ])('is not %s', async (_where, setup, path) => {
    await start(script);
    await using client = await LiveClient.open(emulator.url, { ...setup, tools }, path);
    client.say('go');
    await client.untilA('toolCall');
    expect(client.contents('modelTurn')).toEqual([]);
  });

  it('is made again under another id when it was called off and the script says so', async () => {
    await start({ ...script, faults: [{ at: 'tool_call', delay_ms: 20, cancel: 'repeat' }] });
    const blocking = [{ functionDeclarations: [{ name: 'f', behavior: 'BLOCKING' }] }];
    await using client = await LiveClient.open(emulator.url, { outputAudioTranscription: {}, tools: blocking });
    client.say('go');
    await client.until(() => client.all('toolCall').length === 2);
    const [first, again] = client.all('toolCall').map(({ functionCalls }) => functionCalls as { id: string }[]);
    expect(client.all('toolCallCancellation')).toEqual([{ ids: first?.map(({ id }) => id) }]);
    expect(again?.map((call) => ({ ...call, id: '' }))).toEqual(first?.map((call) => ({ ...call, id: '' })));
    const functionResponses = again?.map(({ id }) => ({ id, name: 'f', response: {} }));
    client.send({ toolResponse: { functionResponses } });
    await client.untilContent('turnComplete');
    expect(client.transcript('outputTranscription')).toBe('Done.');
  });
});

describe('the caller’s transcript', () => {
  const options = { wordTimestamp: true, diarization: true };

  it('has word times and speakers where they are asked for', async () => {
    await start({ replies: [{ on: 'speech', heard: 'One two three four.' }] });
    await using client = await LiveClient.open(emulator.url, {
      inputAudioTranscription: options,
      realtimeInputConfig: { automaticActivityDetection: { disabled: true } },
    });
    client.send({ realtimeInput: { activityStart: {} } });
    client.send({ realtimeInput: { activityEnd: {} } });
    await client.untilContent('inputTranscription', 2);
    expect(client.contents('inputTranscription')).toEqual([
      {
        text: 'One two three',
        speakerLabel: 'spk_1',
        words: [
          { word: 'One', startOffset: '0s', endOffset: '0.3s' },
          { word: 'two', startOffset: '0.3s', endOffset: '0.6s' },
          { word: 'three', startOffset: '0.6s', endOffset: '0.9s' },
        ],
      },
      { text: ' four.', speakerLabel: 'spk_1', words: [{ word: 'four.', startOffset: '0.9s', endOffset: '1.2s' }] },
    ]);
  });

  it('takes no options from a model that has none', async () => {
    await start();
    const setup = { model: 'models/gemini-3.1-flash-live-preview', inputAudioTranscription: options };
    await expect(LiveClient.open(emulator.url, setup)).rejects.toThrow('closed 1007');
  });
});
