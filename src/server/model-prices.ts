import { type PriceTable, pricesOf } from '../agents/schema/prices-schema.js';
import type { ModelPrices } from '../call/cost.js';

/** A model's prices in the words of the call; undefined where the table does not have it, or there is none. */
export function modelPrices(table: PriceTable | undefined, model: string): ModelPrices | undefined {
  const prices = table && pricesOf(table, model);
  if (!prices) return undefined;
  return {
    currency: table.currency,
    asOf: table.as_of,
    prompt: byModality(prices.prompt),
    response: byModality(prices.response),
  };
}

function byModality(prices: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(prices).map(([modality, price]) => [modality.toUpperCase(), price]));
}
