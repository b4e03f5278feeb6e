/** What can be seen of a model that does not do what it should. */
export type Symptom =
  /** Nothing at all after a turn of the caller. */
  | 'no-answer'
  /** Nothing at all after the answers of its tools. */
  | 'tool-deadlock'
  /** A reply stopped in its middle, and the caller has heard all there is of it. */
  | 'stalled'
  /** A reply was made and heard, and its turn was never said to be over. */
  | 'turn-open'
  /** Turns in a row without a word, though the caller had spoken. */
  | 'empty-turns'
  /** Turns in a row whose answer the service held back. */
  | 'rejected-turns'
  /** Replies in a row with nothing in them to hear. */
  | 'silent-audio'
  /** A turn ended within a sentence. */
  | 'cut-sentence';

/**
 * What is done about it: a line to the model, another connection for the same session, a fresh session that is told what
 * was said, the end of the call with its fallback. `end-turn`: the turn counts as over.
 */
export type Remedy = 'nudge' | 'resume' | 'renew' | 'give-up' | 'end-turn';

/** How patient a call is with its model. */
export interface HealthSettings {
  /** Silence after the caller's turn, or after the tools' answers. The steps after the first wait half as long. */
  noAnswerMs: number;
  /** Silence in the middle of a reply, once the caller has heard all there is of it. */
  stallMs: number;
  /** Silence after a reply was heard whose turn is not over. */
  turnEndMs: number;
  emptyTurns: number;
  rejectedTurns: number;
  silentReplies: number;
  /** A model whose turn ended within a sentence is asked to go on. */
  continuesCutSentences: boolean;
  /** The model takes lines of text. */
  takesText: boolean;
  /** The model decides itself whether it was spoken to: a session at rest after the caller's words has chosen silence. */
  proactive: boolean;
}

/** What the model is told, by what is wrong. None of it is the caller's word, and none asks for a greeting. */
export const NUDGES: Readonly<Record<Exclude<Symptom, 'turn-open'>, string>> = {
  'no-answer': '(The caller is waiting for you to speak. Speak now.)',
  'tool-deadlock': '(The tools have answered. Tell the caller what came of it.)',
  stalled: '(You stopped in the middle of a sentence. Go on from there.)',
  'empty-turns': '(You have not answered the caller. If they spoke to you, answer now.)',
  'rejected-turns': '(The caller has heard no answer from you. Answer now, in other words.)',
  'silent-audio': '(The caller could not hear what you said last. Say it again.)',
  'cut-sentence': '(Your last sentence was cut off. Go on exactly where it stopped.)',
};
