import { Behavior, FunctionResponse, FunctionResponseScheduling, LiveSendToolResponseParameters } from '@google/genai';
import { describe, expect, it } from 'vitest';
import { connect, OPTION_SETS, speak, startEmulator, transcriptOf } from '../../support/sdk-conversation.js';
import { speechLike } from '../../support/sounds.js';

describe.each(OPTION_SETS)("Google's SDK with $name", ({ isVertex, options }) => {
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

  it('is told where an answer comes from, and sees the program that made it', async () => {
    await using emulator = await startEmulator({
      replies: [
        {
          code: { python: 'print(6 * 7)', output: '42' },
          say: 'It is 42.',
          grounding: { queries: ['the answer'], sources: [{ title: 'a.example', uri: 'https://a.example' }] },
        },
      ],
    });
    using conversation = await connect(options(emulator.url), {
      tools: [{ googleSearch: {} }, { codeExecution: {} }],
      model: isVertex ? 'gemini-live-2.5-flash' : 'gemini-live-2.5-flash-preview',
    });
    const { session, messages } = conversation;
    session.sendClientContent({ turns: 'What is it?' });
    await conversation.until(() => conversation.turns() === 1);
    const parts = messages.flatMap(({ serverContent }) => serverContent?.modelTurn?.parts ?? []);
    expect(parts.find(({ executableCode }) => executableCode)?.executableCode?.code).toBe('print(6 * 7)');
    expect(parts.find(({ codeExecutionResult }) => codeExecutionResult)?.codeExecutionResult?.output).toBe('42');
    const grounding = messages.find(({ serverContent }) => serverContent?.groundingMetadata);
    expect(grounding?.serverContent?.groundingMetadata).toEqual({
      webSearchQueries: ['the answer'],
      groundingChunks: [{ web: { title: 'a.example', uri: 'https://a.example' } }],
    });
  });

  it('tells the session of other tools in the middle of it', async () => {
    await using emulator = await startEmulator();
    using conversation = await connect(options(emulator.url), { outputAudioTranscription: {} });
    const { session, messages } = conversation;
    session.sendClientContent({ turns: 'Greet.' });
    await conversation.until(() => conversation.turns() === 1);
    session.sendContextUpdate({
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      tools: { tools: [{ functionDeclarations: [{ name: 'weather', behavior: Behavior.BLOCKING }] }] },
    });
    session.sendClientContent({ turns: 'How is the weather?' });
    await conversation.until(() => messages.some(({ toolCall }) => toolCall));
    expect(messages.flatMap(({ toolCall }) => toolCall?.functionCalls ?? [])).toMatchObject([{ name: 'weather' }]);
  });
});
