import { expect, it } from 'vitest';
import { usageLine } from '../../../src/console/usage-line.js';

const USAGE = {
  replies: 3,
  promptTokens: 5_120,
  responseTokens: 800,
  totalTokens: 5_920,
  thoughtsTokens: 0,
  toolUsePromptTokens: 0,
  cachedTokens: 0,
  promptByModality: {},
  responseByModality: {},
  trafficTypes: {},
};

it('the page tells what a call used and cost, and by the prices of which day', () => {
  expect(usageLine(USAGE)).toBe('5,920 tokens were used.');
  const cost = { amount: 0.022163, currency: 'USD', asOf: '2026-11-20', unpricedTokens: 0 };
  expect(usageLine({ ...USAGE, cost })).toBe('5,920 tokens were used, about $0.0222 by the prices of 2026-11-20.');
  expect(usageLine({ ...USAGE, cost: { ...cost, amount: 2, unpricedTokens: 3 } })).toMatch(/about \$2\.00 .* no price/);
});
