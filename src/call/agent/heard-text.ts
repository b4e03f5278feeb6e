/** Faster than anybody speaks: what a transcript has beyond this has run ahead of its audio. */
const MAX_LETTERS_PER_S = 20;

/** Where a turn was cut, in its own audio. */
export interface Cut {
  /** So much of it is heard. */
  atMs: number;
  /** So much of it was made … */
  madeMs: number;
  /** … and nothing was still to come. */
  generated: boolean;
}

/** A turn's words, before and after the place where it was cut. */
export interface HeardText {
  heard: string;
  unheard: string;
}

const words = new Intl.Segmenter(undefined, { granularity: 'word' });

/**
 * Splits what was said by the share of its audio that was heard, behind the word that this falls into. Of a turn that
 * was still being made, no more words count as spoken than its audio has room for.
 */
export function splitHeard(text: string, { atMs, madeMs, generated }: Cut): HeardText {
  const spokenLetters = generated ? text.length : Math.min(text.length, (madeMs / 1_000) * MAX_LETTERS_PER_S);
  const heardLetters = madeMs > 0 ? Math.round(spokenLetters * Math.min(1, atMs / madeMs)) : 0;
  const heard = text.slice(0, wordEnd(text, heardLetters)).trimEnd();
  return { heard, unheard: text.slice(heard.length) };
}

/** The end of the word that the first `letters` of a text end in, with the punctuation behind it. */
function wordEnd(text: string, letters: number): number {
  if (letters <= 0) return 0;
  const word = words.segment(text).containing(Math.min(letters, text.length) - 1);
  if (!word) return text.length;
  const end = word.index + word.segment.length;
  return end + (/^[^\s\p{L}\p{N}]+/u.exec(text.slice(end))?.[0].length ?? 0);
}

/** More than this of either part tells a model nothing more. */
const MAX_TOLD_LETTERS = 300;

/** What a model is told of a reply of its own that was cut off. */
export function describeCut({ heard, unheard }: HeardText): string {
  const missed = `They did not hear: ${JSON.stringify(unheard.trim().slice(0, MAX_TOLD_LETTERS))}.`;
  if (heard === '') return `(The caller cut in before you could be heard. ${missed})`;
  return `(The caller cut in. The last they heard of you was: ${JSON.stringify(heard.slice(-MAX_TOLD_LETTERS))}. ${missed})`;
}
