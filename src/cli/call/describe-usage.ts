import type { CallUsage } from '../../call/usage-meter.js';

/** A call's tokens, and what they cost by the user's table, in one line. */
export function describeUsage(usage: CallUsage): string {
  const { promptTokens, promptByModality, responseTokens, responseByModality, thoughtsTokens, trafficTypes } = usage;
  const parts = [
    `tokens: ${inWords(promptTokens, promptByModality)} given`,
    `${inWords(responseTokens, responseByModality)} made`,
    ...(thoughtsTokens > 0 ? [`${count(thoughtsTokens)} thought`] : []),
    ...(Object.keys(trafficTypes).length > 0 ? [Object.keys(trafficTypes).join(' and ')] : []),
  ];
  return parts.join(', ') + describeCost(usage);
}

function describeCost({ cost }: CallUsage): string {
  if (!cost) return '';
  const { amount, currency, asOf, unpricedTokens } = cost;
  const left = unpricedTokens > 0 ? `; ${count(unpricedTokens)} of them have no price` : '';
  return `; about ${formatAmount(amount)} ${currency} by the prices of ${asOf}${left}`;
}

function inWords(total: number, byModality: Record<string, number>): string {
  const parts = Object.entries(byModality).map(([modality, tokens]) => `${modality.toLowerCase()} ${count(tokens)}`);
  return parts.length === 0 ? count(total) : `${count(total)} (${parts.join(', ')})`;
}

function count(tokens: number): string {
  return tokens.toLocaleString('en-US');
}

/** Calls cost little: two figures are told of what is below a tenth. */
function formatAmount(amount: number): string {
  return amount === 0 || amount >= 0.1 ? amount.toFixed(2) : amount.toPrecision(2);
}
