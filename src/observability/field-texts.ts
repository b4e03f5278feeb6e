import { MASK } from '../cover-values.js';
import { isSecretName } from '../secret-names.js';

/** A name in quotes, which are escaped once for each text within a text that it stands in. */
const JSON_NAME = /"([^"\\]{1,64})(\\*)"\s*:\s*/g;
/** A field of a form, or of a url's query. */
const FORM_FIELD = /(?<![\w.%[\]-])([\w.%[\]-]{1,64})=[^&\s"'\\<>]+/g;
/** What says that there is no secret. */
const NO_SECRET = /(?:null|true|false)\b/y;

/**
 * Covers the values of fields whose names say that they are secrets in a text that holds JSON or a form, whole, in part,
 * or cut off. A map or list whose end is not certain is covered to the end of the text.
 */
export function coverFieldsIn(text: string): string {
  return coverJson(text).replace(FORM_FIELD, (field, name: string) => (isSecretName(name) ? `${name}=${MASK}` : field));
}

function coverJson(text: string): string {
  let covered = '';
  let done = 0;
  for (const match of text.matchAll(JSON_NAME)) {
    const [whole, name = '', escapes = ''] = match;
    const from = match.index + whole.length;
    // Within what is covered already there are no fields.
    if (match.index < done || !isSecretName(name)) continue;
    const value = valueAt(text, from, escapes.length);
    covered += text.slice(done, value.from) + (value.from === value.to ? '' : MASK);
    done = value.to;
  }
  return covered + text.slice(done);
}

/** Where what is to be covered of a value stands. */
function valueAt(text: string, from: number, escapes: number): { from: number; to: number } {
  const quote = `${'\\'.repeat(escapes)}"`;
  if (text.startsWith(quote, from)) {
    const begin = from + quote.length;
    return { from: begin, to: endOfText(text, begin, escapes) };
  }
  if (text[from] === '{' || text[from] === '[') return { from, to: text.length };
  NO_SECRET.lastIndex = from;
  if (NO_SECRET.test(text)) return { from, to: from };
  const length = text.slice(from).search(/[\s,}\]"\\]/);
  return { from, to: length < 0 ? text.length : from + length };
}

/** The next quote that is no part of the text: one more escape before it, or twice as many, is. */
function endOfText(text: string, from: number, escapes: number): number {
  for (const { 0: quote, index } of text.slice(from).matchAll(/\\*"/g)) {
    const more = quote.length - 1 - escapes;
    if (more <= 0) return from + index;
    if (more % (2 * (escapes + 1)) === 0) return from + index + more;
  }
  return text.length;
}
