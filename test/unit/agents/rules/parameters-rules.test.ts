import { describe, expect, it } from 'vitest';
import { deskWith, problemsIn } from '../../../support/agents-file.js';

const ROOT = 'agents.desk.tools[0].parameters';

/** What is said of a function's `parameters`, which begin at column 21 of line 7, without file and line. */
function saidOf(parameters: string): string[] {
  const text = deskWith(
    `tools:\n  - name: f\n    description: d\n    parameters: ${parameters}\n    http: { url: https://example.com }`,
  );
  return problemsIn(text).map((problem) => problem.replace('agents.yaml:7:', ''));
}

/** The value of the one property `x`. */
function saidOfProperty(schema: string): string[] {
  return saidOf(`{ type: object, properties: { x: ${schema} } }`);
}

describe('the parameters of a function', () => {
  it.each([
    ['{ type: string }', `29 ${ROOT}.type: the arguments of a function are an object: write \`type: object\``],
    ['{ properties: {} }', `9 ${ROOT}: the arguments of a function are an object: write \`type: object\``],
    [
      '{ type: object, properties: { day: { type: string } }, required: [dya] }',
      `87 ${ROOT}.required[0]: \`required\` names what is not in \`properties\` (did you mean \`day\`?)`,
    ],
    ['{ type: object, properties: [day] }', `49 ${ROOT}.properties: \`properties\` must be a map`],
    [
      '{ type: object, properties: { a: { type: string } }, $ref: "#/x" }',
      `74 ${ROOT}: \`$ref\` is not taken by Gemini; write the schema out where it is used`,
    ],
  ])('may not be %s', (parameters, said) => {
    expect(saidOf(parameters)).toEqual([said]);
  });

  it.each([
    ['{ const: a, type: string }', '56', ': `const` is not taken by Gemini; use `enum` with one value'],
    ['{ type: string, oneOf: [] }', '70', ': `oneOf` is not taken by Gemini; use `anyOf`'],
    [
      '{ type: object, additionalProperties: false }',
      '70',
      ': `additionalProperties` is not taken by Gemini; leave it out',
    ],
    [
      '{ type: string, descripton: d }',
      '70',
      ': `descripton` is no keyword that Gemini takes (did you mean `description`?)',
    ],
    ['{ description: d }', '51', ': `type` is missing'],
    [
      '{ type: String }',
      '62',
      '.type: `type` must be `string`, `number`, `integer`, `boolean`, `array`, `object` or `null`; write `string`',
    ],
    ['{ type: [string, "null"] }', '62', '.type: `type` is one word for Gemini; use `nullable: true` or `anyOf`'],
    ['{ type: integer, enum: [1] }', '78', '.enum[0]: Gemini takes only texts in `enum`; put the value in quotes'],
    ['{ type: string, enum: [] }', '76', '.enum: `enum` must be a list of texts'],
    ['{ type: array }', '51', ': `items` is missing: Gemini needs the schema of what an array holds'],
    ['{ type: string, pattern: "(" }', '79', '.pattern: `pattern` must be a regular expression'],
    ['{ type: string, maxLength: -1 }', '81', '.maxLength: `maxLength` must be a whole number'],
    ['{ type: number, minimum: 5, maximum: 1 }', '79', '.minimum: `minimum` is greater than `maximum`'],
    ['{ anyOf: [] }', '63', '.anyOf: `anyOf` must be a list of schemas'],
    ['{ anyOf: [text] }', '64', '.anyOf[0]: must be a schema: a map with a `type`'],
    [
      '{ type: array, items: { type: date } }',
      '84',
      '.items.type: `type` must be `string`, `number`, `integer`, `boolean`, `array`, `object` or `null`',
    ],
  ])('may not hold a property that is %s', (schema, column, said) => {
    expect(saidOfProperty(schema)).toEqual([`${column} ${ROOT}.properties.x${said}`]);
  });

  it('are not followed deeper than a person would nest them', () => {
    const nested = '{ type: object, properties: { x: '.repeat(40) + '{ type: string }' + ' } }'.repeat(40);
    expect(saidOf(nested)).toEqual([expect.stringMatching(/: is nested deeper than 32 levels$/)]);
  });
});
