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

  it('is as it is where nothing was', async () => {
    expect(await answerOf({ output: { card: CARD } }, [])).toEqual({ output: { card: CARD } });
  });
});
