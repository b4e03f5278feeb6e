import {
  Behavior,
  FunctionResponse,
  FunctionResponseScheduling,
  GoogleGenAI,
  type GoogleGenAIOptions,
  type LiveConnectConfig,
  LiveSendToolResponseParameters,
  type LiveServerMessage,
  Modality,
  type Session,
} from '@google/genai';
import { OAuth2Client } from 'google-auth-library';
import { describe, expect, it } from 'vitest';
import { type LiveEmulator, startLiveEmulator } from '../../../src/emulator/live-emulator.js';
import { createScript } from '../../../src/emulator/script.js';
import type { EmulatorScriptInput } from '../../../src/emulator/script-schema.js';
import { silence, speechLike } from '../../support/sounds.js';
import { createTestSpeech } from '../../support/test-speech.js';

const MODEL = 'gemini-3.8-live';

const SCRIPT: EmulatorScriptInput = {
  greeting: 'Hello there.',
  replies: [
    { on: { text: 'weather' }, call: { name: 'weather', args: { city: 'Oslo' } }, then: 'It is {{ result.sky }}.' },
    { on: { text: 'story' }, say: 'Once upon a time there was a very long story without an end.' },
    { on: 'speech', heard: 'Good evening to you.', say: 'Good evening.' },
    { say: 'Yes.' },
  ],
};

/** The option sets with which the SDK can talk to another server, and how its service differs. */
const OPTION_SETS: { name: string; isVertex: boolean; options: (baseUrl: string) => GoogleGenAIOptions }[] = [
  { name: 'a Gemini API key', isVertex: false, options: (baseUrl) => ({ apiKey: 'k', httpOptions: { baseUrl } }) },
  {
    name: 'a Gemini API key, v1alpha',
    isVertex: false,
    options: (baseUrl) => ({ apiKey: 'k', httpOptions: { baseUrl, apiVersion: 'v1alpha' } }),
  },
  {
    name: 'a Vertex AI key, express mode',
    isVertex: true,
    options: (baseUrl) => ({ vertexai: true, apiKey: 'k', httpOptions: { baseUrl } }),
  },
  {
    name: 'Vertex AI credentials',
    isVertex: true,
    options: (baseUrl) => {
      const authClient = new OAuth2Client();
      authClient.setCredentials({ access_token: 't', expiry_date: Date.now() + 3_600_000 });
      return {
        vertexai: true,
        project: 'p',
        location: 'us-central1',
        googleAuthOptions: { authClient },
        httpOptions: { baseUrl },
      };
    },
  },
  {
    name: 'a proxy in front of Vertex AI',
    isVertex: true,
    options: (baseUrl) => ({ vertexai: true, httpOptions: { baseUrl, headers: { 'x-proxy': 'p' } } }),
  },
];

interface Close {
  code: number;
  reason: string;
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

interface Conversation extends Disposable {
  session: Session;
  messages: LiveServerMessage[];
  closed: Promise<Close>;
  until(condition: () => boolean): Promise<void>;
  turns(): number;
}

async function connect(options: GoogleGenAIOptions, config: LiveConnectConfig = {}): Promise<Conversation> {
  const messages: LiveServerMessage[] = [];
  const waiting: (() => void)[] = [];
  const closing = deferred<Close>();
  const connecting = new GoogleGenAI(options).live.connect({
    model: MODEL,
    config: { responseModalities: [Modality.AUDIO], ...config },
    callbacks: {
      onmessage: (message) => {
        messages.push(message);
        for (const resolve of waiting.splice(0)) resolve();
      },
      onclose: ({ code, reason }: Close) => closing.resolve({ code, reason }),
    },
  });
  // The SDK's promise stays pending when a connection fails.
  const closed = closing.promise.then(({ code, reason }) => Promise.reject(new Error(`closed ${code} ${reason}`)));
  const session = await Promise.race([connecting, closed]);
  return {
    session,
    messages,
    closed: closing.promise,
    turns: () => messages.filter(({ serverContent }) => serverContent?.turnComplete).length,
    async until(condition) {
      while (!condition()) await Promise.race([new Promise<void>((resolve) => waiting.push(resolve)), closed]);
    },
    [Symbol.dispose]: () => session.close(),
  };
}

function startEmulator(script: EmulatorScriptInput = SCRIPT): Promise<LiveEmulator> {
  return startLiveEmulator({ script: createScript(script), speech: createTestSpeech() });
}

function speak(session: Session, samples: Int16Array): void {
  const data = Buffer.from(samples.buffer).toString('base64');
  session.sendRealtimeInput({ audio: { data, mimeType: 'audio/pcm;rate=16000' } });
}

/** What the model said. */
function transcriptOf(messages: readonly LiveServerMessage[]): string {
  return messages.map(({ serverContent }) => serverContent?.outputTranscription?.text ?? '').join('');
}

/** The fields of `serverContent` and the other messages, in the order of their coming. */
function orderOf(messages: readonly LiveServerMessage[]): string[] {
  return messages.flatMap(({ serverContent, toolCall, toolCallCancellation }) => [
    ...Object.keys(serverContent ?? {}).filter((key) => key !== 'interactionStatus'),
    ...(toolCall ? ['toolCall'] : []),
    ...(toolCallCancellation ? ['toolCallCancellation'] : []),
  ]);
}

describe.each(OPTION_SETS)("Google's SDK with $name", ({ isVertex, options }) => {
  it('is told that the session stands, with an id on Vertex AI only', async () => {
    await using emulator = await startEmulator();
    using conversation = await connect(options(emulator.url));
    await conversation.until(() => conversation.messages.length > 0);
    const { setupComplete } = conversation.messages[0]!;
    expect(setupComplete).toBeDefined();
    expect(typeof setupComplete?.sessionId).toBe(isVertex ? 'string' : 'undefined');
    expect(emulator.totalSessions).toBe(1);
  });

  it('has a conversation of two turns in speech, with transcripts and usage', async () => {
    await using emulator = await startEmulator();
    using conversation = await connect(options(emulator.url), {
      inputAudioTranscription: {},
      outputAudioTranscription: {},
    });
    const { session, messages } = conversation;
    session.sendClientContent({ turns: 'Greet the caller.' });
    await conversation.until(() => conversation.turns() === 1);
    speak(session, speechLike(400));
    speak(session, silence(800));
    await conversation.until(() => conversation.turns() === 2);

    const contents = messages.flatMap(({ serverContent }) => serverContent ?? []);
    expect(contents.map(({ outputTranscription }) => outputTranscription?.text ?? '').join('|')).toMatch(
      /Hello.*there\..*Good.*evening\./,
    );
    expect(contents.map(({ inputTranscription }) => inputTranscription?.text ?? '').join('')).toBe(
      'Good evening to you.',
    );
    const blobs = contents
      .flatMap(({ modelTurn }) => modelTurn?.parts ?? [])
      .flatMap(({ inlineData }) => inlineData ?? []);
    expect(new Set(blobs.map(({ mimeType }) => mimeType))).toEqual(
      new Set([isVertex ? 'audio/pcm' : 'audio/pcm;rate=24000']),
    );
    const heard = Buffer.concat(blobs.map(({ data }) => Buffer.from(data ?? '', 'base64')));
    const speech = createTestSpeech();
    const said = [await speech.speak('Hello there.'), await speech.speak('Good evening.')];
    expect(heard.equals(Buffer.concat(said.map(({ buffer }) => Buffer.from(buffer))))).toBe(true);
    expect(orderOf(messages).filter((field) => /Complete|interrupted/.test(field))).toEqual([
      'generationComplete',
      'turnComplete',
      'generationComplete',
      'turnComplete',
    ]);
    for (const usage of messages.flatMap(({ usageMetadata }) => usageMetadata ?? [])) {
      expect(usage.promptTokenCount).toBeGreaterThan(0);
      expect(usage.responseTokenCount).toBeGreaterThan(0);
      expect(usage.totalTokenCount).toBe((usage.promptTokenCount ?? 0) + (usage.responseTokenCount ?? 0));
      expect(usage.responseTokensDetails).toEqual([{ modality: 'AUDIO', tokenCount: usage.responseTokenCount }]);
    }
    expect(messages.filter(({ usageMetadata }) => usageMetadata)).toHaveLength(2);
  });

  it('answers a function call and hears what became of it', async () => {
    await using emulator = await startEmulator();
    using conversation = await connect(options(emulator.url), {
      outputAudioTranscription: {},
      tools: [{ functionDeclarations: [{ name: 'weather', parametersJsonSchema: { type: 'object' } }] }],
    });
    const { session, messages } = conversation;
    session.sendClientContent({ turns: 'Greet.' });
    session.sendClientContent({ turns: 'How is the weather?' });
    await conversation.until(() => messages.some(({ toolCall }) => toolCall));
    const [call] = messages.flatMap(({ toolCall }) => toolCall?.functionCalls ?? []);
    expect(call).toEqual({ name: 'weather', args: { city: 'Oslo' }, id: expect.any(String) });
    expect(call?.id).toMatch(isVertex ? /^[0-9a-f-]{36}$/ : /^function-call-\d+$/);
    const { id, name } = call!;
    const answer = Object.assign(new FunctionResponse(), { id, name, response: { output: { sky: 'grey' } } });
    session.sendToolResponse(Object.assign(new LiveSendToolResponseParameters(), { functionResponses: [answer] }));
    await conversation.until(() => transcriptOf(messages).endsWith('It is grey.'));
  });

  it('resumes a session on a new connection, and goes on where it was', async () => {
    await using emulator = await startEmulator({
      ...SCRIPT,
      replies: [{ say: 'One.' }, { say: 'Two.' }],
    });
    const config = { outputAudioTranscription: {} };
    const first = await connect(options(emulator.url), { ...config, sessionResumption: {} });
    first.session.sendClientContent({ turns: 'Greet.' });
    await first.until(() => first.turns() === 1);
    first.session.sendClientContent({ turns: 'Count.' });
    const updates = () => first.messages.flatMap(({ sessionResumptionUpdate }) => sessionResumptionUpdate ?? []);
    await first.until(() => first.turns() === 2 && updates().at(-1)?.resumable === true);
    expect(updates().slice(-2)).toEqual([{}, { newHandle: expect.any(String), resumable: true }]);
    first.session.close();
    await first.closed;

    const handle = updates().at(-1)!.newHandle!;
    using second = await connect(options(emulator.url), { ...config, sessionResumption: { handle } });
    second.session.sendClientContent({ turns: 'Count.' });
    await second.until(() => second.turns() === 1);
    expect(transcriptOf(second.messages)).toBe('Two.');
    expect(emulator.totalSessions).toBe(2);
  });

  it('is told that the server goes away, with the time that is left', async () => {
    await using emulator = await startEmulator({
      ...SCRIPT,
      faults: [{ at: 'turn_complete', go_away: { left_ms: 50 } }],
    });
    using conversation = await connect(options(emulator.url));
    conversation.session.sendClientContent({ turns: 'Greet.' });
    await conversation.until(() => conversation.messages.some(({ goAway }) => goAway));
    expect(conversation.messages.at(-1)?.goAway?.timeLeft).toBe('0.05s');
    expect((await conversation.closed).code).toBe(isVertex ? 1000 : 1011);
  });

  it('answers a function that does not block in pieces, and speaks meanwhile', async () => {
    await using emulator = await startEmulator({
      replies: [
        {
          on: { text: 'weather' },
          call: { name: 'weather' },
          meanwhile: 'So far {{ result.sky }}.',
          then: 'It is {{ result.sky }}.',
        },
        { say: 'Yes.' },
      ],
    });
    using conversation = await connect(options(emulator.url), {
      outputAudioTranscription: {},
      tools: [{ functionDeclarations: [{ name: 'weather', behavior: Behavior.NON_BLOCKING }] }],
    });
    const { session, messages } = conversation;
    session.sendClientContent({ turns: 'How is the weather?' });
    await conversation.until(() => conversation.turns() === 1);
    session.sendClientContent({ turns: 'Are you there?' });
    await conversation.until(() => conversation.turns() === 2);
    const { id, name } = messages.flatMap(({ toolCall }) => toolCall?.functionCalls ?? [])[0]!;
    const answer = (sky: string, more: Partial<FunctionResponse>): void => {
      const response = Object.assign(new FunctionResponse(), { id, name, response: { output: { sky } }, ...more });
      session.sendToolResponse(Object.assign(new LiveSendToolResponseParameters(), { functionResponses: [response] }));
    };
    answer('grey', { willContinue: true });
    await conversation.until(() => conversation.turns() === 3);
    answer('blue', { willContinue: false, scheduling: FunctionResponseScheduling.INTERRUPT });
    await conversation.until(() => conversation.turns() === 4);
    expect(transcriptOf(messages)).toBe('Yes.So far grey.It is blue.');
  });

  it('is told that a call is off when the caller speaks before its answer', async () => {
    await using emulator = await startEmulator();
    using conversation = await connect(options(emulator.url), {
      tools: [{ functionDeclarations: [{ name: 'weather', behavior: Behavior.BLOCKING }] }],
    });
    const { session, messages } = conversation;
    session.sendClientContent({ turns: 'Greet.' });
    session.sendClientContent({ turns: 'How is the weather?' });
    await conversation.until(() => messages.some(({ toolCall }) => toolCall));
    const [call] = messages.flatMap(({ toolCall }) => toolCall?.functionCalls ?? []);
    speak(session, speechLike(300));
    await conversation.until(() => messages.some(({ toolCallCancellation }) => toolCallCancellation));
    expect(messages.flatMap(({ toolCallCancellation }) => toolCallCancellation?.ids ?? [])).toEqual([call?.id]);
  });

  it('is interrupted by speech: interrupted, then turnComplete, and no generationComplete', async () => {
    await using emulator = await startEmulator();
    using conversation = await connect(options(emulator.url));
    const { session, messages } = conversation;
    session.sendClientContent({ turns: 'Greet.' });
    await conversation.until(() => conversation.turns() === 1);
    const before = messages.length;
    session.sendClientContent({ turns: 'Tell me a story.' });
    await conversation.until(() => messages.slice(before).some(({ serverContent }) => serverContent?.modelTurn));
    speak(session, speechLike(300));
    await conversation.until(() => conversation.turns() === 2);
    const order = orderOf(messages.slice(before)).filter((field) => field !== 'modelTurn');
    expect(order).toEqual(['interrupted', 'turnComplete']);
  });

  it('sees the close code and reason', async () => {
    await using emulator = await startEmulator({
      ...SCRIPT,
      faults: [{ at: 'audio', close: { code: 1011, reason: 'Internal error encountered.' } }],
    });
    using conversation = await connect(options(emulator.url));
    conversation.session.sendClientContent({ turns: 'Greet.' });
    expect(await conversation.closed).toEqual({ code: 1011, reason: 'Internal error encountered.' });
  });
});

describe("Google's SDK", () => {
  it('learns on Vertex AI which of its messages a handle knows of, where it asks for transparency', async () => {
    await using emulator = await startEmulator();
    using conversation = await connect(
      { vertexai: true, apiKey: 'k', httpOptions: { baseUrl: emulator.url } },
      { sessionResumption: { transparent: true } },
    );
    conversation.session.sendClientContent({ turns: 'Greet.' });
    const updates = () => conversation.messages.flatMap(({ sessionResumptionUpdate }) => sessionResumptionUpdate ?? []);
    await conversation.until(() => conversation.turns() === 1 && updates().at(-1)?.resumable === true);
    expect(updates().at(-1)).toMatchObject({ lastConsumedClientMessageIndex: '1' });
  });

  it.each([
    [1007, 'Request contains an invalid argument.'],
    [1008, 'Requested entity was not found.'],
  ])('is closed on for a handle that is refused, with %i', async (code, reason) => {
    await using emulator = await startEmulator({ ...SCRIPT, resumption: { unknown: { code, reason } } });
    const options = { apiKey: 'k', httpOptions: { baseUrl: emulator.url } };
    await expect(connect(options, { sessionResumption: { handle: 'nobody-knows' } })).rejects.toThrow(
      `closed ${code} ${reason}`,
    );
  });

  it('is let in with an ephemeral token', async () => {
    await using emulator = await startEmulator();
    const httpOptions = { baseUrl: emulator.url, apiVersion: 'v1alpha' };
    using conversation = await connect({ apiKey: 'auth_tokens/abc', httpOptions });
    await conversation.until(() => conversation.messages.length > 0);
    expect(conversation.messages[0]?.setupComplete).toBeDefined();
  });

  it.each([
    ['a model nobody has', { model: 'gemini-0' }, 'closed 1008 models/gemini-0 is not found'],
    ['a voice nobody has', { voice: 'Nobody' }, 'closed 1007 Request contains an invalid argument.'],
  ])('is closed on for %s', async (_, { model, voice }: { model?: string; voice?: string }, message) => {
    await using emulator = await startEmulator();
    const closing = deferred<string>();
    void new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: emulator.url } }).live.connect({
      model: model ?? MODEL,
      config:
        voice === undefined ? {} : { speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: voice } } } },
      callbacks: {
        onmessage: () => undefined,
        onclose: ({ code, reason }: Close) => closing.resolve(`closed ${code} ${reason}`),
      },
    });
    expect(await closing.promise).toContain(message);
  });
});
