const TYPES: readonly unknown[] = ['string', 'number', 'integer', 'boolean', 'array', 'object', 'null'];
/** Keywords with one schema, a list of them, or a map of them. */
const NESTED = ['items', 'prefixItems', 'additionalProperties', 'anyOf', 'oneOf', 'allOf', 'not'] as const;
const MAPS = ['properties', 'patternProperties', '$defs', 'definitions'] as const;

/**
 * What of a function's `parameters` no JSON Schema can mean, in words; undefined: nothing. Keywords that are not known
 * are let be: a schema may have words of its own.
 */
export function parametersMistake(parameters: object): string | undefined {
  const type: unknown = Reflect.get(parameters, 'type');
  if (type !== undefined && type !== 'object') {
    return '`parameters` must be the schema of an object: `type: "object"`';
  }
  return typeMistake(parameters, 'parameters', new Set());
}

/** @param seen a schema may be made of parts that lead back to itself */
function typeMistake(schema: unknown, where: string, seen: Set<unknown>): string | undefined {
  if (typeof schema !== 'object' || schema === null || seen.has(schema)) return undefined;
  seen.add(schema);
  const type: unknown = Reflect.get(schema, 'type');
  const types: unknown[] = type === undefined ? [] : Array.isArray(type) ? type : [type];
  if (types.some((one) => !TYPES.includes(one))) return `\`type\` of \`${where}\` must be one of ${TYPES.join(', ')}`;
  const parts = [
    ...NESTED.flatMap((keyword) => partsOf(schema, keyword, false)),
    ...MAPS.flatMap((keyword) => partsOf(schema, keyword, true)),
  ];
  for (const [name, part] of parts) {
    const mistake = typeMistake(part, `${where}.${name}`, seen);
    if (mistake !== undefined) return mistake;
  }
  return undefined;
}

function partsOf(schema: object, keyword: string, isMap: boolean): [name: string, part: unknown][] {
  const value: unknown = Reflect.get(schema, keyword);
  if (!isMap && !Array.isArray(value)) return [[keyword, value]];
  return typeof value === 'object' && value !== null
    ? Object.entries(value).map(([name, part]) => [`${keyword}.${name}`, part])
    : [];
}
