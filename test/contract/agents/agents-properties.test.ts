import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { checkAgents } from '../../../src/agents/check-agents.js';
import { interpolate } from '../../../src/agents/file/interpolate.js';
import { checkParameters } from '../../../src/agents/rules/parameters-rules.js';

const KEYS = [
  'agents',
  'defaults',
  'desk',
  'tools',
  'http',
  'url',
  'turn',
  'voice',
  'instructions',
  '<<',
  'x-a',
  '__proto__',
];

/** YAML that is roughly an agents file, with values in all the wrong places. */
const roughFile = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.constantFrom('hi', '{{ x', '${A}', '${A:-1}', '', 'https://{{ x }}', 3, true, null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie('value'), { maxKeys: 5 }),
  ),
})).value;

const SCHEMA_KEYS = [
  'type',
  'properties',
  'required',
  'items',
  'enum',
  'anyOf',
  'pattern',
  'nullable',
  'minimum',
  'maxLength',
];
/** Schemas that are mostly right: leaves, lists and maps of them, and now and then nonsense. */
const roughParameters = fc.letrec<{ schema: unknown }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 4 },
    {
      weight: 6,
      arbitrary: fc.record(
        {
          type: fc.constantFrom('string', 'integer', 'boolean'),
          enum: fc.constantFrom(['a'], ['a', 'b'], ['a', 'a']),
          nullable: fc.boolean(),
          pattern: fc.constantFrom('^a', '\\d+', '\\p{L}', '('),
          minimum: fc.integer(),
          maxLength: fc.integer({ min: -1, max: 9 }),
        },
        { requiredKeys: ['type'] },
      ),
    },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('array'), items: tie('schema') }) },
    { weight: 2, arbitrary: fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        type: fc.constant('object'),
        properties: fc.dictionary(fc.constantFrom('a', 'b'), tie('schema'), { maxKeys: 2 }),
        required: fc.subarray(['a', 'b']),
      }),
    },
    { weight: 1, arbitrary: fc.dictionary(fc.constantFrom(...SCHEMA_KEYS), tie('schema'), { maxKeys: 3 }) },
  ),
})).schema;

describe('whatever an agents file holds', () => {
  it('is either usable or has an error, at a place inside the file, and never throws', () => {
    fc.assert(
      fc.property(roughFile, (value) => {
        const text = stringify(value, { version: '1.1' });
        const lines = text.split('\n');
        const { agents, problems } = checkAgents(text, 'agents.yaml', { env: {} });
        expect(agents === undefined).toBe(problems.some(({ severity }) => severity === 'error'));
        for (const { line, column } of problems) {
          expect(line).toBeLessThanOrEqual(lines.length);
          expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? 0) + 1);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is left as it is where no variable stands', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!text.includes('${'));
        expect(interpolate(text, {}, '.')).toEqual({ text, mistakes: [] });
      }),
    );
  });

  it('takes a variable’s value as it is, and never reads it again', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (before, value, after) => {
        fc.pre(!/[${]/.test(before + after));
        expect(interpolate(`${before}\${V}${after}`, { V: value }, '.').text).toBe(before + value + after);
      }),
    );
  });
});

describe('parameters that the rules let through', () => {
  it('can be compiled to check arguments by', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false, unicodeRegExp: false, addUsedSchema: false });
    let taken = 0;
    fc.assert(
      fc.property(roughParameters, (schema) => {
        const parameters = { type: 'object', properties: { a: schema } };
        if (checkParameters(parameters, []).length > 0) return;
        taken += 1;
        expect(typeof ajv.compile(parameters)).toBe('function');
      }),
      { numRuns: 400 },
    );
    expect(taken).toBeGreaterThan(20);
  });
});
