import { afterEach, describe, expect, it } from 'vitest';
import type { LiveActivity } from '../../../src/emulator/activity.js';
import { ContextWindow } from '../../../src/emulator/context-window.js';
import { type LiveEmulator, startLiveEmulator } from '../../../src/emulator/live-emulator.js';
import { createScript } from '../../../src/emulator/script.js';
import type { EmulatorScriptInput } from '../../../src/emulator/script-schema.js';
import { LiveClient } from '../../support/live-client.js';
import { createTestSpeech } from '../../support/test-speech.js';

describe('a context window', () => {
  /** Turns of ten tokens each. */
  function filled(turns: readonly ('user' | 'model')[]): ContextWindow {
    const context = new ContextWindow();
    context.instruct('x'.repeat(40));
    turns.forEach((role, index) => context.addText(role, String(index).repeat(40)));
    return context;
  }

  it.each([
    [100, 50, 0],
    [59, 40, 2],
    [59, 39, 4],
    [59, 20, 4],
    [59, 1, 4],
  ])('above %i tokens is brought down to %i: drops %i of five turns', (triggerTokens, targetTokens, dropped) => {
    const context = filled(['user', 'model', 'user', 'model', 'user']);
    expect(context.tokens).toBe(60);
    expect(context.compress({ triggerTokens, targetTokens })).toBe(dropped);
    expect(context.tokens).toBe(60 - dropped * 10);
    expect(context.history[0]?.role).toBe('user');
  });

  it('keeps what it cannot drop, and the instruction always', () => {
    const context = filled(['user', 'model']);
    expect(context.compress({ triggerTokens: 1, targetTokens: 0 })).toBe(0);
    expect(context.tokens).toBe(30);
  });

  it('is not changed by what happens to its copy', () => {
    const context = filled(['user']);
    const copy = context.copy();
    copy.addText('user', 'more');
    copy.addText('model', 'and more');
    copy.instruct('');
    expect(context.history).toEqual([{ role: 'user', text: '0'.repeat(40) }]);
    expect(context.tokens).toBe(20);
  });
});

describe('a session', () => {
  const SAYS: EmulatorScriptInput = {
    replies: [
      { on: { text: 'recall' }, say: '{{ history | map: "text" | join: "," }}' },
      { on: { text: 'utterances' }, say: 'First.\nSecond.\nThird.' },
      { on: 'text', say: 'Yes.' },
    ],
  };
  let emulator: LiveEmulator;
  let activities: LiveActivity[];

  async function start(script: EmulatorScriptInput): Promise<void> {
    activities = [];
    emulator = await startLiveEmulator({
      script: createScript({ ...SAYS, ...script }),
      speech: createTestSpeech(),
      onActivity: (activity) => activities.push(activity),
    });
  }

  afterEach(async () => {
    await emulator[Symbol.asyncDispose]();
  });

  async function converse(client: LiveClient, texts: readonly string[]): Promise<void> {
    for (const text of texts) {
      const before = client.contents('turnComplete').length;
      client.say(text);
      await client.untilContent('turnComplete', before + 1);
    }
  }

  it('forgets the oldest turns when its context is compressed, and says so', async () => {
    const goAway = { goAway: { timeLeft: '9s' } };
    await start({ faults: [{ at: 'compressed', send: goAway }] });
    await using client = await LiveClient.open(emulator.url, {
      outputAudioTranscription: {},
      contextWindowCompression: { triggerTokens: '24', slidingWindow: { targetTokens: '12' } },
    });
    // Five tokens and six (audio) each.
    await converse(client, ['a'.repeat(20), 'b'.repeat(20), 'c'.repeat(20)]);
    expect(activities).toContainEqual({ type: 'context-compressed', droppedTurns: 4, tokens: 11 });
    expect(client.all('goAway')).toHaveLength(1);
    client.say('recall');
    await client.untilContent('generationComplete', 4);
    expect(client.transcript('outputTranscription')).toContain(`${'c'.repeat(20)},Yes.,recall`);
    expect(client.transcript('outputTranscription')).not.toContain('b');
  });

  it('compresses at eight tenths of its context, to the half of that, when the setup names no numbers', async () => {
    await start({ context_tokens: 38 });
    await using client = await LiveClient.open(emulator.url, { contextWindowCompression: { slidingWindow: {} } });
    await converse(client, ['a'.repeat(20), 'b'.repeat(20), 'c'.repeat(20)]);
    expect(activities.filter(({ type }) => type === 'context-compressed')).toEqual([
      { type: 'context-compressed', droppedTurns: 4, tokens: 11 },
    ]);
    await converse(client, ['d']);
    expect(client.closed).toBeUndefined();
  });

  it('ends when its context is full and may not be compressed', async () => {
    await start({ context_tokens: 30 });
    await using client = await LiveClient.open(emulator.url);
    await converse(client, ['a'.repeat(20), 'b'.repeat(20)]);
    client.say('c'.repeat(20));
    expect(await client.untilClosed()).toEqual({ code: 1007, reason: 'Request contains an invalid argument.' });
  });

  it('takes a new instruction in the middle, in place of the old one', async () => {
    await start({});
    await using client = await LiveClient.open(emulator.url, {
      systemInstruction: { parts: [{ text: 'x'.repeat(4_000) }] },
    });
    await converse(client, ['one']);
    client.send({ contextUpdate: { systemInstruction: { parts: [{ text: 'short' }] } } });
    await converse(client, ['two']);
    const [before, after] = client.all('usageMetadata').map(({ promptTokenCount }) => Number(promptTokenCount));
    expect(before).toBeGreaterThan(1_000);
    expect(after).toBeLessThan(50);
    expect(activities).toContainEqual({ type: 'context-updated' });
  });

  it('of a model that thinks longer has a turn for each line, and is idle after the last', async () => {
    await start({});
    await using client = await LiveClient.open(emulator.url, {
      model: 'models/gemini-3.8-live-extended-thinking',
      outputAudioTranscription: {},
    });
    client.say('utterances');
    await client.untilContent('turnComplete', 3);
    expect(client.contents('interactionStatus')).toEqual(['IN_PROGRESS', 'IN_PROGRESS', 'IDLE']);
    expect(client.contents('generationComplete')).toHaveLength(3);
    expect(client.transcript('outputTranscription')).toBe('First.Second.Third.');
  });

  it('of any other says all lines in one turn', async () => {
    await start({});
    await using client = await LiveClient.open(emulator.url, { outputAudioTranscription: {} });
    client.say('utterances');
    await client.untilContent('turnComplete');
    expect(client.transcript('outputTranscription')).toBe('First. Second. Third.');
    expect(client.contents('interactionStatus')).toEqual(['IDLE']);
  });
});
