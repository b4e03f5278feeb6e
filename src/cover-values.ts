/** What stands in the place of what is not to be seen. */
export const MASK = '••••';
/** A tool's arguments and results are no deeper; what is, is left out. */
const MAX_DEPTH = 32;

/** How the parts of a JSON value are covered. */
export interface Covering {
  /** Of a text, and of the names of fields. */
  text(text: string): string;
  /** The whole field; undefined where it is to be looked into. */
  field?(name: string, value: unknown): string | undefined;
}

/** The same JSON value with what is not to be seen covered. A number is covered whole, where its digits would be. */
export function coverValues(value: unknown, covering: Covering, depth = 0): unknown {
  if (depth > MAX_DEPTH) return MASK;
  if (typeof value === 'string') return covering.text(value);
  if (typeof value === 'number') return covering.text(String(value)) === String(value) ? value : MASK;
  if (Array.isArray(value)) return value.map((item) => coverValues(item, covering, depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      covering.text(name),
      covering.field?.(name, field) ?? coverValues(field, covering, depth + 1),
    ]),
  );
}
