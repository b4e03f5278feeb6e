import * as z from 'zod';
import { bareModelId } from '../../models/profiles.js';

const perMillion = z.number().min(0).max(1_000_000).exactOptional();

const byModality = z.strictObject({
  text: perMillion.describe('Price of a million tokens of text.'),
  audio: perMillion.describe('Price of a million tokens of audio.'),
  image: perMillion.describe('Price of a million tokens of images.'),
  video: perMillion.describe('Price of a million tokens of video.'),
  document: perMillion.describe('Price of a million tokens of documents.'),
});

const modelPricesSchema = z.strictObject({
  prompt: byModality.describe('What the model is given; with every reply that is the whole conversation again.'),
  response: byModality.describe('What the model makes. Thoughts count as text.'),
});

/** What models cost, for estimates. Google changes its prices: the table is the user's, and dated. */
export const pricesSchema = z.strictObject({
  as_of: z
    .string()
    .regex(z.regexes.date, 'must be a day such as 2026-11-20')
    .describe('The day these prices were looked up, YYYY-MM-DD.'),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be a currency such as `USD`')
    .default('USD')
    .describe('ISO 4217.'),
  models: z.record(z.string(), modelPricesSchema).describe('Prices by model.'),
});

export type PriceTable = z.infer<typeof pricesSchema>;

/** A model's prices, or undefined for one that is not in the table. */
export function pricesOf(table: PriceTable, model: string): PriceTable['models'][string] | undefined {
  const id = bareModelId(model);
  return Object.entries(table.models).find(([name]) => bareModelId(name) === id)?.[1];
}
