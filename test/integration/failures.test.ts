import { describe, expect, it } from 'vitest';
import type { EmulatorScriptInput } from '../../src/emulator/script-schema.js';
import { startLocalServer } from '../support/local-server.js';
import { startTestLine } from '../support/liveline.js';
import { callerSpeech } from '../support/test-speech.js';

const AGENTS = `
agents:
  reception:
    default: true
    instructions: You answer the phone.
    greeting: Greet the caller.
    fallback: { say: Nobody can answer now. }
    turn: { protect_greeting: false, silence_ms: 200 }
`;
const SPEAKS: EmulatorScriptInput = {
  greeting: 'Hello, this is the practice.',
  replies: [{ on: 'speech', heard: 'Are you there?', say: 'Yes, I am here for you.' }],
};

describe('a caller whose model cannot be had', () => {
  const lasting: [string, NonNullable<EmulatorScriptInput['faults']>[number]][] = [
    ['a wrong key', { at: 'upgrade', http: 401, times: 9 }],
    ['a forbidden project', { at: 'upgrade', http: 403, times: 9 }],
    ['an unknown model', { at: 'setup', close: { code: 1008, reason: 'models/x is not found' }, times: 9 }],
    [
      'a refused setup',
      { at: 'setup', close: { code: 1007, reason: 'Request contains an invalid argument.' }, times: 9 },
    ],
    ['a service that is down for good', { at: 'setup', close: { code: 1011, reason: 'Internal error.' }, times: 9 }],
  ];

  it.each(lasting)('hears the fallback: %s', async (_what, fault) => {
    await using line = await startTestLine({ agents: AGENTS, script: { ...SPEAKS, faults: [fault] } });
    await using phone = line.call();
    expect(await phone.waitFor('said')).toMatchObject({ text: 'Nobody can answer now.' });
    await phone.ended;
    expect(await line.waitFor('ended')).toMatchObject({ reason: 'model-failed' });
  });

  it('hears the fallback when the set-up is never answered', { timeout: 30_000 }, async () => {
    await using line = await startTestLine({
      agents: AGENTS,
      script: { ...SPEAKS, faults: [{ at: 'setup', stall: true, times: 9 }] },
    });
    await using phone = line.call();
    const said = await phone.waitFor('said');
    expect(said.atMs).toBeLessThan(12_000);
    await phone.ended;
    expect(await line.waitFor('ended')).toMatchObject({ reason: 'model-failed', error: { code: 'MODEL_TIMEOUT' } });
  });
});

describe('a caller whose model stumbles', () => {
  it('is greeted all the same after passing faults of the set-up', async () => {
    await using line = await startTestLine({
      agents: AGENTS,
      script: {
        ...SPEAKS,
        faults: [
          { at: 'upgrade', http: 503 },
          { at: 'setup', close: { code: 1011, reason: 'The service is currently unavailable.' } },
        ],
      },
    });
    await using phone = line.call();
    await phone.waitFor('agent-audio', ({ phase }) => phase === 'ended');
    expect(line.events.filter((event) => event.type === 'model-opening')).toHaveLength(3);
    expect(line.emulator.sessions).toBe(1);
  });

  it('goes on with a fresh session that knows what was said, and is not greeted again', async () => {
    await using line = await startTestLine({
      agents: AGENTS,
      script: { ...SPEAKS, faults: [{ at: 'audio', nth: 2, audio_ms: 300, drop: true }] },
    });
    await using phone = line.call();
    await phone.waitFor('agent-audio', ({ phase }) => phase === 'ended');
    await phone.speak(await callerSpeech(500));
    await line.waitFor('model-ready', ({ resumed }) => resumed);
    const begun = phone.events.length;
    await phone.speak(await callerSpeech(500));
    await phone.waitFor('agent-audio', ({ phase }) => phase === 'started', begun);
    const said = line.events.flatMap((event) =>
      event.type === 'turn' && event.speaker === 'agent' ? [event.pii.text] : [],
    );
    expect(said.filter((text) => text.startsWith('Hello'))).toHaveLength(1);
    phone.hangUp();
    await phone.ended;
    expect(await line.waitFor('ended')).toMatchObject({ reason: 'caller-hung-up' });
  });
});

describe('a tool whose answer is lost with the connection', () => {
  const cut: EmulatorScriptInput['faults'] = [{ at: 'tool_answer', drop: true }];
  const refused = { at: 'resume', close: { code: 1008, reason: 'Requested entity was not found.' } } as const;

  it.each([
    ['taken up', cut],
    ['fresh', [...cut, refused]],
  ])('is not run again for a model that asks again: its session is %s', async (_how, faults) => {
    await using service = await startLocalServer((_request, response) =>
      response.setHeader('content-type', 'application/json').end('{"booking":7}'),
    );
    await using line = await startTestLine({
      agents: `
agents:
  reception:
    default: true
    instructions: You answer the phone.
    tools:
      - name: book
        description: Books.
        blocking: true
        http: { method: POST, url: "${service.origin}/bookings", allow_private_hosts: [127.0.0.1] }
`,
      script: {
        faults,
        replies: [{ on: 'text', call: { name: 'book' }, then: 'You have booking {{ result.booking }}.' }],
      },
    });
    await using phone = line.call();
    await line.waitFor('model-ready');
    await line.say('Book me in.');
    await line.waitFor('turn', ({ speaker, pii }) => speaker === 'agent' && pii.text === 'You have booking 7.');
    expect(service.requests).toHaveLength(1);
    const calls = line.events.flatMap((event) => (event.type === 'tool' && event.phase === 'called' ? [event] : []));
    expect(calls).toMatchObject([{ name: 'book' }, { name: 'book', repeats: calls[0]?.id }]);
    phone.hangUp();
    await phone.ended;
  });
});

describe('a server that is told to stop', () => {
  it('takes no new calls, ends the running ones, and is gone', async () => {
    await using line = await startTestLine({ agents: AGENTS, script: SPEAKS });
    await using phone = line.call();
    await phone.waitFor('agent-audio', ({ phase }) => phase === 'started');
    const stopped = line.server.stop();
    expect((await fetch(`${line.server.url}/ready`)).status).toBe(503);
    expect((await fetch(`${line.server.url}/health`)).status).toBe(200);
    await using late = line.call();
    expect(await late.waitFor('said')).toMatchObject({ text: 'Nobody can answer now.' });
    await stopped;
    expect(await phone.waitFor('closed')).toMatchObject({ code: 1001, by: 'server' });
    expect(await line.waitFor('ended')).toMatchObject({ reason: 'server-stopping' });
    await expect(fetch(`${line.server.url}/health`)).rejects.toThrow('fetch failed');
  });
});

describe('the log of a call', () => {
  it('holds no number, no transcript and no key', async () => {
    await using line = await startTestLine({ agents: AGENTS, script: SPEAKS });
    await using phone = line.call({ from: '+15550001111' });
    await phone.waitFor('agent-audio', ({ phase }) => phase === 'ended');
    await phone.speak(await callerSpeech(500));
    await line.waitFor('turn', ({ speaker }) => speaker === 'caller');
    phone.hangUp();
    await phone.ended;
    await line.waitFor('ended');
    const text = line.logged.join('\n');
    expect(text).toContain(phone.callSid);
    for (const secret of ['5550001111', 'Hello', 'Are you there', 'test-key']) expect(text).not.toContain(secret);
  });
});
