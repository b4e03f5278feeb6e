import { describe, expect, it } from 'vitest';
import { discreetTools } from '../../../../src/call/tools/discreet-tools.js';
import type { ToolAnswer } from '../../../../src/tools/tool.js';
import { scriptedActions } from '../../../support/scripted-actions.js';
import { scriptedTools } from '../../../support/placed-call.js';

const CARD = '4111222233334444';

async function answerOf(response: Record<string, unknown>, secrets: string[]) {
  const pieces: ToolAnswer[] = [];
  const tools = discreetTools(
    scriptedTools(({ id, name }, { onUpdate }) => {
      onUpdate({ id, name, response });
      return Promise.resolve({ id, name, response });
    }),
    new Set(secrets),
  );
  const answer = await tools.run(
    { id: '1', name: 'pay', args: {} },
    {
      callSid: 'CA1',
      variables: {},
      signal: new AbortController().signal,
      memory: {},
      actions: scriptedActions(),
      onUpdate: (piece) => pieces.push(piece),
    },
  );
  expect(pieces.map((piece) => piece.response)).toEqual([answer?.response]);
  return answer?.response;
}

describe('what a tool answers about a number that was entered in private', () => {
  it('is covered, wherever the service repeats it', async () => {
    const output = { card: CARD, note: `paid by ${CARD}.`, list: [{ [CARD]: Number(CARD.slice(0, 8)) }], ok: true };
    expect(await answerOf({ output }, [CARD, CARD.slice(0, 8)])).toEqual({
      output: { card: '••••', note: 'paid by ••••.', list: [{ '••••': '••••' }], ok: true },
    });
  });

  it('is covered of a short one only where it is all of a value', async () => {
    const output = { cvv: '123', amount: 123, text: 'invoice 12345' };
    expect(await answerOf({ output }, ['123'])).toEqual({
      output: { cvv: '••••', amount: '••••', text: 'invoice 12345' },
    });
  });

  it.each([
    ['in groups', 'paid by 4111 2222 3333 4444.', 'paid by ••••.'],
    ['with dashes', '4111-2222-3333-4444', '••••'],
    ['digit by digit', '4, 1, 1, 1, 2, 2 and so on', '•••• and so on'],
    ['as a number', 4111222233334444, '••••'],
    ['its first twelve digits', 'x411122223333y', 'x••••y'],
    ['four from its middle', 'of 2223, and 3334 5', 'of ••••, and •••• 5'],
    ['with others around it', '994111222299 for 25.00', '99••••99 for 25.00'],
    ['partly masked', '4111 **** **** 4444', '•••• **** **** 4444'],
    ['more than its last four', 'ends in 34444', 'ends in ••••'],
    ['nothing of it', 'invoice 12345 of 2026-05-04, 10:30', 'invoice 12345 of 2026-05-04, 10:30'],
    ['three digits of it', '411 333', '411 333'],
  ])('is covered however it is written: %s', async (_what, value, seen) => {
    expect(await answerOf({ output: { value } }, [CARD])).toEqual({ output: { value: seen } });
  });

  it('is covered as a number that is so long that it is rounded', async () => {
    const output = { num: 4111222233334444567, more: 4.1112222333344445e30 };
    expect(await answerOf({ output }, ['4111222233334444567'])).toEqual({ output: { num: '••••', more: '••••' } });
  });

  it.each([
    ['a card', [CARD], { last4: '4444', text: 'The card ending in 4444.', num: 4444 }, undefined],
    ['a shorter number', ['12345678'], { last4: '5678', num: 5678 }, { last4: '••••', num: '••••' }],
    ['a card, and all of a pin', [CARD, '4444'], { last4: '4444' }, { last4: '••••' }],
  ])('may be told of the last four digits alone of a long number: %s', async (_what, secrets, output, seen) => {
    expect(await answerOf({ output }, secrets)).toEqual({ output: seen ?? output });
  });

  it('is covered of one that is written with other keys', async () => {
    const output = { code: '*12345#', part: '1234', none: '', short: '*1#', digit: 1 };
    expect(await answerOf({ output }, ['*12345#', '*1#'])).toEqual({
      output: { code: '••••', part: '••••', none: '', short: '••••', digit: 1 },
    });
  });

  it('is as it is where nothing was', async () => {
    expect(await answerOf({ output: { card: CARD } }, [])).toEqual({ output: { card: CARD } });
  });
});
