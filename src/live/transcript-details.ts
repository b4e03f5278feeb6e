import type { TranscriptDetails } from '../call/ports.js';
import { given } from './given.js';
import { durationMs, type Transcription } from './server-messages.js';

/** Words of one piece of transcript; a piece is a few. */
const MAX_WORDS = 200;

/** What a piece of transcript says beside its text, where it was asked for; undefined when that is nothing. */
export function transcriptDetails({
  languageCode: language,
  speakerLabel,
  words,
}: Transcription): TranscriptDetails | undefined {
  const timed = words?.slice(0, MAX_WORDS).map(({ word = '', startOffset, endOffset }) => ({
    word,
    startMs: Math.round(durationMs(startOffset)),
    endMs: Math.round(durationMs(endOffset)),
  }));
  const details = given({ language, speakerLabel, words: timed });
  return Object.keys(details).length === 0 ? undefined : details;
}
