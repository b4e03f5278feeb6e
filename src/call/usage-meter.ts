import { type CostEstimate, estimateCost, type ModelPrices } from './cost.js';
import type { TurnUsage } from './ports.js';

/** Tokens of a whole call: those of its replies, summed. A reply's prompt is the whole context again, and billed so. */
export interface CallUsage extends Omit<TurnUsage, 'trafficType'> {
  /** Replies that the service reported tokens of. */
  replies: number;
  /** How many of them were paid for in which way, in the service's words; empty where it does not say. */
  trafficTypes: Record<string, number>;
  /** Absent where the model's prices are not known. */
  cost?: CostEstimate;
}

const NO_TOKENS: CallUsage = {
  replies: 0,
  promptTokens: 0,
  responseTokens: 0,
  totalTokens: 0,
  thoughtsTokens: 0,
  toolUsePromptTokens: 0,
  cachedTokens: 0,
  promptByModality: {},
  responseByModality: {},
  trafficTypes: {},
};

/**
 * Counts a call's tokens, each once. The service reports them by generation, here called a reply, and may do so several
 * times: within a reply figures only grow, so the largest of each counts, and a report that equals the last one of the
 * reply before is that one said again. The next reply begins with whatever the model makes after `turnComplete`, or after
 * a function call that was reported on.
 */
export class UsageMeter {
  #prices: ModelPrices | undefined;
  /** Of the models that spoke before. */
  #earlier: CallUsage | undefined;
  /** Of the replies that are over. */
  #settled = NO_TOKENS;
  #settledLast: TurnUsage | undefined;
  #current: TurnUsage | undefined;
  #reply = 1;
  #turnComplete = false;
  #called = false;

  constructor(prices?: ModelPrices) {
    this.#prices = prices;
  }

  /** Of all replies so far, the present one included. */
  get total(): CallUsage {
    const tokens = this.#current ? sumOf(this.#settled, this.#current) : this.#settled;
    const total = this.#prices ? { ...tokens, cost: estimateCost(tokens, this.#prices) } : tokens;
    return this.#earlier ? bothOf(this.#earlier, total) : total;
  }

  /** Another model speaks from here on. */
  changePrices(prices: ModelPrices | undefined): void {
    this.#settle();
    this.#earlier = this.total;
    this.#settled = NO_TOKENS;
    this.#prices = prices;
  }

  /** The model has made something that is heard or read. */
  made(): void {
    if (this.#turnComplete || (this.#called && this.#current)) this.#settle();
  }

  calledTools(): void {
    this.made();
    this.#called = true;
  }

  turnCompleted(): void {
    if (this.#turnComplete) this.#settle();
    this.#turnComplete = true;
  }

  /** The connection is gone: what another one reports is of another reply. */
  disconnected(): void {
    this.#settle();
  }

  /** @returns what is known of the present reply now, and which one it is; undefined for a report with nothing new in it */
  report(usage: TurnUsage): { reply: number; usage: TurnUsage } | undefined {
    if (isEmpty(usage) || (!this.#current && this.#settledLast && isSame(usage, this.#settledLast))) return undefined;
    const known = this.#current ? largestOf(this.#current, usage) : usage;
    if (this.#current && isSame(known, this.#current)) return undefined;
    this.#current = known;
    return { reply: this.#reply, usage: known };
  }

  #settle(): void {
    this.#turnComplete = false;
    this.#called = false;
    if (!this.#current) return;
    this.#settled = sumOf(this.#settled, this.#current);
    this.#settledLast = this.#current;
    this.#current = undefined;
    this.#reply += 1;
  }
}

function isEmpty({ promptTokens, responseTokens, totalTokens }: TurnUsage): boolean {
  return promptTokens + responseTokens + totalTokens === 0;
}

function isSame(one: TurnUsage, other: TurnUsage): boolean {
  return textOf(one) === textOf(other);
}

/** The services write modalities in any order. */
function textOf({ promptByModality, responseByModality, ...counts }: TurnUsage): string {
  const sorted = [counts, promptByModality, responseByModality].map((fields) => Object.entries(fields).sort());
  return JSON.stringify(sorted);
}

function sumOf(total: CallUsage, { trafficType, ...usage }: TurnUsage): CallUsage {
  return {
    ...joined(total, usage, (one, other) => one + other),
    replies: total.replies + 1,
    trafficTypes:
      trafficType === undefined
        ? total.trafficTypes
        : { ...total.trafficTypes, [trafficType]: (total.trafficTypes[trafficType] ?? 0) + 1 },
  };
}

/** The cost of both is known where both costs are, in the same money. */
function bothOf({ cost, ...one }: CallUsage, { cost: otherCost, ...other }: CallUsage): CallUsage {
  const trafficTypes = joinedByModality(one.trafficTypes, other.trafficTypes, (a, b) => a + b);
  const tokens = { ...joined(one, other, (a, b) => a + b), replies: one.replies + other.replies, trafficTypes };
  // What costs nothing needs no price.
  if (other.replies === 0) return cost ? { ...tokens, cost } : tokens;
  if (one.replies === 0) return otherCost ? { ...tokens, cost: otherCost } : tokens;
  if (!cost || otherCost?.currency !== cost.currency) return tokens;
  return { ...tokens, cost: sumOfCosts(cost, otherCost) };
}

function sumOfCosts(one: CostEstimate, other: CostEstimate): CostEstimate {
  return {
    amount: Math.round((one.amount + other.amount) * 1_000_000) / 1_000_000,
    currency: one.currency,
    asOf: one.asOf < other.asOf ? one.asOf : other.asOf,
    unpricedTokens: one.unpricedTokens + other.unpricedTokens,
  };
}

function largestOf(one: TurnUsage, other: TurnUsage): TurnUsage {
  const trafficType = other.trafficType ?? one.trafficType;
  return { ...joined(one, other, Math.max), ...(trafficType !== undefined && { trafficType }) };
}

type Tokens = Omit<TurnUsage, 'trafficType'>;
type Join = (one: number, other: number) => number;

function joined(one: Tokens, other: Tokens, join: Join): Tokens {
  return {
    promptTokens: join(one.promptTokens, other.promptTokens),
    responseTokens: join(one.responseTokens, other.responseTokens),
    totalTokens: join(one.totalTokens, other.totalTokens),
    thoughtsTokens: join(one.thoughtsTokens, other.thoughtsTokens),
    toolUsePromptTokens: join(one.toolUsePromptTokens, other.toolUsePromptTokens),
    cachedTokens: join(one.cachedTokens, other.cachedTokens),
    promptByModality: joinedByModality(one.promptByModality, other.promptByModality, join),
    responseByModality: joinedByModality(one.responseByModality, other.responseByModality, join),
  };
}

function joinedByModality(
  one: Record<string, number>,
  other: Record<string, number>,
  join: Join,
): Record<string, number> {
  const modalities = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries([...modalities].map((name) => [name, join(one[name] ?? 0, other[name] ?? 0)]));
}
