import type { SpokenTurn } from '../ports.js';

/** For a session that takes over where another was lost before it had answered: without it the caller would wait. */
const GO_ON = 'The line was interrupted for a moment. Go on where you left off; do not greet again.';

/** @param unknown what was said and the session cannot know of: what came after the handle that it was taken up by */
export function goOnLine(unknown: readonly SpokenTurn[]): string {
  return unknown.length === 0 ? GO_ON : `${GO_ON} ${missedLines(unknown)}`;
}

/** @param unknown as for `goOnLine`; nobody waits for an answer to it */
export function missedLines(unknown: readonly SpokenTurn[]): string {
  const lines = unknown.map(({ speaker, text, cutOff }) => {
    const who = speaker === 'caller' ? 'Caller' : 'You';
    return `${who}: ${text}${cutOff === true ? ' …' : ''}`;
  });
  return `What was said last, and you may not have heard:\n${lines.join('\n')}`;
}

/** Whether a session that was sent these lines again knows of everything that it could not know. */
export function knowsAll(unknown: readonly SpokenTurn[], resent: readonly string[]): boolean {
  if (unknown.length === 0) return false;
  return unknown.every(({ speaker, text }) => speaker === 'caller' && resent.some((line) => text.endsWith(line)));
}
