import { GoogleGenAI } from '@google/genai';
import { describe, expect, it } from 'vitest';
import { silence, speechLike } from '../../support/sounds.js';
import { createTestSpeech } from '../../support/test-speech.js';
import {
  connect,
  MODEL,
  OPTION_SETS,
  orderOf,
  SCRIPT,
  speak,
  startEmulator,
  transcriptOf,
  type Close,
  deferred,
} from '../../support/sdk-conversation.js';

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
