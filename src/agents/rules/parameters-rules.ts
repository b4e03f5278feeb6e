import { oneOf, suggestion } from '../problem.js';
import type { Finding, Path } from '../problem.js';
import { isPlainMap } from '../schema/schema-walk.js';

const TYPES: readonly string[] = ['string', 'number', 'integer', 'boolean', 'array', 'object', 'null'];
const COUNTS: readonly string[] = ['minItems', 'maxItems', 'minLength', 'maxLength', 'minProperties', 'maxProperties'];
const KEYWORDS: readonly string[] = [
  ...['type', 'format', 'title', 'description', 'nullable', 'enum', 'items', 'properties', 'required'],
  ...['propertyOrdering', 'minimum', 'maximum', 'pattern', 'anyOf', 'default', 'example'],
  ...COUNTS,
];
/** JSON Schema that Gemini refuses, and what to write in its place. */
const INSTEAD: Readonly<Record<string, string>> = {
  $ref: 'write the schema out where it is used',
  $defs: 'write the schema out where it is used',
  definitions: 'write the schema out where it is used',
  const: 'use `enum` with one value',
  oneOf: 'use `anyOf`',
  allOf: 'write the merged schema',
  additionalProperties: 'leave it out',
  examples: 'use `example`',
  exclusiveMinimum: 'use `minimum`',
  exclusiveMaximum: 'use `maximum`',
};
/** Deeper nesting is a mistake, and a bound on the walk. */
const MAX_DEPTH = 32;

/**
 * Checks a function's `parameters` against the subset of JSON Schema that Gemini takes.
 * Source: Gemini API, `Schema`; Live API reference, function declarations.
 */
export function checkParameters(parameters: Record<string, unknown>, path: Path): Finding[] {
  if (parameters['type'] !== 'object') {
    return [{ path: [...path, 'type'], message: 'the arguments of a function are an object: write `type: object`' }];
  }
  return checkSchema(parameters, path, 0);
}

function checkSchema(schema: unknown, path: Path, depth: number): Finding[] {
  if (!isPlainMap(schema)) return [{ path, message: 'must be a schema: a map with a `type`' }];
  if (depth > MAX_DEPTH) return [{ path, message: `is nested deeper than ${MAX_DEPTH} levels` }];
  const findings: Finding[] = [];
  for (const keyword of Object.keys(schema)) {
    if (KEYWORDS.includes(keyword)) continue;
    const instead = Object.hasOwn(INSTEAD, keyword) ? INSTEAD[keyword] : undefined;
    const why =
      instead === undefined
        ? `is no keyword that Gemini takes${suggestion(keyword, KEYWORDS)}`
        : `is not taken by Gemini; ${instead}`;
    findings.push({ path: [...path, keyword], at: 'key', message: `\`${keyword}\` ${why}` });
  }
  return [
    ...findings,
    ...checkType(schema, path),
    ...checkEnum(schema, path),
    ...checkBounds(schema, path),
    ...checkObject(schema, path, depth),
    ...checkNested(schema, path, depth),
  ];
}

function checkType(schema: Record<string, unknown>, path: Path): Finding[] {
  const type = schema['type'];
  if (type === undefined) {
    return schema['anyOf'] === undefined ? [{ path: [...path, 'type'], message: '`type` is missing' }] : [];
  }
  if (Array.isArray(type)) {
    return [{ path: [...path, 'type'], message: '`type` is one word for Gemini; use `nullable: true` or `anyOf`' }];
  }
  if (typeof type === 'string' && TYPES.includes(type)) return [];
  const meant =
    typeof type === 'string' && TYPES.includes(type.toLowerCase()) ? `; write \`${type.toLowerCase()}\`` : '';
  return [{ path: [...path, 'type'], message: `\`type\` must be ${oneOf(TYPES)}${meant}` }];
}

function checkEnum(schema: Record<string, unknown>, path: Path): Finding[] {
  if (schema['enum'] === undefined) return [];
  const values: unknown = schema['enum'];
  if (!Array.isArray(values) || values.length === 0) {
    return [{ path: [...path, 'enum'], message: '`enum` must be a list of texts' }];
  }
  return values.flatMap((value: unknown, index) =>
    typeof value === 'string' && value !== ''
      ? []
      : [{ path: [...path, 'enum', index], message: 'Gemini takes only texts in `enum`; put the value in quotes' }],
  );
}

function checkBounds(schema: Record<string, unknown>, path: Path): Finding[] {
  const findings: Finding[] = [];
  function require(keyword: string, holds: (value: unknown) => boolean, what: string): void {
    const value = schema[keyword];
    if (value !== undefined && !holds(value))
      findings.push({ path: [...path, keyword], message: `\`${keyword}\` must be ${what}` });
  }
  for (const keyword of COUNTS)
    require(keyword, (value) => typeof value === 'number' && Number.isInteger(value) && value >= 0, 'a whole number');
  for (const keyword of ['minimum', 'maximum']) require(keyword, (value) => Number.isFinite(value), 'a number');
  for (const keyword of ['format', 'title', 'description']) {
    require(keyword, (value) => typeof value === 'string', 'text');
  }
  require('nullable', (value) => typeof value === 'boolean', '`true` or `false`');
  require('pattern', isPattern, 'a regular expression');
  for (const [low, high] of [
    ['minimum', 'maximum'],
    ['minItems', 'maxItems'],
    ['minLength', 'maxLength'],
    ['minProperties', 'maxProperties'],
  ] as const) {
    const [least, most] = [schema[low], schema[high]];
    if (typeof least === 'number' && typeof most === 'number' && least > most) {
      findings.push({ path: [...path, low], message: `\`${low}\` is greater than \`${high}\`` });
    }
  }
  return findings;
}

function checkObject(schema: Record<string, unknown>, path: Path, depth: number): Finding[] {
  const properties = schema['properties'] ?? {};
  if (!isPlainMap(properties)) return [{ path: [...path, 'properties'], message: '`properties` must be a map' }];
  const names = Object.keys(properties);
  return [
    ...checkNames(schema, 'required', names, path),
    ...checkNames(schema, 'propertyOrdering', names, path),
    ...names.flatMap((name) => checkSchema(properties[name], [...path, 'properties', name], depth + 1)),
  ];
}

/** Gemini refuses a name that is not among the properties. */
function checkNames(schema: Record<string, unknown>, keyword: string, names: string[], path: Path): Finding[] {
  const listed = schema[keyword] ?? [];
  if (!Array.isArray(listed)) {
    return [{ path: [...path, keyword], message: `\`${keyword}\` must be a list of property names` }];
  }
  return listed.flatMap((name: unknown, index) =>
    typeof name === 'string' && names.includes(name)
      ? []
      : [
          {
            path: [...path, keyword, index],
            message: `\`${keyword}\` names what is not in \`properties\`${names.length > 0 ? suggestion(String(name), names) : ''}`,
          },
        ],
  );
}

function checkNested(schema: Record<string, unknown>, path: Path, depth: number): Finding[] {
  const findings: Finding[] = [];
  if (schema['items'] !== undefined) findings.push(...checkSchema(schema['items'], [...path, 'items'], depth + 1));
  else if (schema['type'] === 'array') {
    findings.push({
      path: [...path, 'items'],
      message: '`items` is missing: Gemini needs the schema of what an array holds',
    });
  }
  const anyOf = schema['anyOf'];
  if (anyOf === undefined) return findings;
  if (!Array.isArray(anyOf) || anyOf.length === 0) {
    return [...findings, { path: [...path, 'anyOf'], message: '`anyOf` must be a list of schemas' }];
  }
  return [...findings, ...anyOf.flatMap((option, index) => checkSchema(option, [...path, 'anyOf', index], depth + 1))];
}

function isPattern(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  try {
    return new RegExp(value) instanceof RegExp;
  } catch {
    return false;
  }
}
