import type { ParameterSchema } from './client-messages.js';
import { isRecord } from './normalise-keys.js';

/** Keywords that JSON Schema and the Live API's `Schema` share. Any other is refused by the service, so it is left out. */
const SHARED_KEYWORDS: ReadonlySet<string> = new Set([
  'format',
  'title',
  'description',
  'nullable',
  'required',
  'propertyOrdering',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'pattern',
  'default',
  'example',
]);

/**
 * A JSON Schema in the Live API's words: types in upper case, `null` as `nullable`.
 * The same as `@google/genai` does for the keywords they share.
 */
export function toParameterSchema(json: Record<string, unknown>): ParameterSchema {
  const schema: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(json)) {
    if (SHARED_KEYWORDS.has(keyword)) schema[keyword] = value;
    else if (keyword === 'enum' && Array.isArray(value)) schema['enum'] = value.map(String);
    else if (keyword === 'items') schema['items'] = subschema(value);
    else if (keyword === 'properties' && isRecord(value)) schema['properties'] = mapValues(value, subschema);
    else if (keyword === 'type') Object.assign(schema, anyType(value));
    else if (keyword === 'anyOf' && Array.isArray(value)) Object.assign(schema, anyOf(value.map(subschema)));
  }
  return schema;
}

/** `true` and `false` are schemas too; the service knows no such thing. */
function subschema(value: unknown): ParameterSchema {
  return isRecord(value) ? toParameterSchema(value) : {};
}

function anyType(type: unknown): ParameterSchema {
  return Array.isArray(type) ? anyOf(type.map(onlyType)) : onlyType(type);
}

function onlyType(type: unknown): ParameterSchema {
  return { type: String(type).toUpperCase() as NonNullable<ParameterSchema['type']> };
}

function anyOf(choices: ParameterSchema[]): ParameterSchema {
  const others = choices.filter((choice) => choice.type !== 'NULL');
  const [only] = others;
  const choice = others.length === 1 && only ? only : { anyOf: others };
  return others.length < choices.length ? { ...choice, nullable: true } : choice;
}

function mapValues<T>(record: Record<string, unknown>, map: (value: unknown) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}
