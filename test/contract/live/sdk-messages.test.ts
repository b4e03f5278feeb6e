import { Behavior, FunctionResponse, LiveSendToolResponseParameters } from '@google/genai';
import { describe, expect, it } from 'vitest';
import { clientMessageSchema, normaliseKeys } from '../../../src/live/wire.js';
import { GEMINI, VERTEX, withLeg, withSdk } from '../../support/sdk-session.js';

// Google's own client says what a Live client sends: both are given the same wishes, and must send the same.

describe('a message', () => {
  const answer = { id: 'a', name: 'f', response: { output: { first_name: 'Ann' } } };

  it.each([GEMINI, VERTEX])('is what the SDK sends to $name', async (backend) => {
    const sdk = await withSdk(backend, 'gemini-3.8-live', {}, async (session, server) => {
      session.sendRealtimeInput({ audio: { data: 'AAAA', mimeType: 'audio/pcm;rate=16000' } });
      session.sendClientContent({ turns: [{ role: 'user', parts: [{ text: 'hi' }] }], turnComplete: true });
      session.sendRealtimeInput({ video: { data: 'AAAA', mimeType: 'image/png' } });
      const responses = Object.assign(new FunctionResponse(), answer);
      session.sendToolResponse(Object.assign(new LiveSendToolResponseParameters(), { functionResponses: [responses] }));
      return [await server.next(), await server.next(), await server.next(), await server.next()];
    });
    const own = await withLeg(backend, {}, async (leg, server) => {
      leg.sendAudio(new Uint8Array(3));
      leg.sendText('hi');
      leg.sendImage({ mimeType: 'image/png', bytes: new Uint8Array(3) });
      leg.sendToolAnswers([answer]);
      return [await server.next(), await server.next(), await server.next(), await server.next()];
    });
    expect(own).toEqual(sdk);
    for (const message of [...own, ...sdk]) expect(clientMessageSchema.safeParse(message).error).toBeUndefined();
  });

  it.each([GEMINI, VERTEX])(
    'that tells a session anew, or gives a piece of an answer, is what the SDK sends to $name',
    async (backend) => {
      const slow = { name: 'slow', description: 'Takes time.', blocking: false };
      const update = { instructions: 'Be brief.', tools: [slow] };
      const piece = { id: 'a', name: 'slow', response: { output: 1 } };
      const sdk = await withSdk(backend, 'gemini-3.8-live', {}, async (session, server) => {
        session.sendContextUpdate({
          systemInstruction: { role: 'user', parts: [{ text: 'Be brief.' }] },
          tools: {
            tools: [
              {
                functionDeclarations: [{ name: 'slow', description: 'Takes time.', behavior: Behavior.NON_BLOCKING }],
              },
            ],
          },
        });
        const responses = Object.assign(new FunctionResponse(), { ...piece, willContinue: true });
        session.sendToolResponse(
          Object.assign(new LiveSendToolResponseParameters(), { functionResponses: [responses] }),
        );
        return [await server.next(), await server.next()];
      });
      const own = await withLeg(backend, { settings: { tools: [slow] } }, async (leg, server) => {
        const sent = [leg.updateContext(update), leg.sendToolUpdate(piece)];
        return sent.includes(true) ? [await server.next()] : [];
      });
      // Each service takes one of them.
      expect(own).toEqual([backend === VERTEX ? sdk[0] : sdk[1]]);
      for (const message of sdk) expect(clientMessageSchema.safeParse(normaliseKeys(message)).error).toBeUndefined();
    },
  );

  it('of text in real time, and of a pause, is what the SDK sends', async () => {
    const sdk = await withSdk(GEMINI, 'gemini-3.1-flash-live-preview', {}, async (session, server) => {
      session.sendRealtimeInput({ text: 'hi' });
      session.sendRealtimeInput({ audioStreamEnd: true });
      return [await server.next(), await server.next()];
    });
    const own = await withLeg(GEMINI, { model: 'gemini-3.1-flash-live-preview' }, async (leg, server) => {
      leg.sendText('hi');
      leg.endAudio();
      return [await server.next(), await server.next()];
    });
    expect(own).toEqual(sdk);
  });
});

describe('the schema of client messages', () => {
  it('reads everything else that the SDK can send', async () => {
    const config = {
      responseModalities: ['AUDIO'],
      sessionResumption: { handle: 'h', transparent: true },
      explicitVadSignal: true,
      labels: { a: 'b' },
      safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
      realtimeInputConfig: { automaticActivityDetection: { disabled: true } },
      translationConfig: { targetLanguageCode: 'de' },
    };
    const messages = await withSdk(VERTEX, 'gemini-3.8-live', config, async (session, server, setup) => {
      session.sendRealtimeInput({ activityStart: {} });
      session.sendRealtimeInput({ activityEnd: {} });
      session.sendRealtimeInput({ media: { data: 'AAAA', mimeType: 'audio/pcm' } });
      session.sendClientContent({});
      const sent = [];
      for (let count = 0; count < 4; count++) sent.push(await server.next());
      return [{ setup }, ...sent];
    });
    expect(messages).toHaveLength(5);
    for (const message of messages) {
      expect(clientMessageSchema.safeParse(normaliseKeys(message)).error).toBeUndefined();
    }
  });
});
