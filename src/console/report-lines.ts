import type { CallEvent } from '../call/events.js';

type Grounded = Extract<CallEvent, { type: 'grounded' }>;
type Code = Extract<CallEvent, { type: 'code' }>;

/** Where an answer comes from, in one line: names, never links that a page would follow. */
export function sourcesLine({ pii: { queries, sources } }: Grounded): string {
  const asked = queries.map((query) => `“${query}”`).join(', ');
  const names = [
    ...new Set(sources.map(({ title, uri, failed }) => nameOf(title, uri) + (failed ? ' (not read)' : ''))),
  ];
  return [asked, names.join(', ')].filter((part) => part !== '').join(' → ');
}

/** A program that the model wrote, or what it printed. */
export function codeLine(event: Code): string {
  if (event.phase === 'written') return event.pii.code;
  return event.ok ? `→ ${event.pii.output}` : `failed: ${event.pii.output}`;
}

function nameOf(title: string | undefined, uri = ''): string {
  if (title !== undefined) return title;
  return URL.canParse(uri) && new URL(uri).host !== '' ? new URL(uri).host : uri;
}
