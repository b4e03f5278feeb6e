import { describe, expect, it } from 'vitest';
import { estimateCost } from '../../../src/call/cost.js';
import type { TurnUsage } from '../../../src/call/ports.js';
import { UsageMeter } from '../../../src/call/usage-meter.js';
import { activeCall } from '../../support/placed-call.js';

/** A report of a reply: `prompt` tokens of text in, `response` tokens of audio out. */
function report(prompt: number, response: number, more: Partial<TurnUsage> = {}): TurnUsage {
  return {
    promptTokens: prompt,
    responseTokens: response,
    totalTokens: prompt + response,
    thoughtsTokens: 0,
    toolUsePromptTokens: 0,
    cachedTokens: 0,
    promptByModality: { TEXT: prompt },
    responseByModality: { AUDIO: response },
    ...more,
  };
}

type Step = 'made' | 'called' | 'complete' | 'gone' | TurnUsage;

/** What a meter counts of a session: what the model does, and its reports between. */
function counted(...steps: Step[]) {
  const meter = new UsageMeter();
  for (const step of steps) {
    if (step === 'made') meter.made();
    else if (step === 'called') meter.calledTools();
    else if (step === 'complete') meter.turnCompleted();
    else if (step === 'gone') meter.disconnected();
    else meter.report(step);
  }
  const { replies, promptTokens, responseTokens } = meter.total;
  return { replies, promptTokens, responseTokens };
}

describe('the meter', () => {
  it('sums what replies read, which is the whole context each time', () => {
    const total = counted('made', 'complete', report(100, 10), 'made', 'complete', report(150, 20));
    expect(total).toEqual({ replies: 2, promptTokens: 250, responseTokens: 30 });
  });

  it.each<[string, Step[]]>([
    ['with the turn and again by itself', ['made', 'complete', report(100, 10), report(100, 10)]],
    ['again with a repeated end', ['made', 'complete', report(100, 10), 'complete', report(100, 10)]],
    ['again when the next reply has begun', ['made', 'complete', report(100, 10), 'made', report(100, 10)]],
    ['before the end and at it', ['made', report(100, 10), 'complete', report(100, 10)]],
    ['in growing figures', ['made', report(100, 3), 'made', report(100, 10), 'complete']],
    ['in parts', ['made', report(100, 0), 'complete', report(0, 10)]],
    ['between nothing', ['made', report(0, 0), 'complete', report(100, 10), report(0, 0)]],
    ['after the model was cut off', ['made', 'complete', report(100, 10), 'complete']],
  ])('counts a reply once that is reported %s', (_how, steps) => {
    expect(counted(...steps)).toEqual({ replies: 1, promptTokens: 100, responseTokens: 10 });
  });

  it.each<[string, Step[]]>([
    ['an empty reply', ['made', 'complete', report(100, 10), 'complete', report(120, 5)]],
    [
      'what follows a call that ends its turn',
      ['called', 'complete', report(100, 10), 'made', 'complete', report(120, 5)],
    ],
    ['what follows a call within the turn', ['made', 'called', report(100, 10), 'made', 'complete', report(120, 5)]],
    ['another connection', ['made', report(100, 10), 'gone', 'made', 'complete', report(120, 5)]],
  ])('takes %s for a reply of its own', (_what, steps) => {
    expect(counted(...steps)).toEqual({ replies: 2, promptTokens: 220, responseTokens: 15 });
  });

  it('takes a call that was not reported on for a part of its reply', () => {
    const total = counted('made', 'called', 'made', 'complete', report(120, 15));
    expect(total).toEqual({ replies: 1, promptTokens: 120, responseTokens: 15 });
  });

  it('keeps modalities and ways of payment apart', () => {
    const meter = new UsageMeter();
    meter.report(report(100, 10, { promptByModality: { TEXT: 40, AUDIO: 60 }, trafficType: 'ON_DEMAND' }));
    meter.turnCompleted();
    meter.made();
    meter.report(report(50, 5, { responseByModality: { TEXT: 5 }, trafficType: 'PROVISIONED_THROUGHPUT' }));
    expect(meter.total).toMatchObject({
      promptByModality: { TEXT: 90, AUDIO: 60 },
      responseByModality: { AUDIO: 10, TEXT: 5 },
      trafficTypes: { ON_DEMAND: 1, PROVISIONED_THROUGHPUT: 1 },
    });
  });
});

const PRICES = {
  currency: 'USD',
  asOf: '2026-11-20',
  prompt: { TEXT: 0.5, AUDIO: 3 },
  response: { TEXT: 2, AUDIO: 12 },
};

describe('a call with two models', () => {
  const prices = { currency: 'USD', asOf: '2026-11-01', prompt: { TEXT: 1 }, response: { AUDIO: 10 } };

  function twoModels(first: typeof prices | undefined, second: typeof prices | undefined) {
    const meter = new UsageMeter(first);
    meter.made();
    meter.report(report(100, 10));
    meter.changePrices(second);
    meter.made();
    expect(meter.report(report(50, 5))?.reply).toBe(2);
    return meter.total;
  }

  it('has the tokens of both, each at its own price, as of the older table', () => {
    const total = twoModels(prices, { ...prices, asOf: '2026-10-01', prompt: { TEXT: 2 } });
    expect(total).toMatchObject({ replies: 2, promptTokens: 150, responseTokens: 15 });
    expect(total.cost).toEqual({
      amount: (100 + 10 * 10 + 50 * 2 + 5 * 10) / 1_000_000,
      currency: 'USD',
      asOf: '2026-10-01',
      unpricedTokens: 0,
    });
  });

  it('has no cost where that of one is not known, or in other money', () => {
    expect(twoModels(prices, undefined).cost).toBeUndefined();
    expect(twoModels(prices, { ...prices, currency: 'EUR' }).cost).toBeUndefined();
  });

  it('has the cost of the one that spoke', () => {
    const meter = new UsageMeter();
    meter.changePrices(prices);
    meter.made();
    meter.report(report(100, 10));
    expect(meter.total.cost?.amount).toBe(200 / 1_000_000);
  });
});

describe('an estimate of cost', () => {
  it('prices each direction and modality by the million, thoughts as text, with its date', () => {
    const tokens = report(3_000_000, 1_000_000, {
      promptByModality: { TEXT: 2_000_000, AUDIO: 1_000_000 },
      thoughtsTokens: 500_000,
      toolUsePromptTokens: 2_000_000,
    });
    // 1 + 3 + 1 (tools) + 12 + 1 (thoughts)
    expect(estimateCost(tokens, PRICES)).toEqual({
      amount: 18,
      currency: 'USD',
      asOf: '2026-11-20',
      unpricedTokens: 0,
    });
  });

  it('leaves out, and says so, what the table does not have and what has no modality', () => {
    const tokens = report(1_000_300, 100, {
      promptByModality: { TEXT: 1_000_000, VIDEO: 250 },
      responseByModality: {},
    });
    expect(estimateCost(tokens, PRICES)).toMatchObject({ amount: 0.5, unpricedTokens: 400 });
  });

  it('is told with every report and at the end, where there are prices, and never without', () => {
    const priced = activeCall({ prices: PRICES });
    priced.model.handlers.onUsage(report(2_000_000, 0));
    priced.model.handlers.onUsage(report(2_000_000, 0));
    priced.leave();
    const told = priced.events.filter(({ type }) => type === 'usage');
    expect(told).toMatchObject([{ reply: 1, total: { cost: { amount: 1, asOf: '2026-11-20' } } }]);
    expect(priced.events.at(-1)).toMatchObject({ type: 'ended', usage: { replies: 1, cost: { amount: 1 } } });

    const unpriced = activeCall();
    unpriced.model.handlers.onUsage(report(2_000_000, 0));
    unpriced.leave();
    expect(unpriced.events.at(-1)).toMatchObject({ type: 'ended', usage: { promptTokens: 2_000_000 } });
    expect(unpriced.events.at(-1)).not.toHaveProperty('usage.cost');
  });
});
