import { describe, expect, it } from 'vitest';
import type { CallEventBody } from '../../../../src/call/events.js';
import { type AnswerOutcome, ChatAnswers } from '../../../../src/cli/chat/chat-answers.js';
import { ManualClock } from '../../../support/manual-clock.js';

const words: CallEventBody = { type: 'transcript', speaker: 'agent', pii: { text: 'Well.' } };
const turn: CallEventBody = { type: 'turn', speaker: 'agent', turn: 1, cutOff: false, pii: { text: 'Well.' } };
const called: CallEventBody = { type: 'tool', phase: 'called', id: '1', name: 'look', pii: { args: {} } };
const answered: CallEventBody = {
  type: 'tool',
  phase: 'answered',
  id: '1',
  name: 'look',
  ms: 5,
  ok: true,
  pii: { response: {} },
};
const ended: CallEventBody = { type: 'ended', reason: 'agent-hung-up', durationMs: 1 };

/** A line that was given, and what has become of it. */
function given(owed = false) {
  const clock = new ManualClock();
  const answers = new ChatAnswers(clock, owed);
  answers.expect();
  let outcome: AnswerOutcome | 'waiting' = 'waiting';
  void answers.settled().then((settled) => (outcome = settled));
  return {
    answers,
    clock,
    tell: (...events: CallEventBody[]) =>
      events.forEach((body) => answers.onEvent({ callSid: 'CA1', atMs: 0, ...body })),
    outcomeAfter: async (ms: number) => {
      clock.advance(ms);
      await new Promise((resolve) => setImmediate(resolve));
      return outcome;
    },
  };
}

describe('the answer to a line', () => {
  it('is complete a moment after the agent’s turn', async () => {
    const { tell, outcomeAfter, clock } = given();
    tell(words);
    expect(await outcomeAfter(10_000)).toBe('waiting');
    tell(turn);
    expect(await outcomeAfter(299)).toBe('waiting');
    expect(await outcomeAfter(1)).toBe('answered');
    expect(clock.pendingTimers).toBe(0);
  });

  it('is waited for as long as a tool runs, and then until the agent speaks of it', async () => {
    const { tell, outcomeAfter } = given();
    tell(words, called, turn);
    expect(await outcomeAfter(100_000)).toBe('waiting');
    tell(answered);
    expect(await outcomeAfter(7_000)).toBe('waiting');
    tell(words, turn);
    expect(await outcomeAfter(2_499)).toBe('waiting');
    expect(await outcomeAfter(1)).toBe('answered');
  });

  it('may be what was said before a tool that nothing is said of', async () => {
    const { tell, outcomeAfter } = given();
    tell(called, words, turn, answered);
    expect(await outcomeAfter(8_000)).toBe('answered');
  });

  it('is not what was cut off by the line', async () => {
    const { tell, outcomeAfter } = given();
    tell({ ...turn, cutOff: true });
    expect(await outcomeAfter(20_000)).toBe('waiting');
    tell(words, turn);
    expect(await outcomeAfter(300)).toBe('answered');
  });

  it('is the question for keys, although the tool that asks goes on', async () => {
    const { answers, clock, tell, outcomeAfter } = given();
    tell(words, called, { type: 'digits-collecting', sensitive: false });
    expect(await outcomeAfter(300)).toBe('answered');
    answers.expect();
    tell({ type: 'digits-collected', outcome: 'ok', count: 2, sensitive: false, pii: { digits: '12' } });
    const spokenOf = answers.settled();
    clock.advance(60_000);
    tell(answered, words, turn);
    expect(clock.pendingTimers).toBe(1);
    clock.advance(2_500);
    expect(await spokenOf).toBe('answered');
  });

  it('is given up after half a minute', async () => {
    const { outcomeAfter } = given();
    expect(await outcomeAfter(29_999)).toBe('waiting');
    expect(await outcomeAfter(1)).toBe('silent');
  });

  it('is not waited for when the call is over', async () => {
    const { answers, tell, outcomeAfter, clock } = given();
    tell(words, ended);
    expect(await outcomeAfter(0)).toBe('over');
    answers.expect();
    expect(await answers.settled()).toBe('over');
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('before the first line', () => {
  it('an agent that greets is waited for, and one that does not is not', async () => {
    const clock = new ManualClock();
    const greeting = new ChatAnswers(clock, true).settled();
    const none = new ChatAnswers(clock, false).settled();
    clock.advance(300);
    expect(await none).toBe('answered');
    clock.advance(29_700);
    expect(await greeting).toBe('silent');
  });
});
