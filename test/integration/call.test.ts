import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startTestLine } from '../support/liveline.js';
import { callerSpeech } from '../support/test-speech.js';

const AGENTS = `
agents:
  reception:
    default: true
    instructions: You answer the phone.
    greeting: Greet the caller.
    fallback: { say: Nobody can answer now. }
    turn: { protect_greeting: false, silence_ms: 300 }
    tools:
      - name: opening_hours
        description: Opening hours of a weekday.
        parameters: { type: object, properties: { day: { type: string } }, required: [day] }
        http:
          url: \${HOURS_URL}/hours?day={{ args.day | url_encode }}
          allow_private_hosts: [127.0.0.1]
      - built_in: hang_up
`;

const GREETING = 'Hello, this is the practice.';
const LONG = 'We are open on most days, and I will gladly read out the whole of the week, day by day, for you now.';

async function startHours() {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ hours: '8 to 18' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    asked,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

describe('a call from end to end', () => {
  it('greets, listens, is interrupted, stops at once, answers again, uses a tool and says goodbye', async () => {
    await using hours = await startHours();
    await using line = await startTestLine({
      agents: AGENTS,
      variables: { HOURS_URL: hours.url },
      script: {
        greeting: GREETING,
        replies: [
          { on: 'speech', heard: 'Tell me everything.', say: LONG },
          {
            on: 'speech',
            heard: 'When are you open on Monday?',
            call: { name: 'opening_hours', args: { day: 'Monday' } },
            then: { say: 'We are open {{ result.hours }}.' },
          },
          { on: { text: 'bye' }, call: { name: 'hang_up' }, then: { say: 'Goodbye then.' } },
        ],
      },
    });
    await using phone = line.call();

    await phone.waitFor('agent-audio', ({ phase }) => phase === 'ended');
    expect(phone.heard.length / 8).toBeGreaterThan(GREETING.length * 50);

    await phone.speak(await callerSpeech(700));
    const begun = phone.events.length;
    await phone.waitFor('agent-audio', ({ phase }) => phase === 'started', begun);
    await phone.sleep(800);

    const beforeBargeIn = phone.events.length;
    void phone.speak(await callerSpeech(900));
    const cleared = await phone.waitFor('clear', () => true, beforeBargeIn);
    expect(cleared.droppedMs).toBeGreaterThan(1_000);
    const interrupted = await line.waitFor('interrupted');
    expect(interrupted.heardMs).toBeLessThan(interrupted.sentMs);

    const tool = await line.waitFor('tool', ({ phase }) => phase === 'answered');
    const beforeAnswer = phone.events.length;
    expect(tool).toMatchObject({ name: 'opening_hours', ok: true });
    expect(hours.asked).toEqual(['/hours?day=Monday']);
    await line.waitFor('turn', ({ speaker, pii }) => speaker === 'agent' && pii.text.includes('8 to 18'));
    await phone.waitFor('agent-audio', ({ phase }) => phase === 'ended', beforeAnswer);

    expect(await line.say('Thank you, bye.')).toBe(202);
    const ended = await phone.ended;
    expect(ended).toEqual({ reason: 'agent-hung-up' });
    expect(await line.waitFor('ended')).toMatchObject({ reason: 'agent-hung-up' });
    const goodbye = phone.events.findLast((event) => event.type === 'agent-audio' && event.phase === 'ended');
    expect(goodbye).toMatchObject({ cut: false });
    expect(phone.events.filter((event) => event.type === 'clear')).toHaveLength(1);
    expect(phone.events.filter((event) => event.type === 'warning')).toEqual([]);
  });
});
