const MAX_CHARACTERS = 240;

/** A tool's arguments or answer as one readable line; an answer's only wrapper is left out. */
export function inBrief(value: unknown): string {
  const text = isRecord(value) ? pairs(unwrapped(value)) : word(value);
  return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)} …` : text;
}

/** The model's tools answer `{ output: … }` or `{ error: … }`. */
function unwrapped(record: Record<string, unknown>): Record<string, unknown> {
  const { output } = record;
  return Object.keys(record).length === 1 && isRecord(output) ? output : record;
}

function pairs(record: Record<string, unknown>): string {
  return Object.entries(record)
    .map(([key, value]) => `${key}: ${word(value)}`)
    .join(', ');
}

function word(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
