type Schema = Record<string, unknown>;

/** Keywords of JSON Schema that the Live API's `Schema` has too, and what their values must be to be kept. */
const KEPT: Readonly<Record<string, (value: unknown) => boolean>> = {
  title: isText,
  description: isText,
  pattern: isPattern,
  nullable: (value) => typeof value === 'boolean',
  minimum: Number.isFinite,
  maximum: Number.isFinite,
  minItems: isCount,
  maxItems: isCount,
  minLength: isCount,
  maxLength: isCount,
  minProperties: isCount,
  maxProperties: isCount,
  default: () => true,
  example: () => true,
};
/** Bounds that must not contradict each other. */
const RANGES = [
  ['minimum', 'maximum'],
  ['minItems', 'maxItems'],
  ['minLength', 'maxLength'],
  ['minProperties', 'maxProperties'],
] as const;
const TYPES: readonly string[] = ['string', 'number', 'integer', 'boolean', 'array', 'object'];
/** `Schema.format`: what the service knows; another is refused for numbers, and means nothing for text. */
const NUMBER_FORMATS: readonly string[] = ['int32', 'int64', 'float', 'double'];
const TEXT_FORMATS: readonly string[] = ['enum', 'date-time'];
/** A schema that refers to itself is unfolded so far; what lies below may be anything. */
const MAX_DEPTH = 12;
/** A schema that refers to one part many times grows with each; this is more than a model reads. */
const MAX_NODES = 2_000;
/** Of values that the subset cannot list, so many are told in words. */
const MAX_SHOWN_VALUES = 20;

/**
 * A JSON Schema of any kind in the subset that Gemini takes for the arguments of a function: references are written
 * out, `oneOf` becomes `anyOf`, `allOf` is merged, `const` becomes an `enum` of one, types are single, and what the
 * subset has no word for goes into the description or is left out. The result may accept more than the schema does;
 * what may be anything is asked for as text.
 * @returns undefined for a function without arguments
 */
export function toSchemaSubset(schema: unknown): Schema | undefined {
  if (!isMap(schema)) return undefined;
  const writer = new SubsetWriter(schema);
  const { properties, ...rest } = writer.write(schema, 0);
  if (!isMap(properties) || Object.keys(properties).length === 0) return undefined;
  return { ...rest, type: 'object', properties };
}

class SubsetWriter {
  readonly #root: Schema;
  #nodes = 0;

  constructor(root: Schema) {
    this.#root = root;
  }

  write(given: unknown, depth: number): Schema {
    this.#nodes += 1;
    // What is too deep, and `true`, accept anything: text is what a model can always write.
    if (!isMap(given) || depth > MAX_DEPTH || this.#nodes > MAX_NODES) return { type: 'string' };
    const schema = this.#joined(given, depth);
    const result: Schema = {};
    for (const [keyword, isFit] of Object.entries(KEPT)) {
      if (schema[keyword] !== undefined && isFit(schema[keyword])) result[keyword] = schema[keyword];
    }
    writeBounds(schema, result);
    const choices = schema['anyOf'] ?? schema['oneOf'];
    if (Array.isArray(choices) && choices.length > 0) return this.#writeChoices(choices, result, depth);
    const types = typesOf(schema);
    if (types.includes('null')) result['nullable'] = true;
    const kinds = types.filter((type) => TYPES.includes(type));
    if (kinds.length > 1) {
      const each = kinds.map((type) => ({ ...schema, type, description: undefined, title: undefined }));
      return this.#writeChoices(each, result, depth);
    }
    return this.#writeType(schema, kinds[0] ?? 'string', result, depth);
  }

  #writeType(schema: Schema, type: string, result: Schema, depth: number): Schema {
    result['type'] = type;
    writeFormat(schema, type, result);
    writeEnum(schema, type, result);
    if (type === 'array') result['items'] = this.write(itemsOf(schema), depth + 1);
    if (type === 'object') this.#writeObject(schema, result, depth);
    return result;
  }

  #writeObject(schema: Schema, result: Schema, depth: number): void {
    const given = isMap(schema['properties']) ? schema['properties'] : {};
    const names = Object.keys(given);
    if (names.length === 0) return;
    result['properties'] = Object.fromEntries(names.map((name) => [name, this.write(given[name], depth + 1)]));
    const required = Array.isArray(schema['required'])
      ? schema['required'].filter((name) => (names as unknown[]).includes(name))
      : [];
    if (required.length > 0) result['required'] = required;
  }

  #writeChoices(choices: readonly unknown[], result: Schema, depth: number): Schema {
    const isNull = (choice: unknown) => isMap(choice) && (choice['type'] === 'null' || choice['const'] === null);
    const others = choices.filter((choice) => !isNull(choice));
    if (others.length < choices.length) result['nullable'] = true;
    if (others.length === 0) return { ...result, type: 'string' };
    if (others.length === 1) return { ...this.write(others[0], depth), ...result };
    // Several constants are one choice among words.
    const constants = others.map((choice) => (isMap(choice) ? choice['const'] : undefined));
    if (constants.length > 0 && constants.every((value) => typeof value === 'string')) {
      return { ...result, type: 'string', enum: constants };
    }
    return { ...result, anyOf: others.map((choice) => this.write(choice, depth + 1)) };
  }

  /** The schema with what it refers to, and with all that must hold together. */
  #joined(schema: Schema, depth: number): Schema {
    const { $ref: reference, allOf: parts, ...rest } = schema;
    const others = [
      ...(typeof reference === 'string' ? [this.#resolve(reference)] : []),
      ...(Array.isArray(parts) ? (parts as unknown[]) : []),
    ];
    if (others.length === 0 || depth > MAX_DEPTH) return rest;
    return others.reduce<Schema>((joined, part) => {
      this.#nodes += 1;
      return isMap(part) ? merge(joined, this.#joined(part, depth + 1)) : joined;
    }, rest);
  }

  /** RFC 6901, within the schema; what lies elsewhere is not fetched. */
  #resolve(reference: string): unknown {
    if (reference !== '#' && !reference.startsWith('#/')) return {};
    const steps = reference.split('/').slice(1);
    return steps.reduce<unknown>((value, step) => {
      const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
      return isMap(value) || Array.isArray(value) ? (value as Schema)[name] : undefined;
    }, this.#root);
  }
}

function writeBounds(schema: Schema, result: Schema): void {
  const { exclusiveMinimum: above, exclusiveMaximum: below, examples } = schema;
  if (Number.isFinite(above)) result['minimum'] ??= above;
  if (Number.isFinite(below)) result['maximum'] ??= below;
  if (Array.isArray(examples) && examples.length > 0) result['example'] ??= examples[0];
  for (const [low, high] of RANGES)
    if (Number(result[low]) > Number(result[high])) Reflect.deleteProperty(result, high);
}

/** What stands nearer wins; properties and what is required add up. */
function merge(near: Schema, far: Schema): Schema {
  const merged = { ...far, ...near };
  const [ours, theirs] = [near['properties'], far['properties']];
  if (isMap(ours) && isMap(theirs)) merged['properties'] = { ...theirs, ...ours };
  const required = [near['required'], far['required']].flatMap((names) =>
    Array.isArray(names) ? (names as unknown[]) : [],
  );
  if (required.length > 0) merged['required'] = [...new Set(required)];
  return merged;
}

function typesOf(schema: Schema): string[] {
  const { type } = schema;
  if (typeof type === 'string') return [type];
  if (Array.isArray(type)) return type.filter((one): one is string => typeof one === 'string');
  if (isMap(schema['properties'])) return ['object'];
  if (schema['items'] !== undefined || schema['prefixItems'] !== undefined) return ['array'];
  const values = 'const' in schema ? [schema['const']] : schema['enum'];
  const [first] = Array.isArray(values) ? (values as unknown[]) : [];
  if (typeof first === 'number') return [Number.isInteger(first) ? 'integer' : 'number'];
  return typeof first === 'boolean' ? ['boolean'] : ['string'];
}

function writeFormat({ format }: Schema, type: string, result: Schema): void {
  if (typeof format !== 'string') return;
  const formats = type === 'string' ? TEXT_FORMATS : NUMBER_FORMATS;
  if (formats.includes(format)) result['format'] = format;
  else if (type === 'string') describe(result, `Format: ${format}.`);
}

/** Gemini takes only words in `enum`. */
function writeEnum(schema: Schema, type: string, result: Schema): void {
  const given = 'const' in schema ? [schema['const']] : schema['enum'];
  if (!Array.isArray(given)) return;
  if (given.includes(null)) result['nullable'] = true;
  const values = given
    .filter((value) => value !== null && value !== '')
    .map((value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value)));
  if (values.length === 0) return;
  if (type === 'string') result['enum'] = values;
  else describe(result, `One of: ${values.slice(0, MAX_SHOWN_VALUES).join(', ')}.`);
}

function describe(result: Schema, text: string): void {
  const { description } = result;
  result['description'] = typeof description === 'string' && description !== '' ? `${description} ${text}` : text;
}

function itemsOf(schema: Schema): unknown {
  const { items, prefixItems } = schema;
  const positions = Array.isArray(prefixItems) ? prefixItems : Array.isArray(items) ? items : undefined;
  return positions ? { anyOf: positions } : items;
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0;
}

function isPattern(value: unknown): boolean {
  try {
    return typeof value === 'string' && new RegExp(value) instanceof RegExp;
  } catch {
    return false;
  }
}

function isMap(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
