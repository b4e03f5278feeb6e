import * as z from 'zod';
import { TOOL_KINDS } from './tool-schema.js';
import type { Path } from '../problem.js';

/** In each union, the key that says which of its forms a map is. */
const KIND_KEYS: readonly string[] = [...TOOL_KINDS, 'caller', 'agent'];

/** The schema behind `optional`, `default` and the like. */
function bare(schema: z.core.$ZodType): z.core.$ZodType {
  return 'innerType' in schema._zod.def ? bare(schema._zod.def.innerType as z.core.$ZodType) : schema;
}

/**
 * The schema that governs `path` in `value`, or undefined where nothing is declared.
 * A union is entered by the form that the value has chosen.
 */
export function schemaAt(schema: z.core.$ZodType, path: Path, value: unknown): z.core.$ZodType | undefined {
  let current: z.core.$ZodType | undefined = bare(schema);
  let data = value;
  for (const step of path) {
    if (current instanceof z.ZodUnion) current = chosenForm(current, data);
    current = current && childSchema(current, step);
    data = childValue(data, step);
  }
  return current instanceof z.ZodUnion ? (chosenForm(current, data) ?? current) : current;
}

/** The keys that may stand in a map under this schema. */
export function keysOf(schema: z.core.$ZodType | undefined): string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

/** The forms a union offers, each by the key that chooses it, in the union's order. */
export function kindsOf(schema: z.core.$ZodType | undefined): string[] {
  if (!(schema instanceof z.ZodUnion)) return [];
  return schema.options.flatMap((option) => {
    if (option instanceof z.ZodDiscriminatedUnion) return [option._zod.def.discriminator];
    // A form may name its key itself.
    const named = z.globalRegistry.get(option)?.['kind'];
    return typeof named === 'string' ? [named] : keysOf(option).filter((key) => KIND_KEYS.includes(key));
  });
}

/** What stands at `path` in plain data. */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce(childValue, value);
}

export function isPlainMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function chosenForm(union: z.ZodUnion, value: unknown): z.core.$ZodType | undefined {
  if (!isPlainMap(value)) return undefined;
  if (union instanceof z.ZodDiscriminatedUnion) return namedForm(union, value);
  const kinds = kindsOf(union);
  // Where no key chooses, a map is meant for the one form that is a map.
  if (kinds.length === 0) return union.options.find((option) => option instanceof z.ZodObject);
  const form = union.options[kinds.findIndex((kind) => Object.hasOwn(value, kind))];
  return form instanceof z.ZodUnion ? chosenForm(form, value) : form;
}

/** The form that calls itself what the value calls itself. */
function namedForm(union: z.ZodDiscriminatedUnion, value: Record<string, unknown>): z.core.$ZodType | undefined {
  const key = union._zod.def.discriminator;
  return union.options.find(
    (option) => option instanceof z.ZodObject && z.safeParse(option.shape[key] as z.core.$ZodType, value[key]).success,
  );
}

function childSchema(schema: z.core.$ZodType, step: string | number): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodObject) {
    const child = Object.hasOwn(schema.shape, step) ? (schema.shape[step] as z.core.$ZodType) : undefined;
    return child && bare(child);
  }
  if (schema instanceof z.ZodArray) return bare(schema.element);
  if (schema instanceof z.ZodRecord) return bare(schema.valueType);
  return undefined;
}

function childValue(value: unknown, step: string | number): unknown {
  if (Array.isArray(value)) return value[Number(step)];
  return isPlainMap(value) && Object.hasOwn(value, step) ? value[step] : undefined;
}
