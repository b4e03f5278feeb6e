import { expect, it } from 'vitest';
import { describeUsage } from '../../../../src/cli/call/describe-usage.js';

const USAGE = {
  replies: 3,
  promptTokens: 5_120,
  responseTokens: 800,
  totalTokens: 5_920,
  thoughtsTokens: 0,
  toolUsePromptTokens: 0,
  cachedTokens: 0,
  promptByModality: { TEXT: 1_120, AUDIO: 4_000 },
  responseByModality: { AUDIO: 800 },
  trafficTypes: {},
};
const COST = { amount: 0.022163, currency: 'USD', asOf: '2026-11-20', unpricedTokens: 0 };

it('a call’s tokens are told by direction and modality', () => {
  expect(describeUsage(USAGE)).toBe('tokens: 5,120 (text 1,120, audio 4,000) given, 800 (audio 800) made');
  expect(describeUsage({ ...USAGE, thoughtsTokens: 30, trafficTypes: { ON_DEMAND: 3 } })).toMatch(
    /made, 30 thought, ON_DEMAND$/,
  );
});

it('a call’s cost is told with the date of the prices, and with what they do not have', () => {
  expect(describeUsage({ ...USAGE, cost: COST })).toMatch(/made; about 0\.022 USD by the prices of 2026-11-20$/);
  const unpriced = { ...COST, amount: 1.5, unpricedTokens: 12 };
  expect(describeUsage({ ...USAGE, cost: unpriced })).toMatch(
    /about 1\.50 USD by the prices of 2026-11-20; 12 of them have no price$/,
  );
});
