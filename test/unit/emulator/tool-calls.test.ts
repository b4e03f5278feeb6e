import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LiveEmulator } from '../../../src/emulator/live-emulator.js';
import type { LiveActivity } from '../../../src/emulator/activity.js';
import type { EmulatorScriptInput } from '../../../src/emulator/script-schema.js';
import { LiveClient, VERTEX_PATH } from '../../support/live-client.js';
import { startScriptedEmulator } from '../../support/scripted-emulator.js';
import { silence, speechLike } from '../../support/sounds.js';

const VERTEX_MODEL = 'publishers/google/models/gemini-live-2.5-flash-native-audio';

let emulator: LiveEmulator;
let activities: LiveActivity[];

async function start(script: EmulatorScriptInput): Promise<void> {
  ({ emulator, activities } = await startScriptedEmulator(script));
}

beforeEach(() => {
  activities = [];
});

afterEach(async () => {
  await emulator[Symbol.asyncDispose]();
});

function withTools(...declarations: (string | Record<string, unknown>)[]) {
  const functionDeclarations = declarations.map((tool) => (typeof tool === 'string' ? { name: tool } : tool));
  return { tools: [{ functionDeclarations }] };
}

describe('function calls', () => {
  const script: EmulatorScriptInput = {
    replies: [
      {
        on: { text: 'both' },
        call: [{ name: 'a', args: { n: 1 } }, { name: 'b' }],
        then: '{{ results[0] }} and {{ results[1].x }}.',
        failed: 'It failed: {{ error }}.',
      },
      { on: { text: 'talk' }, say: 'So.' },
      { on: 'speech', say: 'Heard.' },
    ],
  };

  async function callBoth(setup: Record<string, unknown>, path?: string) {
    await start(script);
    const client = await LiveClient.open(emulator.url, { outputAudioTranscription: {}, ...setup }, path);
    client.say('both');
    await client.untilA('toolCall');
    const calls = client.all('toolCall')[0]!['functionCalls'] as {
      id: string;
      name: string;
    }[];
    const answer = (index: number, response: unknown, more: object = {}) =>
      client.send({ toolResponse: { functionResponses: [{ ...calls[index], args: undefined, response, ...more }] } });
    return { client, calls, answer };
  }

  const GEMINI_3_1 = {
    model: 'models/gemini-3.1-flash-live-preview',
    historyConfig: { initialHistoryInClientContent: true },
  };
  const blocking = withTools({ name: 'a', behavior: 'BLOCKING' }, { name: 'b', behavior: 'BLOCKING' });

  it('that block keep the turn open until all are answered', async () => {
    const { client, calls, answer } = await callBoth(blocking);
    await using _ = client;
    expect(calls).toEqual([
      { id: expect.any(String), name: 'a', args: { n: 1 } },
      { id: expect.any(String), name: 'b', args: {} },
    ]);
    answer(1, { x: 'two' });
    answer(0, { output: 'one' });
    await client.untilContent('turnComplete');
    expect(client.transcript('outputTranscription')).toBe('one and two.');
    expect(client.contents('turnComplete')).toHaveLength(1);
  });

  it('that block end their turn first on 2.x', async () => {
    const { client, answer } = await callBoth({ model: VERTEX_MODEL, ...withTools('a', 'b') }, VERTEX_PATH);
    await using _ = client;
    await client.untilContent('turnComplete');
    answer(0, { output: 'one' });
    answer(1, { error: 'broken' });
    await client.untilContent('turnComplete', 2);
    expect(client.transcript('outputTranscription')).toBe('It failed: broken.');
  });

  it('that block are called off by speech, and a late answer is dropped', async () => {
    const { client, calls, answer } = await callBoth(blocking);
    await using _ = client;
    client.sendAudio(speechLike(300));
    await client.untilA('toolCallCancellation');
    answer(0, { output: 'one' });
    client.sendAudio(silence(800));
    await client.untilContent('turnComplete', 2);
    const cancelled = client.all('toolCallCancellation')[0]!['ids'] as string[];
    expect(cancelled).toEqual(calls.map(({ id }) => id));
    expect(client.transcript('outputTranscription')).toBe('Heard.');
    expect(activities).toContainEqual({ type: 'tool-answered', name: 'a', response: { output: 'one' }, dropped: true });
  });

  it('that do not block end their turn, and are spoken of when nobody speaks', async () => {
    const { client, answer } = await callBoth(withTools('a', 'b'));
    await using _ = client;
    await client.untilContent('turnComplete');
    client.say('talk');
    await client.untilContent('modelTurn');
    answer(0, { output: 'one' });
    answer(1, { x: 'two' });
    await client.untilContent('turnComplete', 3);
    expect(client.transcript('outputTranscription')).toBe('So.one and two.');
    expect(client.contents('interrupted')).toEqual([]);
  });

  it.each([
    ['INTERRUPT', 'So.one and two.', 1],
    ['SILENT', 'So.', 0],
  ])('that do not block follow their scheduling: %s', async (scheduling, transcript, interruptions) => {
    const { client, answer } = await callBoth(withTools('a', 'b'));
    await using _ = client;
    await client.untilContent('turnComplete');
    client.say('talk');
    await client.untilContent('modelTurn');
    answer(0, { output: 'one' }, { scheduling });
    answer(1, { x: 'two' }, { scheduling });
    await client.untilContent('turnComplete', 2 + interruptions);
    expect(client.transcript('outputTranscription')).toBe(transcript);
    expect(client.contents('interrupted')).toHaveLength(interruptions);
  });

  it('that do not block wait for a caller who speaks; a second-generation model talks over them', async () => {
    const answerWhileSpeaking = async (model: string) => {
      const declared = withTools({ name: 'a', behavior: 'NON_BLOCKING' }, { name: 'b', behavior: 'NON_BLOCKING' });
      const { client, answer } = await callBoth({ model, ...declared });
      await client.untilContent('turnComplete');
      client.sendAudio(speechLike(300));
      answer(0, { output: 'one' }, { scheduling: 'INTERRUPT' });
      answer(1, { x: 'two' }, { scheduling: 'INTERRUPT' });
      client.socket.ping();
      await once(client.socket, 'pong');
      const spokeBefore = client.contents('modelTurn').length > 0;
      client.sendAudio(silence(800));
      await client.untilContent('turnComplete', 3);
      await client[Symbol.asyncDispose]();
      await emulator[Symbol.asyncDispose]();
      return spokeBefore;
    };
    expect(await answerWhileSpeaking('models/gemini-3.8-live')).toBe(false);
    expect(await answerWhileSpeaking('models/gemini-2.5-flash-native-audio-preview-12-2025')).toBe(true);
    await start(script);
  });

  it('that do not block may be answered in pieces, each spoken of by its scheduling', async () => {
    await start({
      replies: [{ call: { name: 'a' }, meanwhile: 'So far {{ result }}.', then: 'In the end {{ result }}.' }],
    });
    await using client = await LiveClient.open(emulator.url, { outputAudioTranscription: {}, ...withTools('a') });
    client.say('go');
    await client.untilContent('turnComplete');
    const [{ id }] = client.all('toolCall')[0]!['functionCalls'] as [{ id: string }];
    const piece = (output: number, more: object) =>
      client.send({ toolResponse: { functionResponses: [{ id, name: 'a', response: { output }, ...more }] } });
    piece(1, { willContinue: true });
    await client.untilContent('turnComplete', 2);
    piece(2, { willContinue: true, scheduling: 'SILENT' });
    piece(3, { willContinue: false });
    await client.untilContent('turnComplete', 3);
    expect(client.transcript('outputTranscription')).toBe('So far 1.In the end 3.');
    expect(client.contents('interactionStatus')).toEqual(['IN_PROGRESS', 'IN_PROGRESS', 'IDLE']);
    expect(activities.filter(({ type }) => type === 'tool-answered')).toEqual([
      { type: 'tool-answered', name: 'a', response: { output: 1 }, dropped: false, willContinue: true },
      { type: 'tool-answered', name: 'a', response: { output: 2 }, dropped: false, willContinue: true },
      { type: 'tool-answered', name: 'a', response: { output: 3 }, dropped: false },
    ]);
  });

  it('that block end their turn first where the script wants it', async () => {
    await start({ ...script, wire: { call_ends_turn: true } });
    await using other = await LiveClient.open(emulator.url, blocking);
    other.say('both');
    await other.untilContent('turnComplete');
    expect(other.order.indexOf('toolCall')).toBeLessThan(other.order.indexOf('turnComplete'));
  });

  it('are matched by name where the answer has no id', async () => {
    const { client } = await callBoth(blocking);
    await using _ = client;
    client.send({
      toolResponse: {
        functionResponses: [
          { name: 'b', response: { x: 2 } },
          { name: 'a', response: { output: 1 } },
        ],
      },
    });
    await client.untilContent('turnComplete');
    expect(client.transcript('outputTranscription')).toMatch(/and/);
  });

  it('that were never made cannot be answered', async () => {
    const { client } = await callBoth(blocking);
    await using _ = client;
    client.send({ toolResponse: { functionResponses: [{ id: 'x', name: 'a', response: {} }] } });
    expect(await client.untilClosed()).toEqual({ code: 1008, reason: 'Requested entity was not found.' });
  });

  it('can be declared anew in the middle of a session of 3.8', async () => {
    await start(script);
    await using client = await LiveClient.open(emulator.url);
    client.say('both');
    client.send({ contextUpdate: { tools: withTools('a', 'b') } });
    client.say('both');
    await client.untilA('toolCall');
    await using older = await LiveClient.open(emulator.url, GEMINI_3_1);
    older.send({ contextUpdate: { tools: withTools('a') } });
    expect((await older.untilClosed()).code).toBe(1007);
  });
});
