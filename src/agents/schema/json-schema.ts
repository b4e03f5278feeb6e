import * as z from 'zod';
import { agentsFileSchema } from './schema.js';

/** A value that comes from the environment is text in the file, whatever it will be. */
const FROM_ENVIRONMENT = { type: 'string', pattern: '\\$\\{' } as const;

/** The agents file as JSON Schema (draft-7, which editors know), with a description for every key. */
export function agentsJsonSchema(): object {
  const schema = z.toJSONSchema(agentsFileSchema, {
    io: 'input',
    target: 'draft-7',
    reused: 'inline',
    override: ({ jsonSchema }) => allowEnvironment(jsonSchema),
  });
  return {
    ...schema,
    title: 'Liveline agents',
    patternProperties: { '^x-': { description: 'Free, for anchors.' } },
  };
}

/** What is not just any text may also be `${VAR}`. */
function allowEnvironment(schema: z.core.JSONSchema.BaseSchema): void {
  const { type, enum: words, pattern } = schema;
  const isAnyText = type === 'string' && words === undefined && pattern === undefined;
  if (isAnyText || !['string', 'number', 'integer', 'boolean'].includes(String(type))) return;
  const { description, default: preset, ...rest } = schema;
  for (const key of Object.keys(schema)) Reflect.deleteProperty(schema, key);
  Object.assign(schema, {
    ...(description === undefined ? {} : { description }),
    ...(preset === undefined ? {} : { default: preset }),
    anyOf: [rest, FROM_ENVIRONMENT],
  });
}
