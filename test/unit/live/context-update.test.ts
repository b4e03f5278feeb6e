import { describe, expect, it } from 'vitest';
import type { LiveService } from '../../../src/live/live-service.js';
import { Conversation, openLeg } from '../../support/opened-leg.js';
import { ScriptedLiveServer } from '../../support/scripted-live-server.js';

const VERTEX: Omit<LiveService, 'baseUrl'> = { backend: 'vertex-ai', apiKey: 'k' };
const tools = [{ name: 'hours', description: 'Opening hours.' }];
const other = { name: 'book', description: 'Books.', blocking: true };
const nativeTools = [{ kind: 'google_search' }] as const;

describe('telling a session anew', () => {
  it('replaces the instructions alone', async () => {
    await using call = await Conversation.open({ service: VERTEX, settings: { tools } });
    expect(call.leg.updateContext({ instructions: 'Be brief.' })).toBe(true);
    expect(await call.session.next()).toEqual({
      contextUpdate: { systemInstruction: { role: 'user', parts: [{ text: 'Be brief.' }] } },
    });
  });

  it('replaces the list of tools as a whole, what the service runs included', async () => {
    await using call = await Conversation.open({ service: VERTEX, settings: { tools, nativeTools } });
    call.leg.updateContext({ tools: [other] });
    expect(await call.session.next()).toEqual({
      contextUpdate: {
        tools: {
          tools: [
            { functionDeclarations: [{ name: 'book', description: 'Books.', behavior: 'BLOCKING' }] },
            { googleSearch: {} },
          ],
        },
      },
    });
    call.leg.updateContext({ tools: [], nativeTools: [] });
    expect(await call.session.next()).toEqual({ contextUpdate: { tools: { tools: [] } } });
  });

  it('decides from then on how functions are answered', async () => {
    await using call = await Conversation.open({ service: VERTEX, settings: { tools } });
    const answer = { id: 'a', name: 'book', response: {}, whenDone: 'silent' as const };
    call.leg.updateContext({ tools: [{ ...other, blocking: false }] });
    await call.session.next();
    call.leg.sendToolAnswers([answer]);
    expect((await call.session.next())['toolResponse']).toMatchObject({
      functionResponses: [{ scheduling: 'SILENT' }],
    });
  });

  it.each([
    ['gemini-3.8-live', undefined],
    ['gemini-3.1-flash-live-preview', undefined],
    ['gemini-2.5-flash-native-audio-preview-12-2025', undefined],
    ['gemini-live-2.5-flash-native-audio', VERTEX],
    ['gemini-unheard-of', VERTEX],
  ])('is refused, and nothing is sent, on %s (%j)', async (model, service) => {
    await using call = await Conversation.open({ model, ...(service && { service }) });
    expect(call.leg.updateContext({ instructions: 'Be brief.' })).toBe(false);
    call.leg.sendText('next');
    expect(await call.session.next()).not.toHaveProperty('contextUpdate');
  });

  it('is part of the setup of a session that takes over', async () => {
    await using server = await ScriptedLiveServer.start();
    const context = { instructions: 'Be brief.', tools: [other] };
    const { leg, recorder } = openLeg(server.baseUrl, {
      context,
      handle: 'h',
      settings: { systemInstruction: 'Be verbose.', tools, nativeTools },
    });
    const setup = await (await server.nextSession()).setUp();
    expect(setup).toMatchObject({
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      tools: [{ functionDeclarations: [{ name: 'book' }] }, { googleSearch: {} }],
    });
    leg.close();
    await recorder.until('closed');
  });
});

describe('a piece of an answer', () => {
  const piece = { id: 'a', name: 'slow', response: { output: 1 }, whenDone: 'when_idle' as const };
  const slow = { name: 'slow', description: 's', blocking: false };

  it('says that more follows, and when it is to be spoken of', async () => {
    await using call = await Conversation.open({ settings: { tools: [slow] } });
    expect(call.leg.sendToolUpdate(piece)).toBe(true);
    expect((await call.session.next())['toolResponse']).toEqual({
      functionResponses: [
        { id: 'a', name: 'slow', response: { output: 1 }, scheduling: 'WHEN_IDLE', willContinue: true },
      ],
    });
  });

  it.each([
    ['a function that blocks', {}, { ...slow, blocking: true }],
    ['a function nobody declared', {}, { ...slow, name: 'other' }],
    ['Vertex AI', { service: VERTEX }, slow],
    ['a model that always waits', { model: 'gemini-3.1-flash-live-preview' }, slow],
  ])('is not sent for %s', async (_name, options, tool) => {
    await using call = await Conversation.open({ ...options, settings: { tools: [tool] } });
    expect(call.leg.sendToolUpdate(piece)).toBe(false);
    call.leg.sendToolAnswers([piece]);
    expect((await call.session.next())['toolResponse'].functionResponses[0]).not.toHaveProperty('willContinue');
  });
});
