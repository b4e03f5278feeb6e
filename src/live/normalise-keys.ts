/** Fields that hold the user's own data: kept as they are, names and values. */
const OPAQUE_FIELDS: ReadonlySet<string> = new Set([
  'args',
  'response',
  'labels',
  'parametersJsonSchema',
  'responseJsonSchema',
  'default',
  'example',
]);
/** Fields that hold a map: names of the user's own, messages as values. */
const MAP_FIELDS: ReadonlySet<string> = new Set(['properties']);

/**
 * Brings a ProtoJSON message into one spelling: lowerCamelCase names whichever the sender used, and no `null`,
 * which means "unset". Data of the user's own is left alone.
 * Source: protobuf.dev, ProtoJSON format.
 */
export function normaliseKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normaliseKeys);
  if (!isRecord(value)) return value;
  const fields: [string, unknown][] = [];
  for (const [name, field] of Object.entries(value)) {
    if (field === null) continue;
    const key = camelCase(name);
    fields.push([key, normaliseField(key, field)]);
  }
  return Object.fromEntries(fields);
}

/** Whether a value is a JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function normaliseField(key: string, field: unknown): unknown {
  if (OPAQUE_FIELDS.has(key)) return field;
  if (MAP_FIELDS.has(key) && isRecord(field)) {
    return Object.fromEntries(Object.entries(field).map(([name, message]) => [name, normaliseKeys(message)]));
  }
  return normaliseKeys(field);
}

function camelCase(name: string): string {
  return name.includes('_') ? name.replace(/_+([a-z0-9])/g, (_, first: string) => first.toUpperCase()) : name;
}
