import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { startLiveEmulator } from '../../src/emulator/live-emulator.js';
import { createScript } from '../../src/emulator/script.js';
import type { EmulatorScriptInput } from '../../src/emulator/script-schema.js';
import { startLocalServer } from '../support/local-server.js';
import { startTestLine } from '../support/liveline.js';
import { callerSpeech, createTestSpeech } from '../support/test-speech.js';

/** A desk that can book, on a model. */
function desk(model: string, run: string): string {
  return `
agents:
  desk:
    default: true
    model: ${model}
    instructions: You answer the phone.
    turn: { silence_ms: 300 }
    tools:
      - name: book
        description: Books.
        parameters: { type: object, properties: { day: { type: string } } }
        http:
          method: POST
          url: \${API}/bookings
          body: { day: '{{ args.day }}' }
          allow_private_hosts: [127.0.0.1]
        on_cancel: { method: DELETE, url: '\${API}/bookings/{{ result.id }}' }
        ${run}
`;
}

const BOOKS = { on: { text: 'book' }, say: 'One moment.', call: { name: 'book', args: { day: 'monday' } } };

/** A call to the desk, and a service that answers a booking when the test says so. */
async function startDesk(kind: 'gemini-api' | 'vertex-ai', model: string, run: string, script: EmulatorScriptInput) {
  const waiting: ServerResponse[] = [];
  const service = await startLocalServer(({ method }, response) => {
    if (method === 'POST') waiting.push(response);
    else response.writeHead(204).end();
  });
  const live = await startLiveEmulator({ script: createScript(script), speech: createTestSpeech() });
  const line = await startTestLine({
    agents: desk(model, run),
    variables: { API: service.origin },
    server: { model: { kind, apiKey: 'key', baseUrl: live.url } },
  });
  return {
    service,
    line,
    /** The service has booked. */
    book: () => waiting.shift()?.setHeader('content-type', 'application/json').end('{"id":7}'),
    tools: () => line.events.flatMap((event) => (event.type === 'tool' ? [event.phase] : [])),
    async [Symbol.asyncDispose]() {
      await line[Symbol.asyncDispose]();
      await live[Symbol.asyncDispose]();
      await service[Symbol.asyncDispose]();
    },
  };
}

const SERVICES = ['gemini-api', 'vertex-ai'] as const;

describe.each(SERVICES)('a caller who cuts in while the model waits for a tool, on %s', (kind) => {
  it('is answered, and what the tool did is undone', async () => {
    await using desk = await startDesk(kind, 'gemini-3.8-live', 'blocking: true', {
      replies: [
        { ...BOOKS, then: 'Booked.' },
        { on: 'speech', heard: 'No, wait.', say: 'Never mind.' },
      ],
    });
    await using phone = desk.line.call();
    await desk.line.waitFor('model-ready');
    await desk.line.say('book it');
    await desk.service.requested();
    await phone.speak(await callerSpeech(500));
    await desk.line.waitFor('tool', ({ phase }) => phase === 'cancelled');
    desk.book();
    expect(await desk.line.waitFor('tool', ({ phase }) => phase === 'undone')).toMatchObject({ ok: true });
    await desk.line.waitFor('turn', ({ pii }) => pii.text === 'Never mind.');
    expect(desk.service.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /bookings',
      'DELETE /bookings/7',
    ]);
    expect(desk.tools()).toEqual(['called', 'cancelled', 'undone']);
  });
});

describe.each(SERVICES)('a tool that the model does not wait for, on %s', (kind) => {
  it('is spoken of when there is room for it, and the conversation goes on meanwhile', async () => {
    await using desk = await startDesk(kind, 'gemini-3.8-live', 'blocking: false\n        when_done: when_idle', {
      replies: [
        { ...BOOKS, then: 'It has number {{ result.id }}.' },
        { on: 'speech', heard: 'And?', say: 'Soon.' },
      ],
    });
    await using phone = desk.line.call();
    await desk.line.waitFor('model-ready');
    await desk.line.say('book it');
    await desk.service.requested();
    await phone.speak(await callerSpeech(500));
    await desk.line.waitFor('transcript', ({ pii }) => pii.text.includes('Soon'));
    desk.book();
    await desk.line.waitFor('turn', ({ pii }) => pii.text.includes('It has number 7.'));
    expect(desk.tools()).toEqual(['called', 'answered']);
  });
});

describe('a model that ends the session when it hears the caller while it waits', () => {
  it('does not hear the caller until it has the answer, and then every word', async () => {
    await using desk = await startDesk(
      'gemini-api',
      'gemini-2.5-flash-native-audio-preview-12-2025',
      'blocking: true',
      {
        replies: [
          { ...BOOKS, then: 'Booked.' },
          { on: 'speech', heard: 'Are you there?', say: 'Yes, I am.' },
        ],
        faults: [
          {
            at: 'call_audio',
            // A few pieces may cross with the call on its way; half a second of speech is 25 of them.
            nth: 10,
            close: { code: 1008, reason: 'Operation is not implemented, or supported, or enabled.' },
          },
        ],
      },
    );
    await using phone = desk.line.call();
    await desk.line.waitFor('model-ready');
    await desk.line.say('book it');
    await desk.service.requested();
    await phone.speak(await callerSpeech(500));
    desk.book();
    await desk.line.waitFor('turn', ({ pii }) => pii.text === 'Yes, I am.');
    expect(desk.line.events.filter(({ type }) => type === 'model-lost')).toEqual([]);
    expect(desk.tools()).toEqual(['called', 'answered']);
  });
});

describe('a model that calls a function off by itself, and makes it again', () => {
  it('is given the answer of the first, which is done once', async () => {
    await using desk = await startDesk('gemini-api', 'gemini-3.1-flash-live-preview', '', {
      replies: [{ ...BOOKS, then: 'Booked number {{ result.id }}.' }],
      faults: [{ at: 'tool_call', delay_ms: 100, cancel: 'repeat' }],
    });
    await using _ = desk.line.call();
    await desk.line.waitFor('model-ready');
    await desk.line.say('book it');
    await desk.line.waitFor('tool', (event) => event.phase === 'called' && event.repeats !== undefined);
    desk.book();
    await desk.line.waitFor('turn', ({ pii }) => pii.text.includes('Booked number 7.'));
    expect(desk.tools()).toEqual(['called', 'cancelled', 'called', 'answered']);
    expect(desk.service.requests.map(({ method }) => method)).toEqual(['POST']);
  });
});
