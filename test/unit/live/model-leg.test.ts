import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { Conversation } from '../../support/opened-leg.js';

const PCM = Buffer.from('0102030405060708', 'hex');
const audioPart = (bytes = PCM, mimeType = 'audio/pcm;rate=24000') => ({
  inlineData: { mimeType, data: bytes.toString('base64') },
});
const modelTurn = (...parts: object[]) => ({ serverContent: { modelTurn: { parts } } });

describe('what the model says', () => {
  it('is read from binary and text frames, compact and pretty', async () => {
    await using call = await Conversation.open();
    const message = modelTurn(audioPart());
    await call.tell(message, JSON.stringify(message), Buffer.from(`${JSON.stringify(message, null, 2)}\n`));
    expect(call.recorder.events.slice(1)).toEqual(Array(3).fill(['audio', PCM.toString('hex')]));
  });

  it('is told in one order, however much one message holds', async () => {
    await using call = await Conversation.open();
    call.recorder.clear();
    await call.tell({
      usageMetadata: { totalTokenCount: 9 },
      goAway: {},
      serverContent: {
        turnComplete: true,
        turnCompleteReason: 'RESPONSE_REJECTED',
        generationComplete: true,
        outputTranscription: { text: ' there' },
        inputTranscription: { text: 'Hello' },
        modelTurn: { role: 'model', parts: [audioPart(), audioPart(PCM.subarray(0, 3))] },
        interrupted: true,
      },
      toolCall: { functionCalls: [{ id: 'a', name: 'f', args: { x: 1 } }] },
      toolCallCancellation: { ids: ['z'] },
    });
    expect(call.recorder.events.map(([name, ...values]) => (name === 'usage' ? [name] : [name, ...values]))).toEqual([
      ['interrupted'],
      ['tool-calls-cancelled', ['z']],
      ['audio', '0102030405060708'],
      ['audio', '010203'],
      ['transcript', 'caller', 'Hello'],
      ['transcript', 'agent', ' there'],
      ['tool-calls', [{ id: 'a', name: 'f', args: { x: 1 } }]],
      ['generation-complete'],
      ['turn-complete', 'RESPONSE_REJECTED'],
      ['usage'],
      ['going-away', 0],
    ]);
  });

  it('is transcribed inside and outside of serverContent, verbatim, and never as nothing', async () => {
    await using call = await Conversation.open();
    call.recorder.clear();
    await call.tell(
      { inputTranscription: { text: ' one' } },
      { outputTranscription: { text: ' two', finished: true } },
      { serverContent: { outputTranscription: {}, inputTranscription: { text: '' } } },
    );
    expect(call.recorder.events).toEqual([
      ['transcript', 'caller', ' one'],
      ['transcript', 'agent', ' two'],
    ]);
  });

  it('is never a thought, code, or a text beside its speech', async () => {
    await using call = await Conversation.open();
    call.recorder.clear();
    await call.tell(
      modelTurn({ text: 'I think', thought: true }, { ...audioPart(), thought: true }, { text: 'aside' }),
      modelTurn({ executableCode: { language: 'PYTHON', code: 'print(1)' } }, { codeExecutionResult: {} }),
    );
    expect(call.recorder.events.filter(([name]) => name !== 'report')).toEqual([]);
  });

  it('is its text in a session of text', async () => {
    await using call = await Conversation.open({ settings: { modality: 'TEXT' } });
    call.recorder.clear();
    await call.tell(modelTurn({ text: 'Hello' }, { text: 'hm', thought: true }, { text: ' you' }));
    expect(call.recorder.events).toEqual([
      ['transcript', 'agent', 'Hello'],
      ['transcript', 'agent', ' you'],
    ]);
  });

  it.each(['audio/pcm', 'audio/pcm;rate=24000', 'audio/PCM; rate=24000'])('is played as %s', async (mimeType) => {
    await using call = await Conversation.open();
    call.recorder.clear();
    await call.tell(modelTurn(audioPart(PCM, mimeType)));
    expect(call.recorder.names).toEqual(['audio']);
  });

  it.each([
    ['audio-rate', { mimeType: 'audio/pcm;rate=16000', data: 'AAAA' }],
    ['audio-format', { mimeType: 'audio/ogg', data: 'AAAA' }],
    ['audio-format', { data: 'AAAA' }],
    ['audio-encoding', { mimeType: 'audio/pcm', data: '' }],
    ['audio-encoding', { mimeType: 'audio/pcm', data: 'not base64 at all!' }],
  ])('is ignored as %s: %j', async (kind, inlineData) => {
    await using call = await Conversation.open();
    call.recorder.clear();
    await call.tell(modelTurn({ inlineData }));
    expect(call.recorder.events).toEqual([['irregular', kind]]);
  });

  it('is played from base64 of the URL alphabet, with and without padding', async () => {
    await using call = await Conversation.open();
    call.recorder.clear();
    const bytes = Buffer.from('fbffbffe', 'hex');
    await call.tell(
      modelTurn({ inlineData: { mimeType: 'audio/pcm', data: bytes.toString('base64url') } }),
      modelTurn({ inlineData: { mimeType: 'audio/pcm', data: bytes.toString('base64') } }),
    );
    expect(call.recorder.events).toEqual(Array(2).fill(['audio', 'fbffbffe']));
  });
});

describe('the end of a turn', () => {
  const turnComplete = (interactionStatus?: string, more: object = {}) => ({
    serverContent: { turnComplete: true, ...more, ...(interactionStatus && { interactionStatus }) },
  });

  it('is the one that leaves the model idle, where it says so; those before end an utterance', async () => {
    await using call = await Conversation.open();
    call.recorder.clear();
    await call.tell(
      turnComplete('IN_PROGRESS'),
      turnComplete('IN_PROGRESS', { turnCompleteReason: 'NEED_MORE_INPUT' }),
      turnComplete('IDLE'),
      turnComplete(),
    );
    expect(call.recorder.events).toEqual([
      ['utterance-complete', undefined],
      ['utterance-complete', 'NEED_MORE_INPUT'],
      ['turn-complete', undefined],
      ['turn-complete', undefined],
    ]);
  });

  it('may come as a status alone, once', async () => {
    await using call = await Conversation.open();
    call.recorder.clear();
    const idle = { serverContent: { interactionStatus: 'IDLE' } };
    await call.tell(idle, turnComplete('IN_PROGRESS'), idle, idle);
    expect(call.recorder.names).toEqual(['utterance-complete', 'turn-complete']);
  });

  it('may be a deliberate silence, which is told before it', async () => {
    await using call = await Conversation.open();
    call.recorder.clear();
    await call.tell(turnComplete('IDLE', { waitingForInput: true }));
    expect(call.recorder.names).toEqual(['waiting', 'turn-complete']);
  });
});

describe('messages outside the protocol', () => {
  it('are counted and change nothing', async () => {
    await using call = await Conversation.open();
    call.recorder.clear();
    await call.tell(
      'no json',
      '',
      '[]',
      { serverContent: { turnComplete: 'yes' } },
      { somethingNew: {} },
      { serverContent: { novelty: 1, turnComplete: true } },
      { error: { code: 3, message: 'x', status: 'INVALID_ARGUMENT' } },
      { sessionResumptionUpdate: {}, voiceActivity: { type: 'ACTIVITY_START' } },
      { setupComplete: {} },
      { serverContent: null, toolCall: { functionCalls: null } },
    );
    expect(call.recorder.events).toEqual([
      ...Array<unknown>(4).fill(['irregular', 'unreadable-message']),
      ['irregular', 'unknown-field'],
      ['irregular', 'unknown-field'],
      ['turn-complete', undefined],
      ['irregular', 'unknown-field'],
      ['report', { type: 'activity-reported', phase: 'began' }],
      ['resumable', undefined],
      ['irregular', 'second-setup-complete'],
    ]);
  });

  it('end the session when nothing else comes', async () => {
    await using call = await Conversation.open();
    for (let count = 0; count < 20; count++) call.session.sendRaw('rubbish');
    await call.recorder.until('closed');
    expect(call.recorder.error).toMatchObject({ code: 'MODEL_PROTOCOL', retryable: true });
    await call.server.idle();
  });

  it('do not end it when they are rare', async () => {
    await using call = await Conversation.open();
    for (let count = 0; count < 40; count++) {
      call.session.sendRaw('rubbish');
      call.session.send(modelTurn(audioPart()));
    }
    await call.tell();
    expect(call.recorder.names).not.toContain('closed');
  });

  it('that are nested without end are not read', async () => {
    await using call = await Conversation.open();
    call.recorder.clear();
    await call.tell(`{"serverContent":${'['.repeat(100_000)}${']'.repeat(100_000)}}`);
    expect(call.recorder.events).toEqual([['irregular', 'unreadable-message']]);
  });
});

describe('what the caller says', () => {
  it('is sent as base64 of 16 kHz PCM, from the middle of a buffer too', async () => {
    await using call = await Conversation.open();
    call.leg.sendAudio(PCM.subarray(2, 6));
    expect(await call.session.next()).toEqual({
      realtimeInput: { audio: { data: PCM.subarray(2, 6).toString('base64'), mimeType: 'audio/pcm;rate=16000' } },
    });
  });

  it.each([
    ['gemini-3.8-live', { clientContent: { turns: [{ role: 'user', parts: [{ text: 'hi' }] }], turnComplete: true } }],
    ['gemini-3.1-flash-live-preview', { realtimeInput: { text: 'hi' } }],
  ])('as text reaches %s its own way', async (model, message) => {
    await using call = await Conversation.open({ model });
    call.leg.sendText('hi');
    expect(await call.session.next()).toEqual(message);
  });

  it('pauses by a message on the Gemini API, and has none on Vertex AI', async () => {
    await using gemini = await Conversation.open();
    expect(gemini.leg.endAudio()).toBe(true);
    expect(await gemini.session.next()).toEqual({ realtimeInput: { audioStreamEnd: true } });
    await using vertex = await Conversation.open({ service: { backend: 'vertex-ai', apiKey: 'k' } });
    expect(vertex.leg.endAudio()).toBe(false);
    vertex.leg.sendText('next');
    expect(await vertex.session.next()).toHaveProperty('clientContent');
  });
});

describe('tool calls', () => {
  const tools = [
    { name: 'quick', description: 'q' },
    { name: 'slow', description: 's', blocking: false },
    { name: 'strict', description: 't', blocking: true },
  ];

  it('without an id get one, and their answers none', async () => {
    await using call = await Conversation.open();
    call.recorder.clear();
    await call.tell({
      toolCall: { functionCalls: [{ name: 'f' }, { name: 'f', id: '' }, { name: 'g', id: 'given' }] },
    });
    const [, calls] = call.recorder.events[0] as [string, { id: string; name: string; args: object }[]];
    expect(new Set(calls.map(({ id }) => id)).size).toBe(3);
    expect(calls.map(({ args }) => args)).toEqual([{}, {}, {}]);
    call.leg.sendToolAnswers(calls.map(({ id, name }) => ({ id, name, response: { output: 1 } })));
    expect(await call.session.next()).toEqual({
      toolResponse: {
        functionResponses: [
          { name: 'f', response: { output: 1 } },
          { name: 'f', response: { output: 1 } },
          { name: 'g', id: 'given', response: { output: 1 } },
        ],
      },
    });
  });

  it('keep their arguments and answers as they are, underscores and nulls included', async () => {
    await using call = await Conversation.open();
    call.recorder.clear();
    await call.tell({ tool_call: { function_calls: [{ id: 'a', name: 'f', args: { first_name: null } }] } });
    expect(call.recorder.events).toEqual([['tool-calls', [{ id: 'a', name: 'f', args: { first_name: null } }]]]);
  });

  it('are answered with a schedule only where the model goes on meanwhile', async () => {
    await using call = await Conversation.open({ settings: { tools } });
    const whenDone = 'when_idle' as const;
    call.leg.sendToolAnswers(
      ['quick', 'slow', 'strict', 'unheard-of'].map((name) => ({ id: name, name, response: {}, whenDone })),
    );
    const answers: { scheduling?: string }[] = (await call.session.next())['toolResponse'].functionResponses;
    expect(answers.map((answer) => answer.scheduling)).toEqual([
      'WHEN_IDLE', // This model's default is not to block.
      'WHEN_IDLE',
      undefined,
      undefined,
    ]);
    await using blocking = await Conversation.open({ model: 'gemini-3.1-flash-live-preview', settings: { tools } });
    blocking.leg.sendToolAnswers([{ id: 'slow', name: 'slow', response: {}, whenDone: 'silent' }]);
    const answer = (await blocking.session.next())['toolResponse'].functionResponses[0];
    expect(answer).toEqual({ id: 'slow', name: 'slow', response: {} });
  });
});

describe('the end of a session', () => {
  it('is one event, and nothing follows the close, not even the rest of a message', async () => {
    await using call = await Conversation.open();
    call.recorder.clear();
    call.recorder.onEvent = (name) => {
      if (name === 'interrupted') call.leg.close();
    };
    call.session.send({ serverContent: { interrupted: true, turnComplete: true }, usageMetadata: {} });
    call.session.send(modelTurn(audioPart()));
    for (let count = 0; count < 30; count++) call.session.sendRaw('rubbish');
    expect(await call.session.closed).toMatchObject({ code: 1000 });
    await call.recorder.until('closed');
    call.leg.close();
    call.leg.sendText('late');
    call.leg.sendAudio(PCM);
    expect(call.recorder.events).toEqual([['interrupted'], ['closed', undefined]]);
  });

  it('comes within a second, even if the service does not answer', async () => {
    await using call = await Conversation.open();
    call.session.socket.pause();
    call.leg.close();
    call.clock.advance(999);
    expect(call.recorder.names).not.toContain('closed');
    call.clock.advance(1);
    await call.recorder.until('closed');
    expect(call.recorder.error).toBeUndefined();
    expect(call.clock.pendingTimers).toBe(0);
  });

  it('by the service is an error with its code and reason', async () => {
    await using call = await Conversation.open();
    call.session.socket.close(1011, 'Internal error encountered.');
    await call.recorder.until('closed');
    expect(call.recorder.error).toMatchObject({
      code: 'MODEL_UNAVAILABLE',
      closeCode: 1011,
      closeReason: 'Internal error encountered.',
      phase: 'conversation',
      retryable: true,
    });
    await call.server.idle();
  });

  it('by a lost connection is 1006', async () => {
    await using call = await Conversation.open();
    call.session.socket.terminate();
    await call.recorder.until('closed');
    expect(call.recorder.error).toMatchObject({ code: 'MODEL_CLOSED', closeCode: 1006, retryable: true });
  });

  it('comes with a message that is larger than 16 MiB', async () => {
    await using call = await Conversation.open();
    call.session.sendRaw(Buffer.alloc(16 * 1024 * 1024 + 1, 0x20));
    await call.recorder.until('closed');
    expect(await call.session.closed).toMatchObject({ code: 1009 });
    expect(call.recorder.error).toMatchObject({ code: 'MODEL_CLOSED', retryable: true });
  });

  it('is announced in milliseconds', async () => {
    await using call = await Conversation.open();
    call.recorder.clear();
    const announced = once(call.session.socket, 'close');
    call.session.send({ goAway: { timeLeft: '49.5s' } });
    await call.recorder.until('going-away');
    expect(call.recorder.events).toEqual([['going-away', 49_500]]);
    call.leg.close();
    await announced;
  });
});
