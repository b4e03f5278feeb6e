import { expect, it } from 'vitest';
import { startLocalServer } from '../support/local-server.js';
import { startTestLine } from '../support/liveline.js';

const LONG = 'While that is being looked up, let me tell you something about our opening hours.';
const SHORT = 'I look that up for you at once.';

function agents(origin: string): string {
  const tools = ['interrupt', 'when_idle', 'silent'].map(
    (whenDone) => `
      - name: look_up_${whenDone}
        description: Looks something up.
        blocking: false
        when_done: ${whenDone}
        http: { url: "${origin}/${whenDone}", allow_private_hosts: [127.0.0.1] }`,
  );
  return `
agents:
  desk:
    default: true
    instructions: You answer the phone.
    model: gemini-3.8-live
    tools:${tools.join('')}
`;
}

it('an answer that nobody waits for cuts the running reply, waits for its end, or is not spoken of', async () => {
  await using service = await startLocalServer((_request, response) =>
    response.setHeader('content-type', 'application/json').end('{"found":7}'),
  );
  await using line = await startTestLine({
    agents: agents(service.origin),
    script: {
      replies: [
        { on: { text: 'now' }, say: LONG, call: { name: 'look_up_interrupt' }, then: 'It is {{ result.found }}, now.' },
        { on: { text: 'idle' }, say: SHORT, call: { name: 'look_up_when_idle' }, then: 'It is {{ result.found }}.' },
        {
          on: { text: 'quiet' },
          say: 'I note that down.',
          call: { name: 'look_up_silent' },
          then: 'Nobody says this.',
        },
        { on: 'text', say: 'Goodbye.' },
      ],
    },
  });
  await using phone = line.call();
  await line.waitFor('model-ready');
  const heard = (text: string) =>
    line.waitFor('turn', ({ speaker, pii }) => speaker === 'agent' && pii.text.includes(text));
  const turns = () =>
    line.events.flatMap((event) =>
      event.type === 'turn' && event.speaker === 'agent'
        ? [{ text: event.pii.text, cutOff: event.cutOff === true }]
        : [],
    );
  const cuts = () => line.events.filter(({ type }) => type === 'interrupted');

  await line.say('now');
  await heard('It is 7, now.');
  const [cut] = cuts();
  expect(cut).toMatchObject({ by: 'model' });
  expect(turns()).toHaveLength(2);
  expect(turns()[0]?.cutOff).toBe(true);
  // The caller was spared most of some four seconds, at the carrier, too.
  expect(await phone.waitFor('clear')).toMatchObject({ droppedMs: expect.toSatisfy((ms: number) => ms > 1_500) });

  await line.say('idle');
  await heard('It is 7.');
  // The model said that it was not done with the first sentence: both are one turn.
  expect(turns().slice(2)).toEqual([{ text: `${SHORT} It is 7.`, cutOff: false }]);

  await line.say('quiet');
  await line.waitFor('tool', ({ phase, name }) => phase === 'answered' && name === 'look_up_silent');
  await heard('I note that down.');
  await line.say('bye');
  await heard('Goodbye.');
  expect(turns().slice(3)).toEqual([
    { text: 'I note that down.', cutOff: false },
    { text: 'Goodbye.', cutOff: false },
  ]);
  expect(cuts()).toHaveLength(1);
  phone.hangUp();
  await phone.ended;
});
