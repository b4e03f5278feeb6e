import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LiveEmulator, startLiveEmulator } from '../../../src/emulator/live-emulator.js';
import type { LiveActivity } from '../../../src/emulator/activity.js';
import { LivelineError } from '../../../src/errors.js';
import { createScript } from '../../../src/emulator/script.js';
import type { EmulatorScriptInput } from '../../../src/emulator/script-schema.js';
import { LiveClient, VERTEX_PATH } from '../../support/live-client.js';
import { startScriptedEmulator } from '../../support/scripted-emulator.js';
import { silence, speechLike } from '../../support/sounds.js';
import { createTestSpeech } from '../../support/test-speech.js';

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

const SPEAKS = {
  replies: [{ on: 'speech', heard: 'Hello over there, my friend.', say: 'Yes.' }, { say: 'Fine.' }],
} as const;
const LONG = { replies: [{ say: 'One two three four five six.' }] };

describe('voice activity', () => {
  it('is over after the configured silence, however the audio is cut', async () => {
    await start({ replies: [...SPEAKS.replies] });
    await using client = await LiveClient.open(emulator.url, {
      realtimeInputConfig: { automaticActivityDetection: { silenceDurationMs: 900 } },
      inputAudioTranscription: {},
    });
    client.sendAudio(speechLike(300));
    client.sendAudio(silence(600));
    client.sendAudio(speechLike(300));
    const long = Buffer.from(silence(950).buffer).toString('base64');
    client.send({ realtimeInput: { audio: { data: long, mimeType: 'audio/pcm;rate=16000' } } });
    await client.untilContent('turnComplete');
    expect(client.transcript('inputTranscription')).toBe('Hello over there, my friend.');
    expect(activities.filter(({ type }) => type === 'speech-heard')).toHaveLength(1);
  });

  it('is not begun by silence or a click', async () => {
    await start({ replies: [...SPEAKS.replies] });
    await using client = await LiveClient.open(emulator.url);
    client.sendAudio(silence(600));
    client.sendAudio(speechLike(20));
    client.sendAudio(silence(1_000));
    client.say('Are you there?');
    await client.untilContent('turnComplete');
    expect(activities.map(({ type }) => type)).toEqual(['session-opened', 'text-heard', 'turn-completed']);
  });

  it('ends at once with audioStreamEnd', async () => {
    await start({ replies: [...SPEAKS.replies] });
    await using client = await LiveClient.open(emulator.url);
    client.sendAudio(speechLike(300));
    client.send({ realtimeInput: { audioStreamEnd: true } });
    await client.untilContent('turnComplete');
  });

  it('is the client’s to say in manual mode, and audio alone means nothing', async () => {
    await start({ replies: [...SPEAKS.replies] });
    await using client = await LiveClient.open(emulator.url, {
      realtime_input_config: { automatic_activity_detection: { disabled: true } },
    });
    client.sendAudio(speechLike(300));
    client.sendAudio(silence(1_000));
    client.send({ realtimeInput: { activityStart: {} } });
    client.sendAudio(silence(100));
    client.send({ realtimeInput: { activityEnd: {} } });
    client.send({ realtimeInput: { activityEnd: {} } });
    await client.untilContent('turnComplete');
    expect(activities.filter(({ type }) => type === 'speech-heard')).toHaveLength(1);
  });

  it('is announced where Vertex AI was asked to', async () => {
    await start({ replies: [...SPEAKS.replies] });
    await using client = await LiveClient.open(
      emulator.url,
      { model: VERTEX_MODEL, explicitVadSignal: true },
      VERTEX_PATH,
    );
    client.sendAudio(silence(200));
    client.sendAudio(speechLike(300));
    client.sendAudio(silence(1_000));
    await client.untilContent('turnComplete');
    const signals = client.all('voiceActivity');
    expect(signals).toEqual([
      { type: 'ACTIVITY_START', audioOffset: expect.stringMatching(/^0\.3\d\ds$/) },
      { type: 'ACTIVITY_END', audioOffset: expect.stringMatching(/^1\.0\d\ds$/) },
    ]);
  });
});

describe('a reply', () => {
  it('comes in pieces of 200 and 240 ms, faster than it plays, and its turn ends when it was played', async () => {
    await start(LONG);
    await using client = await LiveClient.open(emulator.url, { outputAudioTranscription: {} });
    client.say('Count.');
    await client.untilContent('turnComplete');
    const speech = await createTestSpeech().speak(LONG.replies[0]!.say);
    expect(client.audio.equals(Buffer.from(speech.buffer))).toBe(true);
    const sizes = client.audioPieces.map(({ length }) => length);
    expect(sizes.slice(0, 3)).toEqual([9_600, 11_520, 11_520]);
    const at = (field: string) => client.frames.find(({ text }) => text.includes(`"${field}"`))!.atMs;
    const durationMs = speech.length / 24;
    expect(at('generationComplete') - at('modelTurn')).toBeLessThan(durationMs * 0.7);
    expect(at('turnComplete') - at('modelTurn')).toBeGreaterThan(durationMs * 0.9);
    expect(client.transcript('outputTranscription')).toBe(LONG.replies[0]!.say);
    expect(client.frames.every(({ isBinary }) => isBinary)).toBe(true);
  });

  it('has its transcript ahead of its audio on Vertex AI, and beside it on the Gemini API', async () => {
    await start(LONG);
    await using gemini = await LiveClient.open(emulator.url, { outputAudioTranscription: {} });
    await using vertex = await LiveClient.open(
      emulator.url,
      { model: VERTEX_MODEL, outputAudioTranscription: {} },
      VERTEX_PATH,
    );
    for (const client of [gemini, vertex]) client.say('Count.');
    for (const client of [gemini, vertex]) await client.untilContent('generationComplete');
    expect(vertex.order.filter((field) => field === 'outputTranscription')).toHaveLength(1);
    expect(vertex.order.indexOf('outputTranscription')).toBeLessThan(vertex.order.indexOf('modelTurn'));
    expect(gemini.order.lastIndexOf('outputTranscription')).toBeGreaterThan(gemini.order.indexOf('modelTurn'));
    expect(vertex.contents('modelTurn')[0]!['role']).toBe('model');
    expect(gemini.contents('modelTurn')[0]!['role']).toBeUndefined();
  });

  it('is text where the model speaks text and was asked for it', async () => {
    await start(LONG);
    await using client = await LiveClient.open(emulator.url, {
      model: 'models/gemini-2.0-flash-live-001',
      generationConfig: { responseModalities: ['TEXT'] },
    });
    client.say('Count.');
    await client.untilContent('turnComplete');
    expect(client.contents('modelTurn').map((turn) => turn['parts'] as unknown)).toEqual([
      [{ text: LONG.replies[0]!.say }],
    ]);
    expect(client.messages.at(-1)).toMatchObject({ usageMetadata: { responseTokensDetails: [{ modality: 'TEXT' }] } });
  });

  it('that cannot be spoken ends the session as a failure of the service’s own does', async () => {
    activities = [];
    emulator = await startLiveEmulator({
      script: createScript(LONG),
      speech: {
        ...createTestSpeech(),
        speak: () => Promise.reject(new LivelineError('SPEECH_UNAVAILABLE', 'no voice')),
      },
      onActivity: (activity) => activities.push(activity),
    });
    await using client = await LiveClient.open(emulator.url);
    client.say('Count.');
    expect(await client.untilClosed()).toEqual({ code: 1011, reason: 'Internal error encountered.' });
    expect(activities).toContainEqual({
      type: 'failed',
      error: expect.objectContaining({ code: 'SPEECH_UNAVAILABLE' }),
    });
  });

  it('is silence where the script says nothing', async () => {
    await start({ replies: [{ on: { text: 'quiet' }, heard: '' }, { say: 'Yes.' }] });
    await using client = await LiveClient.open(emulator.url);
    client.say('quiet');
    client.say('loud');
    await client.untilContent('turnComplete');
    expect(client.contents('turnComplete')).toHaveLength(1);
    expect(activities.map(({ type }) => type)).toEqual([
      'session-opened',
      'text-heard',
      'text-heard',
      'turn-completed',
    ]);
  });
});

describe('an interruption', () => {
  it('stops the reply at once, by speech, by text and by content', async () => {
    await start(LONG);
    const cuts: ((client: LiveClient) => void)[] = [
      (client) => client.sendAudio(speechLike(200)),
      (client) => client.send({ realtimeInput: { text: 'Stop.' } }),
      (client) => client.send({ clientContent: { turns: [{ role: 'user', parts: [{ text: 'Stop.' }] }] } }),
    ];
    for (const cut of cuts) {
      await using client = await LiveClient.open(emulator.url);
      client.say('Count.');
      await client.untilContent('modelTurn', 2);
      cut(client);
      await client.untilContent('turnComplete');
      const order = client.order.filter((field) => field !== 'interactionStatus');
      const from = order.indexOf('interrupted');
      expect(order.slice(from, from + 3)).toEqual(['interrupted', 'turnComplete', 'usageMetadata']);
      expect(order.slice(0, from)).not.toContain('generationComplete');
    }
  });

  it('leaves nothing of the old reply to come', async () => {
    await start({ replies: [{ on: 'speech', say: 'Yes.' }, ...LONG.replies] });
    await using client = await LiveClient.open(emulator.url);
    client.say('Count.');
    await client.untilContent('modelTurn', 2);
    client.sendAudio(speechLike(200));
    await client.untilContent('interrupted');
    const piecesBefore = client.audioPieces.length;
    client.sendAudio(silence(800));
    await client.untilContent('turnComplete', 2);
    const after = Buffer.concat(client.audioPieces.slice(piecesBefore));
    expect(after.equals(Buffer.from((await createTestSpeech().speak('Yes.')).buffer))).toBe(true);
    expect(client.contents('generationComplete')).toHaveLength(1);
  });

  it('waits for its turn where interruptions are off', async () => {
    await start({ replies: [{ on: 'speech', say: 'Second.' }, { say: 'First of all.' }] });
    await using client = await LiveClient.open(emulator.url, {
      realtimeInputConfig: { activityHandling: 'NO_INTERRUPTION' },
      outputAudioTranscription: {},
    });
    client.say('Begin.');
    await client.untilContent('modelTurn');
    client.sendAudio(speechLike(300));
    client.sendAudio(silence(800));
    await client.untilContent('turnComplete', 2);
    expect(client.transcript('outputTranscription')).toBe('First of all.Second.');
    expect(client.contents('interrupted')).toEqual([]);
  });

  it('after generationComplete still says interrupted: the caller was hearing the rest', async () => {
    await start(LONG);
    await using client = await LiveClient.open(emulator.url);
    client.say('Count.');
    await client.untilContent('generationComplete');
    client.sendAudio(speechLike(200));
    await client.untilContent('turnComplete');
    expect(client.order.slice(client.order.indexOf('generationComplete'))).toEqual([
      'generationComplete',
      'interrupted',
      'turnComplete',
      'interactionStatus',
      'usageMetadata',
    ]);
  });
});

describe('content', () => {
  it('is gathered until a turn is complete, in either spelling', async () => {
    await start({ replies: [{ say: '{{ text }}' }] });
    await using client = await LiveClient.open(emulator.url, { output_audio_transcription: {} });
    client.send({ client_content: { turns: [{ role: 'user', parts: [{ text: 'One ' }] }] } });
    client.send({ clientContent: { turns: [{ parts: [{ text: 'and two.' }] }], turn_complete: true } });
    await client.untilContent('turnComplete');
    expect(client.transcript('outputTranscription')).toBe('One and two.');
  });

  it('is history before the first complete turn where the setup said so, and 3.1 takes none after it', async () => {
    await start({ greeting: 'Welcome.', replies: [{ say: 'Go on.' }] });
    await using client = await LiveClient.open(emulator.url, {
      model: 'models/gemini-3.1-flash-live-preview',
      historyConfig: { initialHistoryInClientContent: true },
      outputAudioTranscription: {},
    });
    const turns = [
      { role: 'user', parts: [{ text: 'Hi.' }] },
      { role: 'model', parts: [{ text: 'Hello.' }] },
    ];
    client.send({ clientContent: { turns, turnComplete: true } });
    client.send({ realtimeInput: { text: 'And now?' } });
    await client.untilContent('turnComplete');
    expect(client.transcript('outputTranscription')).toBe('Go on.');
    client.say('More.');
    expect((await client.untilClosed()).code).toBe(1007);
  });
});
