import { parseTemplate } from '../template.js';

/** What templates may use, by name. */
export type Variables = Record<string, unknown>;

/**
 * Templates anywhere inside a JSON value, parsed once; names are not templates. A text that is exactly one
 * `{{ expression }}` becomes the expression's value with its type.
 * @throws ConfigError CONFIG_INVALID for a template that is none; the returned function, when one fails
 */
export function compileValue(value: unknown): (variables: Variables) => unknown {
  if (typeof value === 'string') {
    const template = parseTemplate(value);
    return (variables) => template.value(variables);
  }
  if (Array.isArray(value)) {
    const items = value.map(compileValue);
    return (variables) => items.map((item) => item(variables));
  }
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).map(([name, field]) => [name, compileValue(field)] as const);
    return (variables) => Object.fromEntries(fields.map(([name, field]) => [name, field(variables)]));
  }
  return () => value;
}
