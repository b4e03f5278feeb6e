import { describe, expect, it } from 'vitest';
import { decodeMulaw } from '../../src/audio/mulaw.js';
import { ModelToCallerTranscoder } from '../../src/audio/transcoder.js';
import { bestFit } from '../support/correlation.js';
import { startTestLine } from '../support/liveline.js';
import { callerSpeech, createTestSpeech } from '../support/test-speech.js';

const AGENTS = `
agents:
  reception:
    default: true
    instructions: You answer the phone.
    greeting: Greet the caller.
    turn: { protect_greeting: false, silence_ms: 300 }
`;
const GREETING = 'Good morning, this is Harbour Dental, and we are glad that you have called us today, how can I help?';

async function seamless(text: string): Promise<Int16Array> {
  await using speech = createTestSpeech();
  const transcoder = new ModelToCallerTranscoder();
  const pcm24k = await speech.speak(text);
  return decodeMulaw(Buffer.concat([transcoder.transcode(new Uint8Array(pcm24k.buffer)), transcoder.flush()]));
}

const HANDSHAKE_MS = 2_000;

describe('a connection that will end', () => {
  it('is changed behind what the caller is hearing: no gap, no word lost, no second greeting', async () => {
    await using line = await startTestLine({
      agents: AGENTS,
      script: {
        greeting: GREETING,
        replies: [{ on: 'speech', heard: 'When are you open?', say: 'From eight to six.' }],
        faults: [
          { at: 'turn', delay_ms: 300, go_away: { left_ms: 20_000 } },
          { at: 'setup', nth: 2, wait_ms: HANDSHAKE_MS },
        ],
      },
    });
    await using phone = line.call();
    await line.waitFor('model-going-away');
    const opening = await line.waitFor('model-opening', (event) => event.resumed);
    // Spoken into the change: it is kept, and answered afterwards.
    await phone.speak(await callerSpeech(600));
    const ready = await line.waitFor('model-ready', (event) => event.resumed);
    expect(ready.atMs - opening.atMs).toBeGreaterThanOrEqual(HANDSHAKE_MS);
    const answer = await line.waitFor('transcript', ({ speaker, pii }) => speaker === 'agent' && pii.text === 'From');
    // What was kept is heard faster than it was spoken: the caller waits for the handshake, and little more.
    expect(answer.atMs - ready.atMs).toBeLessThan(1_000);
    await line.waitFor('turn', ({ speaker, pii }) => speaker === 'agent' && pii.text === 'From eight to six.');

    const greetings = line.events.filter((event) => event.type === 'turn' && event.pii.text === GREETING);
    expect(greetings).toHaveLength(1);
    expect(line.emulator.sessions).toBe(1);
    expect(line.events.some((event) => event.type === 'model-lost')).toBe(false);
    // The caller spoke into the greeting, but nothing of it was lost by the change itself.
    const heard = bestFit(phone.heard, (await seamless(GREETING)).subarray(0, 16_000));
    expect(heard.correlation).toBeGreaterThan(0.999);
  });

  it('costs the caller who only listens not one sample', async () => {
    await using line = await startTestLine({
      agents: AGENTS,
      script: { greeting: GREETING, faults: [{ at: 'turn', delay_ms: 300, go_away: { left_ms: 20_000 } }] },
    });
    await using phone = line.call();
    await line.waitFor('model-ready', (event) => event.resumed);
    await phone.waitFor('agent-audio', ({ phase }) => phase === 'ended');
    const greeting = await seamless(GREETING);
    const { at } = bestFit(phone.heard, greeting);
    expect(phone.heard.subarray(at, at + greeting.length)).toEqual(greeting);
  });
});

describe('a connection that is lost', () => {
  it('is taken up by its handle, and the caller goes on', async () => {
    await using line = await startTestLine({
      agents: AGENTS,
      script: {
        greeting: 'Hello.',
        replies: [{ on: 'speech', heard: 'When are you open?', say: 'From eight to six.' }],
        faults: [{ at: 'turn', delay_ms: 1_500, close: { code: 1011, reason: 'Internal error encountered.' } }],
      },
    });
    await using phone = line.call();
    await line.waitFor('model-lost');
    await line.waitFor('model-ready', ({ resumed }) => resumed);
    const before = phone.events.length;
    await phone.speak(await callerSpeech(600));
    await phone.waitFor('agent-audio', ({ phase }) => phase === 'started', before);
    expect(await line.waitFor('turn', ({ pii }) => pii.text.startsWith('From'))).toMatchObject({ speaker: 'agent' });
  });
});

describe('a line that a lost connection had not taken in', () => {
  it('is sent again to the session where the service tells, and answered as if nothing had been', async () => {
    await using line = await startTestLine({
      agents: AGENTS,
      backend: 'vertex-ai',
      script: {
        greeting: 'Hello.',
        replies: [
          { on: { text: 'interrupted' }, say: 'What was that?' },
          { on: { text: 'open' }, say: 'From eight to six.' },
        ],
        faults: [{ at: 'turn', nth: 2, drop: true }],
      },
    });
    await using _phone = line.call();
    await line.waitFor('turn');
    await line.say('Are you open?');
    await line.waitFor('model-ready', ({ resumed }) => resumed);
    const answer = await line.waitFor('turn', ({ turn, speaker }) => turn > 1 && speaker === 'agent');
    expect(answer.pii.text).toBe('From eight to six.');
    expect(line.events.filter((event) => event.type === 'model-opening')).toMatchObject([
      { fresh: true },
      { fresh: false },
    ]);
  });
});
