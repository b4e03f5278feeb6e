import { MASK } from '../../cover-values.js';

/** So many digits in a row of a number are a part of it; fewer stand in any text. */
const MIN_DIGITS = 4;
/** Of so long a number the last four alone may be told: "the card that ends in 1234". Card numbers have as many or more. */
const MIN_DIGITS_TO_END_IN = 12;
/** Digits of one number, as people write it: in groups, with a blank, a dash or the like between them. */
const WRITTEN_NUMBER = /\d(?:[^\p{L}\p{N}]{0,3}\d)*/gu;

/**
 * Covers what a text repeats of numbers that are secret: four or more of their digits in a row, however they are parted,
 * and a shorter number where it is all of the text.
 */
export function digitCover(secrets: ReadonlySet<string>): (text: string) => string {
  const numbers = [...secrets].map((secret) => secret.replace(/\D/g, ''));
  const parts = new Set(numbers.flatMap(partsOf));
  const long = numbers.filter(({ length }) => length >= MIN_DIGITS_TO_END_IN);
  const partsOfShort = new Set(numbers.filter((number) => !long.includes(number)).flatMap(partsOf));
  const ends = new Set(long.map((number) => number.slice(-MIN_DIGITS)).filter((end) => !partsOfShort.has(end)));
  return (text) =>
    secrets.has(text) || secrets.has(text.replace(/[^\p{L}\p{N}]/gu, ''))
      ? MASK
      : text.replace(WRITTEN_NUMBER, (written) => coverParts(written, parts, ends));
}

/** Every four digits in a row. */
function partsOf(number: string): string[] {
  return Array.from({ length: Math.max(0, number.length - MIN_DIGITS + 1) }, (_, at) =>
    number.slice(at, at + MIN_DIGITS),
  );
}

/** @param ends what may stand alone */
function coverParts(written: string, parts: ReadonlySet<string>, ends: ReadonlySet<string>): string {
  const digits = [...written.matchAll(/\d/g)];
  const isSecret = digits.map(() => false);
  partsOf(digits.join('')).forEach((part, at) => {
    if (parts.has(part)) isSecret.fill(true, at, at + MIN_DIGITS);
  });
  let covered = '';
  let done = 0;
  for (let from = isSecret.indexOf(true); from >= 0; from = isSecret.indexOf(true, from)) {
    const next = isSecret.indexOf(false, from);
    const run = digits.slice(from, next < 0 ? undefined : next);
    if (!ends.has(run.join(''))) {
      covered += written.slice(done, run[0]?.index) + MASK;
      done = (run.at(-1)?.index ?? 0) + 1;
    }
    from += run.length;
  }
  return covered + written.slice(done);
}
