import { closest, distance } from 'fastest-levenshtein';
import type { SourcePosition } from '../errors.js';

/** One thing to say about an agents file, and where. A file with an `error` cannot be used; a `warning` is advice. */
export interface Problem extends SourcePosition {
  severity: 'error' | 'warning';
  message: string;
}

/** A place in an agents file: keys and list indices from the root. */
export type Path = readonly (string | number)[];

/** A problem before its path has been looked up in the file. */
export interface Finding {
  path: Path;
  /** Point at the key itself instead of at its value. */
  at?: 'key';
  /** Line and column inside the text value, both from 1, where the mistake is not at its start. */
  within?: { line: number; column: number };
  severity?: Problem['severity'];
  message: string;
}

/** `file:line:column message`, as editors and terminals turn into links. */
export function formatProblem(problem: Problem): string {
  const severity = problem.severity === 'warning' ? 'warning: ' : '';
  return `${problem.file}:${problem.line}:${problem.column} ${severity}${problem.message}`;
}

/** A path as people write it: `agents.desk.tools[0].name`. */
export function formatPath(path: Path): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index > 0 ? '.' : ''}${step}`))
    .join('');
}

/** The words in backquotes: `a`, `b` or `c`. */
export function oneOf(words: readonly string[]): string {
  return enumerated(words.map((word) => `\`${word}\``));
}

/** a, b or c. */
export function enumerated(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length > 1 ? `${words.slice(0, -1).join(', ')} or ${last}` : last;
}

/** The candidate that `word` was probably meant to be, if one is near enough. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (candidates.length === 0) return undefined;
  const plain = (text: string) => text.toLowerCase().replaceAll(/[-_ ]/g, '');
  const letters = (text: string) => Array.from(plain(text)).sort().join('');
  // Levenshtein counts two swapped letters as two mistakes; they are the commonest single one.
  const same =
    candidates.find((candidate) => plain(candidate) === plain(word)) ??
    candidates.find((candidate) => letters(candidate) === letters(word));
  if (same !== undefined) return same;
  const best = closest(word, [...candidates]);
  return distance(word, best) <= Math.max(1, Math.floor(Math.max(word.length, best.length) / 3)) ? best : undefined;
}

/** ` (did you mean …?)`, or else what is allowed, for the end of a message. */
export function suggestion(word: string, candidates: readonly string[]): string {
  const meant = nearest(word, candidates);
  return meant === undefined ? `; allowed: ${candidates.join(', ')}` : ` (did you mean \`${meant}\`?)`;
}
