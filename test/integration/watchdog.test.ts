import { describe, expect, it } from 'vitest';
import type { EmulatorScriptInput } from '../../src/emulator/script-schema.js';
import { startTestLine } from '../support/liveline.js';

const AGENTS = `
agents:
  reception:
    default: true
    instructions: You answer the phone.
    greeting: Greet the caller.
    turn: { protect_greeting: false }
    health: { no_answer_s: 0.6, stall_s: 0.5, turn_end_s: 0.6, empty_turns: 1, continue_cut_sentences: true }
`;
type Fault = NonNullable<EmulatorScriptInput['faults']>[number];

/** A call with a question that is answered wrongly, until the model was told something about it. */
async function ask(fault: Fault) {
  const line = await startTestLine({
    agents: AGENTS,
    script: {
      greeting: 'Hi.',
      replies: [
        { on: { text: 'open' }, say: 'We are open from nine to five on every day of the week.' },
        { on: { text: '^\\(' }, say: 'As I said, from nine to five.' },
      ],
      faults: [fault],
    },
  });
  const phone = line.call();
  // Its session has a handle then.
  await line.waitFor('turn');
  await line.say('Are you open?');
  return Object.assign(line, {
    [Symbol.asyncDispose]: line[Symbol.asyncDispose].bind(line),
    phone,
    unwell: () =>
      line.events.flatMap((event) => (event.type === 'model-unwell' ? [`${event.symptom} ${event.remedy}`] : [])),
  });
}

describe.concurrent('a model that does not do what it should', () => {
  it.each<[string, Fault]>([
    ['no-answer', { at: 'turn', nth: 2, reply: 'ignored' }],
    ['stalled', { at: 'audio', audio_ms: 500, reply: 'frozen' }],
    ['empty-turns', { at: 'turn', nth: 2, reply: 'empty' }],
    ['silent-audio', { at: 'turn', nth: 2, reply: 'silent' }],
    ['cut-sentence', { at: 'audio', audio_ms: 500, reply: 'cut' }],
  ])('is told so, and answers after all: %s', async (symptom, fault) => {
    await using line = await ask(fault);
    await using _phone = line.phone;
    await line.waitFor('turn', ({ pii }) => pii.text.startsWith('As I said'));
    expect(line.unwell()).toEqual([`${symptom} nudge`]);
    expect(line.emulator.totalSessions).toBe(1);
  });

  it('has its turn ended for it when it forgets to', async () => {
    await using line = await ask({ at: 'turn', nth: 2, reply: 'unfinished' });
    await using _phone = line.phone;
    await line.waitFor('turn', ({ pii }) => pii.text.startsWith('We are'));
    expect(line.unwell()).toEqual(['turn-open end-turn']);
  });

  it('is taken up by another connection when it hears nothing any more', async () => {
    await using line = await ask({ at: 'turn', nth: 2, stall: true });
    await using _phone = line.phone;
    await line.waitFor('turn', ({ pii }) => pii.text.startsWith('We are open'));
    expect(line.unwell()).toEqual(['no-answer nudge', 'no-answer resume']);
    expect(line.emulator.totalSessions).toBe(2);
  });

  it('is given up in the end, and the caller hears the fallback', async () => {
    await using line = await ask({ at: 'turn', nth: 2, times: 'always', reply: 'ignored' });
    await using phone = line.phone;
    await phone.waitFor('said');
    await phone.ended;
    expect(line.unwell()).toEqual(['no-answer nudge', 'no-answer resume', 'no-answer renew', 'no-answer give-up']);
    expect(await line.waitFor('ended')).toMatchObject({ reason: 'model-failed', error: { code: 'MODEL_TIMEOUT' } });
  });
});
