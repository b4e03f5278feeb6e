/** What a model's tokens cost, as the user wrote it down. */
export interface ModelPrices {
  /** ISO 4217. */
  currency: string;
  /** The day the prices were looked up, ISO 8601. */
  asOf: string;
  /** The price of a million tokens by modality, in the service's words (`TEXT`, `AUDIO`, …). */
  prompt: Readonly<Record<string, number>>;
  response: Readonly<Record<string, number>>;
}

/** What a call has cost by a table of prices: an estimate, never a bill. */
export interface CostEstimate {
  /** In `currency`, to a millionth. */
  amount: number;
  currency: string;
  asOf: string;
  /** Tokens whose price the table does not have, or whose modality was not told: the amount leaves them out. */
  unpricedTokens: number;
}

/** Tokens by direction, as far as they are priced. */
interface PricedTokens {
  promptTokens: number;
  responseTokens: number;
  thoughtsTokens: number;
  toolUsePromptTokens: number;
  promptByModality: Readonly<Record<string, number>>;
  responseByModality: Readonly<Record<string, number>>;
}

const MILLION = 1_000_000;

/**
 * The cost of tokens. Thoughts count as text of the response, and what tools brought in as text of the prompt; cached
 * tokens are part of the prompt and count in full.
 */
export function estimateCost(tokens: PricedTokens, prices: ModelPrices): CostEstimate {
  const { promptTokens, promptByModality, toolUsePromptTokens, responseTokens, responseByModality } = tokens;
  const parts = [
    ...priced(promptTokens, promptByModality, prices.prompt),
    ...priced(toolUsePromptTokens, { TEXT: toolUsePromptTokens }, prices.prompt),
    ...priced(responseTokens, responseByModality, prices.response),
    ...priced(tokens.thoughtsTokens, { TEXT: tokens.thoughtsTokens }, prices.response),
  ];
  const millionths = parts.reduce((sum, { count, price = 0 }) => sum + count * price, 0);
  return {
    amount: Math.round(millionths) / MILLION,
    currency: prices.currency,
    asOf: prices.asOf,
    unpricedTokens: parts.reduce((sum, { count, price }) => sum + (price === undefined ? count : 0), 0),
  };
}

function priced(
  total: number,
  byModality: Readonly<Record<string, number>>,
  prices: Readonly<Record<string, number>>,
): { count: number; price: number | undefined }[] {
  const told = Object.entries(byModality);
  const untold = total - told.reduce((sum, [, count]) => sum + count, 0);
  return [
    ...told.map(([modality, count]) => ({ count, price: prices[modality] })),
    { count: Math.max(0, untold), price: undefined },
  ];
}
