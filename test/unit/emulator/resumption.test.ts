import { afterEach, describe, expect, it } from 'vitest';
import { createSystemClock, type Clock } from '../../../src/clock.js';
import type { LiveActivity } from '../../../src/emulator/activity.js';
import { type LiveEmulator, startLiveEmulator } from '../../../src/emulator/live-emulator.js';
import { createScript } from '../../../src/emulator/script.js';
import type { EmulatorScriptInput } from '../../../src/emulator/script-schema.js';
import { LiveClient, VERTEX_PATH } from '../../support/live-client.js';
import { speechLike } from '../../support/sounds.js';
import { createTestSpeech } from '../../support/test-speech.js';

const VERTEX_MODEL = 'publishers/google/models/gemini-3.8-live';
const TOOLS = {
  tools: [
    {
      functionDeclarations: [
        { name: 'wait', behavior: 'NON_BLOCKING' },
        { name: 'stop', behavior: 'BLOCKING' },
      ],
    },
  ],
};

const SCRIPT: EmulatorScriptInput = {
  greeting: 'Hi.',
  replies: [
    { on: { text: 'wait' }, call: { name: 'wait' }, then: 'Came.' },
    { on: { text: 'stop' }, call: { name: 'stop' }, then: 'Came.' },
    { on: { text: 'recall' }, say: '{% for turn in history %}{{ turn.role }}: {{ turn.text }} {% endfor %}' },
    { on: 'text', say: 'One.' },
    { on: 'text', say: 'Two.' },
    { on: 'text', say: 'Three.' },
  ],
};

let emulator: LiveEmulator;
let activities: LiveActivity[];
let onSessionClosed: () => void;

async function start(script: EmulatorScriptInput = SCRIPT, clock: Clock = createSystemClock()): Promise<void> {
  activities = [];
  onSessionClosed = () => undefined;
  emulator = await startLiveEmulator({
    script: createScript(script),
    speech: createTestSpeech(),
    clock,
    onActivity: (activity) => {
      activities.push(activity);
      if (activity.type === 'session-closed') onSessionClosed();
    },
  });
}

afterEach(async () => {
  await emulator[Symbol.asyncDispose]();
});

/** Ends a connection, and returns when the emulator knows. */
async function leave(client: LiveClient): Promise<void> {
  const left = new Promise<void>((resolve) => {
    onSessionClosed = resolve;
  });
  await client[Symbol.asyncDispose]();
  await left;
}

function handlesOf(client: LiveClient): string[] {
  return client.all('sessionResumptionUpdate').flatMap(({ newHandle }) => (newHandle ? [String(newHandle)] : []));
}

function open(sessionResumption: object = {}, more: object = {}, path?: string): Promise<LiveClient> {
  return LiveClient.open(emulator.url, { sessionResumption, outputAudioTranscription: {}, ...more }, path);
}

/** A turn by text, until there is a handle that knows of it. */
async function converse(client: LiveClient, text: string): Promise<string> {
  const before = handlesOf(client).length;
  client.say(text);
  await client.until(() => handlesOf(client).length > before);
  return handlesOf(client).at(-1)!;
}

/** How a connection ends that asks for a handle. */
async function refused(sessionResumption: object, more: object = {}): Promise<string> {
  const error = await open(sessionResumption, more).then(
    () => new Error('it was let in'),
    (thrown: unknown) => thrown,
  );
  return (error as Error).message;
}

describe('a handle', () => {
  it('is given when the session stands, and after each turn; while a reply is made there is none', async () => {
    await start();
    await using client = await open();
    await client.until(() => handlesOf(client).length === 1);
    await converse(client, 'Greet.');
    const [first, second] = handlesOf(client);
    expect(client.all('sessionResumptionUpdate')).toEqual([
      { newHandle: first, resumable: true },
      {},
      { newHandle: second, resumable: true },
    ]);
    expect(second).not.toBe(first);
    expect(client.order.indexOf('setupComplete')).toBeLessThan(client.order.indexOf('sessionResumptionUpdate'));
  });

  it('is not given to who did not ask', async () => {
    await start();
    await using client = await LiveClient.open(emulator.url);
    client.say('Greet.');
    await client.untilContent('turnComplete');
    expect(client.all('sessionResumptionUpdate')).toEqual([]);
  });

  it('is not given while a call is open, though its turn is complete', async () => {
    await start();
    await using client = await open({}, TOOLS);
    await converse(client, 'Greet.');
    const before = handlesOf(client).length;
    client.say('wait');
    await client.untilContent('turnComplete', 2);
    client.say('Talk.');
    await client.untilContent('turnComplete', 3);
    expect(handlesOf(client)).toHaveLength(before);
    const [{ id, name }] = client.all('toolCall')[0]!['functionCalls'] as [{ id: string; name: string }];
    client.send({
      toolResponse: { functionResponses: [{ id, name, response: { output: 1 }, scheduling: 'SILENT' }] },
    });
    await client.until(() => handlesOf(client).length === before + 1);
    expect(client.contents('turnComplete')).toHaveLength(3);
  });

  it('is given again when a call was called off', async () => {
    await start();
    await using client = await open({}, TOOLS);
    await converse(client, 'Greet.');
    const before = handlesOf(client).length;
    client.say('stop');
    await client.untilA('toolCall');
    client.sendAudio(speechLike(200));
    await client.until(() => handlesOf(client).length > before);
    expect(client.all('toolCallCancellation')).toHaveLength(1);
  });
});

describe('a session that is resumed', () => {
  it('knows what was said, is not greeted again, and goes on in the script', async () => {
    await start();
    const first = await open();
    await converse(first, 'Greet.');
    const handle = await converse(first, 'Go on.');
    await leave(first);

    await using second = await open({ handle });
    await converse(second, 'And?');
    expect(second.transcript('outputTranscription')).toBe('Two.');
    second.say('recall');
    await second.untilContent('generationComplete', 2);
    expect(second.transcript('outputTranscription')).toContain(
      'user: Greet. model: Hi. user: Go on. model: One. user: And? model: Two. user: recall',
    );
    expect(activities).toContainEqual({
      type: 'session-resumed',
      history: [
        { role: 'user', text: 'Greet.' },
        { role: 'model', text: 'Hi.' },
        { role: 'user', text: 'Go on.' },
        { role: 'model', text: 'One.' },
      ],
    });
  });

  it('stands where it stood when the handle was given, as often as that is used', async () => {
    await start();
    const first = await open();
    const greeted = await converse(first, 'Greet.');
    await converse(first, 'Go on.');
    await leave(first);
    for (const _ of [1, 2]) {
      await using again = await open({ handle: greeted });
      await converse(again, 'Go on.');
      expect(again.transcript('outputTranscription')).toBe('One.');
    }
  });

  it('counts the tokens of what was said before', async () => {
    await start();
    const first = await open();
    const handle = await converse(first, 'Greet the caller at some length.');
    const usage = first.all('usageMetadata')[0]!;
    await leave(first);
    await using second = await open({ handle });
    await converse(second, 'More.');
    const prompt = Number(second.all('usageMetadata')[0]!['promptTokenCount']);
    expect(prompt).toBeGreaterThanOrEqual(Number(usage['totalTokenCount']));
  });

  it('may be configured anew, but has the same model', async () => {
    await start();
    const first = await open();
    const handle = await converse(first, 'Greet.');
    await leave(first);
    expect(await refused({ handle }, { model: 'models/gemini-2.5-flash-native-audio-preview-12-2025' })).toBe(
      'closed 1007 Request contains an invalid argument.',
    );
    await using second = await open({ handle }, { ...TOOLS, systemInstruction: { parts: [{ text: 'Be brief.' }] } });
    second.say('wait');
    await second.untilA('toolCall');
  });

  it('must have left its old connection, unless the script lets it', async () => {
    await start();
    {
      await using first = await open();
      const handle = await converse(first, 'Greet.');
      expect(await refused({ handle })).toBe('closed 1011 Internal error encountered.');
      first.socket.close();
      await using second = await open({ handle });
      expect(await refused({ handle: await converse(second, 'Go on.') })).toContain('1011');
      expect(await refused({ handle })).toContain('1011');
    }
    await emulator[Symbol.asyncDispose]();
    await start({ ...SCRIPT, resumption: { while_open: 'allowed' } });
    await using third = await open();
    await using fourth = await open({ handle: await converse(third, 'Greet.') });
    expect(fourth.closed).toBeUndefined();
  });
});

describe('a handle that is refused', () => {
  it('is unknown, with the code that the script gives', async () => {
    await start();
    expect(await refused({ handle: 'nobody-knows' })).toBe('closed 1007 Request contains an invalid argument.');
    await emulator[Symbol.asyncDispose]();
    const unknown = { code: 1008, reason: 'Requested entity was not found.' };
    await start({ ...SCRIPT, resumption: { unknown } });
    expect(await refused({ handle: 'nobody-knows' })).toBe('closed 1008 Requested entity was not found.');
  });

  it.each([
    ['gemini-api', undefined, 2],
    ['gemini-api', 60_000, 1 / 60],
    ['vertex-ai', undefined, 24],
  ])('is too old: %s, with a time of %s', async (service, ttlMs, hours) => {
    let offsetMs = 0;
    const clock = { ...createSystemClock(), nowMs: () => performance.now() + offsetMs };
    await start({ ...SCRIPT, ...(ttlMs === undefined ? {} : { resumption: { ttl_ms: ttlMs } }) }, clock);
    const isVertex = service === 'vertex-ai';
    const [model, path] = isVertex ? [{ model: VERTEX_MODEL }, VERTEX_PATH] : [{}, undefined];
    const first = await open({}, model, path);
    const handle = await converse(first, 'Greet.');
    // As long as the session goes on, its handles do not age.
    offsetMs += 30 * 3_600_000;
    await leave(first);
    offsetMs += hours * 3_600_000 - 1_000;
    await leave(await open({ handle }, model, path));
    offsetMs += hours * 3_600_000 + 1_000;
    await expect(open({ handle }, model, path)).rejects.toThrow('closed 1007');
  });

  it('is good, but the script says no', async () => {
    const close = { code: 1008, reason: 'Operation is not implemented, or supported, or enabled.' };
    await start({ ...SCRIPT, faults: [{ at: 'resume', close }] });
    const first = await open();
    const handle = await converse(first, 'Greet.');
    await leave(first);
    expect(await refused({ handle })).toBe(`closed 1008 ${close.reason}`);
    await using second = await open({ handle });
    expect(second.closed).toBeUndefined();
  });
});

describe('transparent resumption', () => {
  it('tells which message was the last that a handle knows of, counted anew on each connection', async () => {
    await start();
    const openVertex = (sessionResumption: object) =>
      open({ transparent: true, ...sessionResumption }, { model: VERTEX_MODEL }, VERTEX_PATH);
    const indexes = (client: LiveClient) =>
      client
        .all('sessionResumptionUpdate')
        .flatMap(({ lastConsumedClientMessageIndex: index }) => (index === undefined ? [] : [index as unknown]));

    const first = await openVertex({});
    await first.until(() => handlesOf(first).length === 1);
    const piece = { realtimeInput: { audio: { data: 'AAAA', mimeType: 'audio/pcm;rate=16000' } } };
    first.send(piece);
    first.send(piece);
    const handle = await converse(first, 'Greet.');
    expect(indexes(first)).toEqual(['0', '3']);
    await leave(first);

    await using second = await openVertex({ handle });
    await converse(second, 'Go on.');
    expect(indexes(second).at(-1)).toBe('1');
  });

  it('does not count a message whose work is not done: what interrupts a turn is not part of the handle', async () => {
    await start();
    await using client = await open({ transparent: true }, { model: VERTEX_MODEL }, VERTEX_PATH);
    client.say('Greet.');
    await client.untilContent('modelTurn');
    client.say('Go on.');
    await client.until(() => handlesOf(client).length > 0);
    expect(client.all('sessionResumptionUpdate').find(({ newHandle }) => newHandle)).toMatchObject({
      lastConsumedClientMessageIndex: '1',
    });
  });
});

describe('going away', () => {
  it.each([
    ['gemini-api', 'closed 1011 Deadline expired before operation could complete.'],
    ['vertex-ai', 'closed 1000 '],
  ])('is announced, then done as %s does', async (service, end) => {
    await start({ ...SCRIPT, faults: [{ at: 'audio', audio_ms: 100, go_away: { left_ms: 80 } }] });
    await using client = service === 'vertex-ai' ? await open({}, { model: VERTEX_MODEL }, VERTEX_PATH) : await open();
    client.say('Greet.');
    await client.untilA('goAway');
    expect(client.all('goAway')).toEqual([{ timeLeft: '0.08s' }]);
    await expect(client.until(() => false)).rejects.toThrow(end);
    expect(activities).toContainEqual({ type: 'going-away', leftMs: 80 });
  });

  it('may come to every connection by a timer, without the time left, with any close', async () => {
    const goAway = { left_ms: 20, tell: false, close: { code: 1008, reason: 'Bye.' } };
    await start({ ...SCRIPT, faults: [{ at: 'ready', times: 'always', delay_ms: 50, go_away: goAway }] });
    for (const _ of [1, 2]) {
      await using client = await open();
      await expect(client.until(() => false)).rejects.toThrow('closed 1008 Bye.');
      expect(client.all('goAway')).toEqual([{}]);
    }
  });

  it('lets the session be resumed where it was', async () => {
    await start({ ...SCRIPT, faults: [{ at: 'turn_complete', nth: 2, go_away: { left_ms: 50 } }] });
    const first = await open();
    await converse(first, 'Greet.');
    const handle = await converse(first, 'Go on.');
    await expect(first.until(() => false)).rejects.toThrow('1011');
    await using second = await open({ handle });
    await converse(second, 'Go on.');
    expect(second.transcript('outputTranscription')).toBe('Two.');
  });
});
