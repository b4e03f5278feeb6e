import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkParameters } from '../../../src/agents/rules/parameters-rules.js';
import { toSchemaSubset } from '../../../src/tools/schema-subset.js';

/** The one property of a function's arguments. */
function written(property: unknown, more: Record<string, unknown> = {}): unknown {
  const subset = toSchemaSubset({ type: 'object', properties: { x: property }, ...more });
  expect(checkParameters(subset!, []), 'what Gemini refuses').toEqual([]);
  return (subset!['properties'] as Record<string, unknown>)['x'];
}

describe('a JSON Schema in the subset that Gemini takes', () => {
  it.each<[string, unknown, unknown]>([
    [
      'keeps what both know',
      { type: 'string', description: 'd', minLength: 1, pattern: '^a' },
      { type: 'string', description: 'd', minLength: 1, pattern: '^a' },
    ],
    [
      'leaves out what it has no word for',
      { type: 'string', $comment: 'c', 'x-a': 1, deprecated: true },
      { type: 'string' },
    ],
    [
      'leaves out how an object is closed',
      { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false, patternProperties: {} },
      { type: 'object', properties: { a: { type: 'string' } } },
    ],
    ['keeps a free map a map', { type: 'object', additionalProperties: { type: 'string' } }, { type: 'object' }],
    ['makes a constant an enum of one', { const: 'a' }, { type: 'string', enum: ['a'] }],
    [
      'says numbers to choose from in words',
      { type: 'integer', enum: [1, 2], description: 'How many.' },
      { type: 'integer', description: 'How many. One of: 1, 2.' },
    ],
    ['finds the type of a constant', { const: true }, { type: 'boolean', description: 'One of: true.' }],
    ['takes null out of an enum', { enum: ['a', null] }, { type: 'string', enum: ['a'], nullable: true }],
    [
      'makes null of two types nullable',
      { type: ['string', 'null'], maxLength: 9 },
      { type: 'string', nullable: true, maxLength: 9 },
    ],
    [
      'makes choices of several types',
      { type: ['string', 'integer'], description: 'd' },
      { description: 'd', anyOf: [{ type: 'string' }, { type: 'integer' }] },
    ],
    [
      'makes oneOf anyOf',
      { oneOf: [{ type: 'string' }, { type: 'number' }] },
      { anyOf: [{ type: 'string' }, { type: 'number' }] },
    ],
    [
      'makes a choice with null nullable',
      { anyOf: [{ type: 'string' }, { type: 'null' }], description: 'd' },
      { type: 'string', nullable: true, description: 'd' },
    ],
    [
      'makes choices among constants one enum',
      { oneOf: [{ const: 'a', title: 'A' }, { const: 'b' }] },
      { type: 'string', enum: ['a', 'b'] },
    ],
    [
      'merges allOf',
      {
        allOf: [
          { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
          { properties: { b: { type: 'integer' } }, required: ['b'] },
        ],
      },
      { type: 'object', properties: { a: { type: 'string' }, b: { type: 'integer' } }, required: ['a', 'b'] },
    ],
    [
      'makes open bounds closed',
      { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 9 },
      { type: 'number', minimum: 0, maximum: 9 },
    ],
    ['shows the first example', { type: 'string', examples: ['a', 'b'] }, { type: 'string', example: 'a' }],
    [
      'says a format in words that Gemini does not know',
      { type: 'string', format: 'email' },
      { type: 'string', description: 'Format: email.' },
    ],
    [
      'keeps a format that Gemini knows',
      { type: 'string', format: 'date-time' },
      { type: 'string', format: 'date-time' },
    ],
    ['drops a format of numbers', { type: 'integer', format: 'uint8' }, { type: 'integer' }],
    ['asks for what may be anything as text', { description: 'd' }, { type: 'string', description: 'd' }],
    ['asks for what `true` allows as text', true, { type: 'string' }],
    ['gives an array its items', { type: 'array' }, { type: 'array', items: { type: 'string' } }],
    [
      'makes a tuple a list of choices',
      { type: 'array', prefixItems: [{ type: 'string' }, { type: 'number' }] },
      { type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'number' }] } },
    ],
    [
      'finds an object without its type',
      { properties: { a: { type: 'string' } } },
      { type: 'object', properties: { a: { type: 'string' } } },
    ],
    [
      'requires only what is there',
      { type: 'object', properties: { a: { type: 'string' } }, required: ['a', 'b'] },
      { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
    ],
    ['knows no type of a later draft', { type: 'date' }, { type: 'string' }],
  ])('%s', (_name, schema, subset) => {
    expect(written(schema)).toEqual(subset);
  });

  it('writes references out, and lets what stands beside them win', () => {
    const $defs = { 'a/b': { type: 'object', properties: { c: { $ref: '#/definitions/d' } }, description: 'far' } };
    const definitions = { d: { type: 'integer' } };
    expect(written({ $ref: '#/$defs/a~1b', description: 'near' }, { $defs, definitions })).toEqual({
      type: 'object',
      properties: { c: { type: 'integer' } },
      description: 'near',
    });
  });

  it.each(['#/$defs/no', 'https://example.com/schema.json', '#anchor'])('fetches nothing for %s', (reference) => {
    expect(written({ $ref: reference })).toEqual({ type: 'string' });
  });

  it('unfolds what refers to itself, and comes to an end', () => {
    const node = {
      type: 'object',
      properties: { next: { $ref: '#/$defs/node' }, all: { type: 'array', items: { $ref: '#/$defs/node' } } },
    };
    const text = JSON.stringify(written({ $ref: '#/$defs/node' }, { $defs: { node } }));
    expect(text.length).toBeLessThan(200_000);
    expect(written({ $ref: '#/$defs/loop' }, { $defs: { loop: { $ref: '#/$defs/loop' } } })).toEqual({
      type: 'string',
    });
    expect(written({ $ref: '#' })).toMatchObject({ type: 'object' });
  });

  it.each([undefined, null, true, {}, { type: 'object' }, { type: 'object', properties: {} }, { type: 'string' }])(
    'has no arguments for %j',
    (schema) => {
      expect(toSchemaSubset(schema)).toBeUndefined();
    },
  );

  it('leaves the given schema alone', () => {
    const schema = { type: 'object', properties: { a: { oneOf: [{ const: 'x' }] } }, required: ['a'] };
    const before = structuredClone(schema);
    toSchemaSubset(schema);
    expect(schema).toEqual(before);
  });

  it('is never refused, whatever is given', () => {
    const words = fc.constantFrom(
      'string',
      'object',
      'array',
      'null',
      'integer',
      'nonsense',
      '#/$defs/a',
      '#',
      7,
      null,
    );
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        words,
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(
          fc.constantFrom(
            ...[
              'type',
              'properties',
              'items',
              'anyOf',
              'oneOf',
              'allOf',
              '$ref',
              'enum',
              'const',
              'required',
              'a',
              'b',
            ],
            ...[
              'description',
              'format',
              'minimum',
              'pattern',
              'prefixItems',
              '$defs',
              'additionalProperties',
              'nullable',
            ],
          ),
          tie('tree'),
          { maxKeys: 5 },
        ),
      ),
    }));
    fc.assert(
      fc.property(tree, tree, (x, $defs) => {
        const subset = toSchemaSubset({ type: 'object', properties: { x }, $defs });
        expect(checkParameters(subset!, [])).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
