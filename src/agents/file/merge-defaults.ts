import * as z from 'zod';
import type { Path } from '../problem.js';
import { isPlainMap, schemaAt } from '../schema/schema-walk.js';

/** Keys that an agent takes over whole: their parts exclude each other. */
const WHOLE: readonly string[] = ['thinking'];

/** An agent's own settings over those of `defaults`: maps are merged, everything else (lists too) is replaced. */
export function mergeDefaults(
  defaults: Record<string, unknown>,
  own: Record<string, unknown>,
): Record<string, unknown> {
  const merged = { ...defaults };
  for (const [key, value] of Object.entries(own)) {
    const under = merged[key];
    merged[key] = isPlainMap(under) && isPlainMap(value) && !WHOLE.includes(key) ? mergeDefaults(under, value) : value;
  }
  return merged;
}

/** The part of a path within an agent that decides whether the agent's own value or that of `defaults` holds. */
export function decidingPart(path: Path): Path {
  const head = path[0];
  if (typeof head === 'string' && WHOLE.includes(head)) return [head];
  const list = path.findIndex((step) => typeof step === 'number');
  return list < 0 ? path : path.slice(0, list);
}

/**
 * Text that a variable brought in, as a number or boolean where the schema asks for one.
 * What the user wrote in quotes stays text, so that a mistake there is still found.
 */
export function typeFilledTexts(value: unknown, schema: z.core.$ZodType, wasFilled: (path: Path) => boolean): unknown {
  function typed(part: unknown, path: Path): unknown {
    if (Array.isArray(part)) return part.map((item, index) => typed(item, [...path, index]));
    if (isPlainMap(part)) {
      return Object.fromEntries(Object.entries(part).map(([key, item]) => [key, typed(item, [...path, key])]));
    }
    return typeof part === 'string' && wasFilled(path) ? asSchemaAsks(part, schemaAt(schema, path, value)) : part;
  }
  return typed(value, []);
}

function asSchemaAsks(text: string, schema: z.core.$ZodType | undefined): string | number | boolean {
  if (schema instanceof z.ZodNumber && /^-?\d+(?:\.\d+)?$/.test(text)) return Number(text);
  if (schema instanceof z.ZodBoolean && /^(?:true|false)$/.test(text)) return text === 'true';
  return text;
}
