import type { SpokenTurn } from '../call/ports.js';
import { spokenText } from './spoken-text.js';

/** What was said, as a part of the instructions: for where it cannot be given as turns. */
export function withTranscript(instruction: string | undefined, spoken: readonly SpokenTurn[]): string {
  const lines = spoken.map((turn) => `${turn.speaker === 'caller' ? 'Caller' : 'You'}: ${spokenText(turn)}`);
  const transcript = `What has been said on this call so far:\n${lines.join('\n')}`;
  return instruction === undefined ? transcript : `${instruction}\n\n${transcript}`;
}
