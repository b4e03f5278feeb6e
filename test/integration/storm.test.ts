import { describe, expect, it } from 'vitest';
import { startTestLine } from '../support/liveline.js';
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

describe('two hundred calls, dropped at random moments', () => {
  it('leave no socket, session, timer or call behind', { timeout: 120_000 }, async () => {
    const random = createRandom(20);
    const phrase = await callerSpeech(400);
    await using line = await startTestLine({
      agents: AGENTS,
      // A port where nobody answers: the tool fails, or is still at it when the caller leaves.
      variables: { SLOW_URL: 'http://127.0.0.1:9' },
      script: {
        greeting: 'Hello, this is the practice.',
        replies: [
          { on: 'speech', say: 'One moment.', call: { name: 'slow' }, then: 'Done.', failed: 'That did not work.' },
          { on: 'speech', call: { name: 'hang_up' }, then: 'Goodbye then.' },
        ],
      },
    });
    const endings = new Map<string, number>();

    async function oneCall(): Promise<void> {
      await using phone = line.call({ jitterMs: 5 });
      // Squared, so that the earliest moments are struck as often as the long conversation.
      const patienceMs = 4_500 * random() ** 2;
      void phone.speak(phrase);
      await phone.sleep(patienceMs);
      void phone.speak(phrase);
      if (random() < 0.7) phone.hangUp();
      else await phone.sleep(1_000 * random());
      phone.hangUp();
      const { reason } = await phone.ended;
      endings.set(reason, (endings.get(reason) ?? 0) + 1);
    }

    let left = CALLS;
    async function caller(): Promise<void> {
      while (left > 0) {
        left -= 1;
        await oneCall();
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, caller));

    expect([...endings.values()].reduce((sum, count) => sum + count, 0)).toBe(CALLS);
    expect([...endings.keys()].filter((reason) => reason === 'failed' || reason === 'rejected')).toEqual([]);
    await expect.poll(() => line.server.liveCalls, { timeout: 3_000 }).toBe(0);
    await expect.poll(() => line.emulator.sessions, { timeout: 3_000 }).toBe(0);
    const started = line.events.filter((event) => event.type === 'started').length;
    const ended = line.events.filter((event) => event.type === 'ended' && event.callSid !== '').length;
    expect(ended).toBe(started);
    expect(started).toBeGreaterThan(CALLS / 2);
    expect(line.events.filter((event) => event.type === 'unexpected')).toEqual([]);
  });
});
