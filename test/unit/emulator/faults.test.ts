import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import type { LiveActivity } from '../../../src/emulator/activity.js';
import type { LiveEmulator } from '../../../src/emulator/live-emulator.js';
import type { EmulatorScriptInput } from '../../../src/emulator/script-schema.js';
import { GEMINI_PATH, LiveClient } from '../../support/live-client.js';
import { startScriptedEmulator } from '../../support/scripted-emulator.js';
import { silence, speechLike } from '../../support/sounds.js';
import { createTestSpeech } from '../../support/test-speech.js';

const LINE = 'A longer line.';
const TOOLS = { tools: [{ functionDeclarations: [{ name: 'f', behavior: 'BLOCKING' }] }] };

let emulator: LiveEmulator;
let activities: LiveActivity[];

async function start(script: EmulatorScriptInput): Promise<void> {
  ({ emulator, activities } = await startScriptedEmulator({
    replies: [{ on: { text: 'call' }, call: { name: 'f' }, then: 'Done.' }, { say: LINE }],
    ...script,
  }));
}

afterEach(async () => {
  await emulator[Symbol.asyncDispose]();
});

function open(more: object = {}): Promise<LiveClient> {
  return LiveClient.open(emulator.url, {
    inputAudioTranscription: {},
    outputAudioTranscription: {},
    ...TOOLS,
    ...more,
  });
}

/** What came, but for audio and transcripts. */
function ends(client: LiveClient): string[] {
  return client.order.filter((field) => /omplete|interrupted|usage/.test(field) && field !== 'setupComplete');
}

function lengthMs(client: LiveClient): number {
  return client.audio.length / 48;
}

const NEXT = 'The next turn is answered as if nothing had been.';

describe('a reply with a fault', () => {
  it('is empty, with a reason or without', async () => {
    await start({
      faults: [
        { at: 'turn', reply: 'empty', reason: 'RESPONSE_REJECTED' },
        { at: 'turn', nth: 2, reply: 'empty' },
      ],
    });
    await using client = await open();
    client.say('one');
    await client.untilContent('turnComplete', 1);
    client.say('two');
    await client.untilContent('turnComplete', 2);
    expect(client.contents('turnCompleteReason')).toEqual(['RESPONSE_REJECTED']);
    expect(ends(client)).toEqual([
      'turnComplete',
      'turnCompleteReason',
      'usageMetadata',
      'turnComplete',
      'usageMetadata',
    ]);
    expect(client.audio.length).toBe(0);
    client.say(NEXT);
    await client.untilContent('generationComplete');
    expect(client.transcript('outputTranscription')).toBe(LINE);
  });

  it('never comes at all', async () => {
    await start({ faults: [{ at: 'turn', reply: 'ignored' }] });
    await using client = await open();
    client.say('one');
    client.say(NEXT);
    await client.untilContent('turnComplete');
    expect(ends(client)).toEqual(['generationComplete', 'turnComplete', 'usageMetadata']);
    expect(activities.filter(({ type }) => type === 'text-heard')).toHaveLength(2);
  });

  it('is as long as it should be, and silent', async () => {
    await start({ faults: [{ at: 'turn', reply: 'silent' }] });
    await using client = await open();
    client.say('one');
    await client.untilContent('turnComplete');
    const speech = await createTestSpeech().speak(LINE);
    expect(client.audio.length).toBe(speech.byteLength);
    expect(client.audio.every((byte) => byte === 0)).toBe(true);
  });

  it('has its end in the middle of a sentence', async () => {
    await start({ faults: [{ at: 'audio', audio_ms: 300, reply: 'cut' }] });
    await using client = await open();
    client.say('one');
    await client.untilContent('turnComplete');
    expect(ends(client)).toEqual(['generationComplete', 'turnComplete', 'usageMetadata']);
    expect(lengthMs(client)).toBe(440);
    expect(LINE.startsWith(client.transcript('outputTranscription'))).toBe(true);
    expect(client.transcript('outputTranscription')).not.toBe(LINE);
  });

  it('calls nothing when it was cut', async () => {
    await start({
      replies: [{ say: LINE, call: { name: 'f' } }],
      faults: [{ at: 'audio', reply: 'cut' }],
    });
    await using client = await open();
    client.say('one');
    await client.untilContent('turnComplete');
    expect(client.all('toolCall')).toEqual([]);
  });

  it('freezes inside a sentence, until somebody speaks', async () => {
    await start({ faults: [{ at: 'audio', audio_ms: 300, reply: 'frozen' }] });
    await using client = await open();
    client.say('one');
    await client.untilContent('modelTurn', 2);
    client.say(NEXT);
    await client.untilContent('generationComplete');
    expect(ends(client).slice(0, 3)).toEqual(['interrupted', 'turnComplete', 'usageMetadata']);
    const wholeMs = (await createTestSpeech().speak(LINE)).length / 24;
    expect(lengthMs(client)).toBe(440 + wholeMs);
  });

  it('has no turnComplete, until somebody speaks', async () => {
    await start({ faults: [{ at: 'turn', reply: 'unfinished' }] });
    await using client = await open();
    client.say('one');
    await client.untilContent('generationComplete');
    // As long as the turn would have taken.
    await using other = await open();
    other.say('one');
    await other.untilContent('turnComplete');
    expect(client.contents('turnComplete')).toEqual([]);
    client.say(NEXT);
    await client.untilContent('generationComplete', 2);
    expect(ends(client)).toEqual([
      'generationComplete',
      'interrupted',
      'turnComplete',
      'usageMetadata',
      'generationComplete',
    ]);
  });

  it('comes late, and pauses', async () => {
    await start({
      faults: [
        { at: 'turn', wait_ms: 300 },
        { at: 'audio', audio_ms: 300, wait_ms: 500 },
      ],
    });
    await using client = await open();
    const saidAtMs = performance.now();
    client.say('one');
    await client.untilContent('turnComplete');
    const audio = client.frames.filter(({ text }) => text.includes('inlineData'));
    expect(audio[0]!.atMs - saidAtMs).toBeGreaterThan(290);
    expect(audio[2]!.atMs - audio[1]!.atMs).toBeGreaterThan(490);
    expect(client.transcript('outputTranscription')).toBe(LINE);
  });
});

describe('a session with a fault', () => {
  it('is let in late, and answers its setup late', async () => {
    await start({
      faults: [
        { at: 'upgrade', wait_ms: 200 },
        { at: 'setup', wait_ms: 300 },
      ],
    });
    const startedAtMs = performance.now();
    await using client = new LiveClient(`${emulator.url.replace('http', 'ws')}${GEMINI_PATH}`);
    await once(client.socket, 'open');
    const openedAtMs = performance.now();
    client.send({ setup: { model: 'models/gemini-3.8-live' } });
    await client.untilA('setupComplete');
    expect(openedAtMs - startedAtMs).toBeGreaterThan(190);
    expect(client.frames[0]!.atMs - openedAtMs).toBeGreaterThan(290);
  });

  it('that waits to be let in ends with the emulator', async () => {
    await start({ faults: [{ at: 'upgrade', wait_ms: 60_000 }] });
    const client = new LiveClient(`${emulator.url.replace('http', 'ws')}${GEMINI_PATH}`);
    const end = client.untilClosed();
    // The second is let in, so the first has knocked.
    await using _ = await open();
    await emulator[Symbol.asyncDispose]();
    expect((await end).code).toBe(1006);
    await start({});
  });

  it('answers pings at once, or late', async () => {
    for (const pongMs of [0, 300]) {
      await start({ wire: { pong_ms: pongMs } });
      {
        await using client = await open();
        const sentAtMs = performance.now();
        client.socket.ping('hello');
        const [data] = (await once(client.socket, 'pong')) as [Buffer];
        expect(data.toString()).toBe('hello');
        const tookMs = performance.now() - sentAtMs;
        expect(tookMs).toBeGreaterThanOrEqual(pongMs - 5);
        expect(tookMs).toBeLessThan(pongMs + 250);
      }
      await emulator[Symbol.asyncDispose]();
    }
    await start({});
  });

  it('says interrupted although nothing was said', async () => {
    await start({
      faults: [
        { at: 'speech', send: { serverContent: { interrupted: true } } },
        { at: 'speech', send: { serverContent: { turnComplete: true } } },
      ],
    });
    await using client = await open();
    client.sendAudio(speechLike(300));
    client.sendAudio(silence(800));
    await client.untilContent('turnComplete', 2);
    expect(ends(client).slice(0, 2)).toEqual(['interrupted', 'turnComplete']);
    expect(client.transcript('outputTranscription')).toBe(LINE);
  });

  it('says things twice: the end of a turn, a call', async () => {
    await start({
      faults: [
        { at: 'turn_complete', repeat: true },
        { at: 'tool_call', repeat: true },
      ],
    });
    await using client = await open();
    client.say('one');
    await client.untilContent('turnComplete', 2);
    client.say('call');
    await client.until(() => client.all('toolCall').length === 2);
    const [first, second] = client.all('toolCall');
    expect(second).toEqual(first);
  });

  it('has pieces of a second', async () => {
    await start({ wire: { chunk_ms: 1_000 }, replies: [{ say: 'A line that is longer than a second.' }] });
    await using client = await open();
    client.say('one');
    await client.untilContent('generationComplete');
    expect(client.audioPieces[0]!.length).toBe(48_000);
    expect(client.audioPieces.length).toBeGreaterThan(1);
  });

  it('has usage in a message of its own, in the other service’s words', async () => {
    await start({ wire: { usage: 'alone', usage_names: 'candidates' } });
    await using client = await open();
    client.say('one');
    await client.untilA('usageMetadata');
    expect(Object.keys(client.messages.at(-1)!)).toEqual(['usageMetadata']);
    expect(client.all('usageMetadata')[0]).toHaveProperty('candidatesTokenCount');
    expect(client.messages.at(-2)).toMatchObject({ serverContent: { turnComplete: true } });
  });
});

describe('transcripts', () => {
  const script: EmulatorScriptInput = { replies: [{ on: 'speech', heard: 'Hello there.', say: LINE }] };

  async function spoken(transcripts: 'usual' | 'twice' | 'late'): Promise<LiveClient> {
    await start({ ...script, wire: { transcripts } });
    const client = await open();
    client.sendAudio(speechLike(300));
    client.sendAudio(silence(800));
    await client.untilContent('turnComplete');
    return client;
  }

  it('come twice', async () => {
    await using client = await spoken('twice');
    expect(client.contents('inputTranscription')).toEqual([{ text: 'Hello there.' }, { text: 'Hello there.' }]);
    const pieces = client.contents('outputTranscription').map(({ text }) => text as string);
    expect(pieces.filter((_, index) => index % 2 === 0)).toEqual(pieces.filter((_, index) => index % 2 === 1));
    expect(pieces.filter((_, index) => index % 2 === 0).join('')).toBe(LINE);
  });

  it('come late: the caller’s behind the answer’s first audio, the model’s behind its last', async () => {
    await using client = await spoken('late');
    const { order } = client;
    expect(order.indexOf('inputTranscription')).toBe(order.indexOf('modelTurn') + 1);
    expect(order.indexOf('outputTranscription')).toBe(order.indexOf('generationComplete') + 1);
    expect(client.transcript('inputTranscription')).toBe('Hello there.');
    expect(client.transcript('outputTranscription')).toBe(LINE);
  });

  it('are in time otherwise', async () => {
    await using client = await spoken('usual');
    expect(client.order.indexOf('inputTranscription')).toBeLessThan(client.order.indexOf('modelTurn'));
  });
});

describe('a call with a fault', () => {
  it('is called off by the service, and the reply that waits ends', async () => {
    await start({ faults: [{ at: 'tool_call', delay_ms: 50, cancel: true }] });
    await using client = await open();
    client.say('call');
    await client.untilContent('turnComplete');
    const [{ id }] = client.all('toolCall')[0]!['functionCalls'] as [{ id: string }];
    expect(client.all('toolCallCancellation')).toEqual([{ ids: [id] }]);
    expect(ends(client)).toEqual(['generationComplete', 'turnComplete', 'usageMetadata']);
    client.say(NEXT);
    await client.untilContent('turnComplete', 2);
  });

  async function answered(act: { cancel: true } | { reply: 'ignored' }) {
    await start({ faults: [{ at: 'tool_answer', ...act }] });
    const client = await open();
    client.say('call');
    await client.untilA('toolCall');
    const [{ id }] = client.all('toolCall')[0]!['functionCalls'] as [{ id: string }];
    client.send({ toolResponse: { functionResponses: [{ id, name: 'f', response: {} }] } });
    return { client, id };
  }

  it('is called off after it was answered', async () => {
    const { client, id } = await answered({ cancel: true });
    await using _ = client;
    await client.untilContent('turnComplete');
    expect(client.all('toolCallCancellation')).toEqual([{ ids: [id] }]);
    expect(client.audio.length).toBe(0);
    expect(activities).toContainEqual({ type: 'tool-answered', name: 'f', response: {}, dropped: true });
  });

  it('is answered in vain: the model waits on, until somebody speaks', async () => {
    const { client, id } = await answered({ reply: 'ignored' });
    await using _ = client;
    client.say(NEXT);
    await client.untilContent('turnComplete', 2);
    expect(client.all('toolCallCancellation')).toEqual([{ ids: [id] }]);
    expect(client.transcript('outputTranscription')).toBe(LINE);
  });

  it('suffers from the caller’s audio meanwhile', async () => {
    await start({
      faults: [{ at: 'call_audio', nth: 5, close: { code: 1008, reason: 'Operation is not implemented.' } }],
    });
    await using client = await open();
    client.sendAudio(silence(200));
    client.say('call');
    await client.untilA('toolCall');
    client.sendAudio(silence(80));
    client.socket.ping();
    await once(client.socket, 'pong');
    expect(client.closed).toBeUndefined();
    client.sendAudio(silence(20));
    expect(await client.untilClosed()).toEqual({ code: 1008, reason: 'Operation is not implemented.' });
  });

  it('that was never made may be answered, if the script lets it', async () => {
    await start({ wire: { unknown_answers: 'ignored' } });
    await using client = await open();
    client.send({ toolResponse: { functionResponses: [{ id: 'x', name: 'f', response: {} }] } });
    client.say(NEXT);
    await client.untilContent('turnComplete');
    expect(client.closed).toBeUndefined();
  });
});
