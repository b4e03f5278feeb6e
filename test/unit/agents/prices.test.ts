import { describe, expect, it } from 'vitest';
import { checkAgents } from '../../../src/agents/check-agents.js';
import { pricesOf } from '../../../src/agents/schema/prices-schema.js';
import { deskWith, problemsIn } from '../../support/agents-file.js';

function fileWith(prices: string): string {
  return `prices:\n  as_of: 2026-11-20\n${prices}\n${deskWith('')}`;
}

const TABLE = '  models: { gemini-3.8-live: { prompt: { text: "${PRICE}", audio: 3 }, response: { audio: 12 } } }';

describe('a table of prices', () => {
  it('has a model’s prices under any of its names, filled in from the environment', () => {
    const { agents, problems } = checkAgents(fileWith(TABLE), 'agents.yaml', { env: { PRICE: '0.5' } });
    expect(problems).toEqual([]);
    const prices = agents?.prices;
    expect(prices).toMatchObject({ as_of: '2026-11-20', currency: 'USD' });
    const expected = { prompt: { text: 0.5, audio: 3 }, response: { audio: 12 } };
    expect(prices && pricesOf(prices, 'publishers/google/models/gemini-3.8-live')).toEqual(expected);
    expect(prices && pricesOf(prices, 'gemini-3.9-live')).toBeUndefined();
  });

  it('is checked like the rest of the file', () => {
    const broken = '  curency: USD\n  models: { gemini-3.8-live: { prompt: { text: -1 } } }';
    expect(problemsIn(fileWith(broken).replace('2026-11-20', 'today'))).toEqual([
      'agents.yaml:2:10 prices.as_of: must be a day such as 2026-11-20',
      'agents.yaml:3:3 prices: unknown key `curency` (did you mean `currency`?)',
      'agents.yaml:4:13 prices.models.gemini-3.8-live: `response` is missing',
      'agents.yaml:4:48 prices.models.gemini-3.8-live.prompt.text: must be between 0 and 1000000, not `-1`',
    ]);
    expect(problemsIn(`prices: 3\n${deskWith('')}`)).toEqual([
      'agents.yaml:1:9 prices: must be a map with the prices of models',
    ]);
  });

  it('warns of an agent whose model it does not have', () => {
    const other = '  models: { gemini-3.9-live: { prompt: {}, response: {} } }';
    expect(problemsIn(fileWith(other))).toEqual([
      'agents.yaml:5:3 warning: agents.desk: `prices` does not have gemini-3.8-live, so what a call costs is not estimated',
    ]);
  });
});
