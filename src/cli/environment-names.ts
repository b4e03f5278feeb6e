import { distance } from 'fastest-levenshtein';

/** Vendors whose variables are checked for slips; their SDKs read others of the same prefix, which are let through. */
const VENDOR_PREFIXES = ['TWILIO_', 'GOOGLE_', 'GEMINI_'];
const OWN_PREFIX = 'LIVELINE_';
/** Two letters swapped, one missing and one wrong: further apart, two names are two names. */
const NEAR_MISS = 2;

/**
 * Names that would be ignored although their author meant one of ours: every unknown `LIVELINE_*`, and a near miss of
 * a vendor's variable that we read.
 * @returns one sentence a name
 */
export function misspeltNames(names: readonly string[], known: readonly string[]): string[] {
  const taken = new Set(known);
  const watched = known.filter((name) => [OWN_PREFIX, ...VENDOR_PREFIXES].some((prefix) => name.startsWith(prefix)));
  return names
    .filter((name) => !taken.has(name))
    .flatMap((name) => {
      const near = watched.find((candidate) => distance(name, candidate) <= NEAR_MISS);
      if (near !== undefined) return [`${name} is not a variable that Liveline reads; did you mean ${near}?`];
      if (!name.startsWith(OWN_PREFIX)) return [];
      const own = known.filter((candidate) => candidate.startsWith(OWN_PREFIX)).join(', ');
      return [`${name} is not a variable that Liveline reads; those that begin so are ${own}`];
    });
}
