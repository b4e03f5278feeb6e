import type { CallEvent } from '../call/events.js';

type Usage = NonNullable<Extract<CallEvent, { type: 'ended' }>['usage']>;

/** What a call used, at a glance; every figure is in its events. */
export function usageLine({ totalTokens, cost }: Usage): string {
  const tokens = `${totalTokens.toLocaleString('en-US')} tokens`;
  if (!cost) return `${tokens} were used.`;
  const money = new Intl.NumberFormat('en-US', {
    style: 'currency',
    currency: cost.currency,
    minimumFractionDigits: 2,
    maximumFractionDigits: 4,
  });
  const missing = cost.unpricedTokens > 0 ? ', not counting what has no price there' : '';
  return `${tokens} were used, about ${money.format(cost.amount)} by the prices of ${cost.asOf}${missing}.`;
}
