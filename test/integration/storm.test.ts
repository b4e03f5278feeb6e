import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { PhoneCall } from '../../src/emulator/phone/phone-call.js';
import { startTestLine, type TestLine } from '../support/liveline.js';
import { callerSpeech } from '../support/test-speech.js';

const AGENTS = `
agents:
  reception:
    default: true
    instructions: You answer the phone.
    greeting: Greet the caller.
    turn: { protect_greeting: false, silence_ms: 200 }
    tools:
      - name: slow
        description: Takes its time.
        http: { url: "\${SLOW_URL}/", timeout_ms: 2000, allow_private_hosts: [127.0.0.1] }
      - built_in: hang_up
`;

const CALLS = 200;
const AT_ONCE = 40;

/** Numerical Recipes' linear congruential generator: the same storm every time. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

type Moment = (phone: PhoneCall, line: TestLine) => Promise<unknown>;

/** Each is a place in a call at which the caller may leave. */
const MOMENTS: Record<string, Moment> = {
  'the webhook': () => Promise.resolve(),
  'the upgrade': (phone) => phone.waitFor('twiml'),
  'the set-up': (phone) => phone.waitFor('start'),
  speech: (phone) => phone.waitFor('agent-audio', ({ phase }) => phase === 'started'),
  'a tool': (phone, line) =>
    line.waitFor(
      'tool',
      ({ callSid, name, phase }) => callSid === phone.callSid && name === 'slow' && phase === 'called',
    ),
  'the goodbye': (phone, line) => line.waitFor('draining', ({ callSid }) => callSid === phone.callSid),
  'its end': (phone) => phone.ended,
};

describe('two hundred calls, dropped at random moments', () => {
  it('leave no socket, session, timer or call behind', { timeout: 150_000 }, async () => {
    const random = createRandom(20);
    const phrase = await callerSpeech(400);
    await using slow = await startSlowService();
    await using line = await startTestLine({
      agents: AGENTS,
      variables: { SLOW_URL: slow.url },
      script: {
        greeting: 'Hello.',
        replies: [
          { on: 'speech', say: 'Wait.', call: { name: 'slow' }, then: 'Done.', failed: 'That failed.' },
          { on: { text: 'bye' }, call: { name: 'hang_up' }, then: 'Goodbye then.' },
        ],
      },
    });
    const dropped = new Map<string, number>();

    async function oneCall(index: number): Promise<void> {
      const [name, moment] = Object.entries(MOMENTS)[index % Object.keys(MOMENTS).length]!;
      await using phone = line.call({ jitterMs: 5 });
      const reached = moment(phone, line);
      void phone
        .waitFor('agent-audio', ({ phase }) => phase === 'ended')
        .then(
          () => phone.speak(phrase),
          () => undefined,
        );
      void line
        .waitFor('tool', ({ callSid, phase }) => callSid === phone.callSid && phase === 'answered')
        .then(() => line.say('bye', phone.callSid));
      await reached;
      await phone.sleep(150 * random());
      phone.hangUp();
      const { reason } = await phone.ended;
      expect(['caller-hung-up', 'agent-hung-up']).toContain(reason);
      dropped.set(name, (dropped.get(name) ?? 0) + 1);
    }

    let next = 0;
    async function caller(): Promise<void> {
      for (let index = next++; index < CALLS; index = next++) await oneCall(index);
    }
    await Promise.all(Array.from({ length: AT_ONCE }, caller));

    expect([...dropped.keys()].sort()).toEqual(Object.keys(MOMENTS).sort());
    await expect.poll(() => line.server.liveCalls, { timeout: 3_000 }).toBe(0);
    await expect.poll(() => line.emulator.sessions, { timeout: 3_000 }).toBe(0);
    await expect.poll(() => slow.waiting, { timeout: 3_000 }).toBe(0);
    const started = line.events.filter((event) => event.type === 'started').length;
    const ended = line.events.filter((event) => event.type === 'ended' && event.callSid !== '').length;
    expect(ended).toBe(started);
    expect(line.events.filter((event) => event.type === 'unexpected')).toEqual([]);
  });
});

/** A service that takes a quarter of a second, and knows who still waits. */
async function startSlowService() {
  let waiting = 0;
  const server = createServer((_request, response) => {
    waiting += 1;
    const answer = setTimeout(() => response.end('ok'), 250);
    response.on('close', () => {
      waiting -= 1;
      clearTimeout(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    get waiting() {
      return waiting;
    },
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
