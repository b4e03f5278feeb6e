import type { SpokenTurn } from '../call/ports.js';

/** What was said, as a model is told it; a turn that was cut off is marked as such. */
export function spokenText({ text, cutOff }: SpokenTurn): string {
  return cutOff === true ? `${text} … (cut off here)` : text;
}
