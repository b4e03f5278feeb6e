import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { LivelineError } from '../../../src/errors.js';
import { parseServerMessage } from '../../../src/live/wire.js';
import { type LiveEmulator, startLiveEmulator } from '../../../src/emulator/live-emulator.js';
import { createScript } from '../../../src/emulator/script.js';
import type { EmulatorScriptInput } from '../../../src/emulator/script-schema.js';
import { GEMINI_PATH, LiveClient, VERTEX_PATH } from '../../support/live-client.js';
import { startScriptedEmulator } from '../../support/scripted-emulator.js';
import { speechLike } from '../../support/sounds.js';
import { createTestSpeech } from '../../support/test-speech.js';

const HI: EmulatorScriptInput = { replies: [{ say: 'Hi.' }] };
const VERTEX_MODEL = 'publishers/google/models/gemini-3.8-live';

let emulator: LiveEmulator;

async function start(script: EmulatorScriptInput = HI): Promise<void> {
  ({ emulator } = await startScriptedEmulator(script));
}

afterEach(async () => {
  await emulator[Symbol.asyncDispose]();
  expect(emulator.sessions).toBe(0);
});

/** The HTTP status that an upgrade is answered with. */
function upgradeStatus(path: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const upgrade = request(`${emulator.url}/`, {
      path,
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        ...headers,
      },
    });
    upgrade.on('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    upgrade.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve(response.statusCode ?? 0);
    });
    upgrade.on('error', reject);
    upgrade.end();
  });
}

function connect(path = GEMINI_PATH): LiveClient {
  return new LiveClient(`${emulator.url.replace('http', 'ws')}${path}`);
}

/** How a session ends whose client begins with these messages. */
async function closeAfter(messages: readonly (string | object)[], path = GEMINI_PATH): Promise<string> {
  await using client = connect(path);
  client.socket.on('open', () => {
    for (const message of messages) client.send(message);
  });
  const { code, reason } = await client.untilClosed();
  return `${code} ${reason}`;
}

function setup(more: object = {}): object {
  return { setup: { model: 'models/gemini-3.8-live', ...more } };
}

describe('the door', () => {
  const vertexPath = '/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent';

  it.each([
    [GEMINI_PATH, {}, 101],
    [`/any/prefix/${GEMINI_PATH}`, {}, 101],
    ['//ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContentConstrained', {}, 101],
    ['/', {}, 101],
    [vertexPath, { authorization: 'Bearer t' }, 101],
    [vertexPath.replace('v1beta1', 'v1'), { 'x-goog-api-key': 'k' }, 101],
    [vertexPath, {}, 401],
    [vertexPath, { authorization: 'Bearer ' }, 401],
    ['/ws/google.ai.generativelanguage.v1beta.GenerativeService/BidiGenerateContent', {}, 404],
    ['/somewhere', {}, 404],
  ])('%s with %j is answered %i', async (path, headers, status) => {
    await start();
    expect(await upgradeStatus(path, headers as Record<string, string>)).toBe(status);
  });

  it('takes the credentials that the script names, and tells as each service does', async () => {
    await start({ ...HI, keys: ['right'] });
    expect(await upgradeStatus(`${vertexPath}?access_token=wrong`)).toBe(401);
    expect(await upgradeStatus(`${vertexPath}?access_token=right`)).toBe(101);
    expect(await upgradeStatus('/?key=wrong')).toBe(401);
    expect(await closeAfter([setup()])).toBe('1007 API key not valid. Please pass a valid API key.');
    await using client = await LiveClient.open(emulator.url, {}, GEMINI_PATH.replace('key=k', 'key=right'));
    expect(client.closed).toBeUndefined();
  });

  it('refuses as often as the script says', async () => {
    await start({
      faults: [
        { at: 'upgrade', http: 429 },
        { at: 'upgrade', nth: 2, times: 2, http: 503 },
      ],
    });
    const statuses = [];
    for (let attempt = 0; attempt < 4; attempt += 1) statuses.push(await upgradeStatus(GEMINI_PATH));
    expect(statuses).toEqual([429, 503, 503, 101]);
  });

  it('tells on the bare path which service is meant by the model', async () => {
    await start();
    await using gemini = await LiveClient.open(emulator.url, {}, '/');
    await using vertex = await LiveClient.open(emulator.url, { model: VERTEX_MODEL }, '/');
    expect(gemini.messages[0]).toEqual({ setupComplete: {} });
    expect(vertex.messages[0]).toEqual({ setupComplete: { sessionId: expect.any(String) as string } });
    expect([emulator.sessions, emulator.totalSessions]).toEqual([2, 2]);
  });

  it('cannot be where another is', async () => {
    await start();
    const port = Number(new URL(emulator.url).port);
    await expect(startLiveEmulator({ script: createScript({}), port, speech: createTestSpeech() })).rejects.toThrow(
      LivelineError,
    );
  });
});

describe('a fault', () => {
  it('closes before setup, then lets the next one in', async () => {
    await start({ ...HI, faults: [{ at: 'setup', close: { code: 1011, reason: 'x'.repeat(200) } }] });
    expect(await closeAfter([setup()])).toBe(`1011 ${'x'.repeat(123)}`);
    await using client = await LiveClient.open(emulator.url);
    expect(client.closed).toBeUndefined();
  });

  it('leaves a setup unanswered, and every later message', async () => {
    await start({ ...HI, faults: [{ at: 'setup', stall: true }] });
    await using stalled = connect();
    stalled.socket.on('open', () => stalled.send(setup()));
    stalled.socket.on('open', () => stalled.send('rubbish'));
    await using next = await LiveClient.open(emulator.url);
    next.say('Hello');
    await next.untilContent('turnComplete');
    expect([stalled.messages, stalled.closed]).toEqual([[], undefined]);
  });

  it('cuts the line in the middle of the second reply', async () => {
    await start({
      replies: [{ say: 'A longer line.' }],
      faults: [{ at: 'audio', audio_ms: 250, nth: 2, drop: true }],
    });
    await using client = await LiveClient.open(emulator.url);
    client.say('one');
    await client.untilContent('turnComplete');
    const before = client.audio.length;
    client.say('two');
    expect((await client.untilClosed()).code).toBe(1006);
    expect(client.audio.length - before).toBeLessThanOrEqual(440 * 48);
  });

  it.each(['tool_call', 'tool_answer'] as const)('closes at %s', async (at) => {
    await start({
      replies: [{ call: { name: 'f' }, then: 'Done.' }],
      faults: [{ at, close: { code: 1008, reason: 'Operation is not implemented, or supported, or enabled.' } }],
    });
    await using client = await LiveClient.open(emulator.url, { tools: [{ functionDeclarations: [{ name: 'f' }] }] });
    client.say('go');
    await client.untilA('toolCall');
    if (at === 'tool_answer') client.send({ toolResponse: { functionResponses: [{ name: 'f', response: {} }] } });
    expect((await client.untilClosed()).code).toBe(1008);
  });

  it('sends anything at any moment: unknown, broken, late', async () => {
    await start({
      ...HI,
      faults: [
        { at: 'ready', send: { somethingNew: [1] } },
        { at: 'turn', send: '{"serverContent":' },
        { at: 'ready', delay_ms: 30, send: { goAway: { timeLeft: '0.1s' } } },
        { at: 'ready', delay_ms: 60, close: { code: 1000 } },
      ],
    });
    await using client = await LiveClient.open(emulator.url);
    client.say('Hello');
    expect(await client.untilClosed()).toEqual({ code: 1000, reason: '' });
    expect(client.messages).toContainEqual({ somethingNew: [1] });
    expect(client.messages).toContainEqual({ goAway: { timeLeft: '0.1s' } });
    expect(client.frames.map(({ text }) => text)).toContain('{"serverContent":');
  });
});

describe('the wire', () => {
  const LONG: EmulatorScriptInput = { replies: [{ say: 'A longer line.' }] };

  it('looks as the bridge expects it, in every message', async () => {
    await start(LONG);
    await using client = await LiveClient.open(emulator.url, { outputAudioTranscription: {}, sessionResumption: {} });
    client.say('Hello');
    await client.untilContent('turnComplete');
    for (const message of client.messages) expect(parseServerMessage(message)).toEqual(message);
  });

  it('has text frames, bundled fields, odd pieces and calls without ids on request', async () => {
    const replies: EmulatorScriptInput['replies'] = [{ on: { text: 'call' }, call: { name: 'f' } }, ...LONG.replies!];
    await start({ replies, wire: { frames: 'text', bundle: true, odd_chunks: true, call_ids: false } });
    await using client = await LiveClient.open(emulator.url, {
      outputAudioTranscription: {},
      tools: [{ functionDeclarations: [{ name: 'f' }] }],
    });
    client.say('Hello');
    await client.untilContent('turnComplete');
    client.say('call');
    await client.untilA('toolCall');
    expect(client.frames.some(({ isBinary }) => isBinary)).toBe(false);
    const bundled = client.all('serverContent').filter(({ outputTranscription }) => outputTranscription !== undefined);
    expect(bundled.length).toBeGreaterThan(0);
    expect(bundled.every(({ modelTurn }) => modelTurn !== undefined)).toBe(true);
    const sizes = client.audioPieces.map(({ length }) => length);
    expect(sizes[0]! % 2).toBe(1);
    expect(client.all('toolCall')).toEqual([
      {
        functionCalls: [{ name: 'f', args: {} }],
      },
    ]);
  });

  it('has late audio, and interrupted after turnComplete, on request', async () => {
    await start({ ...LONG, wire: { late_audio: true, interrupted: 'after_turn_complete' } });
    await using client = await LiveClient.open(emulator.url);
    client.say('Hello');
    await client.untilContent('modelTurn', 2);
    client.sendAudio(speechLike(200));
    await client.untilContent('interrupted');
    client.send({ realtimeInput: { audioStreamEnd: true } });
    await client.untilContent('turnComplete', 2);
    const order = client.order.slice(client.order.indexOf('turnComplete'));
    expect(order.slice(0, 5)).toEqual([
      'turnComplete',
      'interactionStatus',
      'usageMetadata',
      'interrupted',
      'modelTurn',
    ]);
  });

  it('says candidates on Vertex AI and response on the Gemini API', async () => {
    await start();
    await using gemini = await LiveClient.open(emulator.url);
    await using vertex = await LiveClient.open(emulator.url, { model: VERTEX_MODEL }, VERTEX_PATH);
    for (const client of [gemini, vertex]) client.say('Hello');
    for (const client of [gemini, vertex]) await client.untilContent('turnComplete');
    const usage = (client: LiveClient) => Object.keys(client.all('usageMetadata')[0]!);
    expect(usage(gemini)).toContain('responseTokenCount');
    expect(usage(vertex)).toEqual(expect.arrayContaining(['candidatesTokenCount', 'trafficType']));
    expect(usage(vertex)).not.toContain('responseTokenCount');
  });
});
