import type { ClientMessage } from './client-messages.js';

/** The text of any message; the caller's audio has a way of its own. */
export function clientFrame(message: ClientMessage): string {
  return JSON.stringify(message);
}
