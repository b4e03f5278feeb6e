import type { SpokenTurn } from '../call/ports.js';
import type { ModelProfile } from '../models/profiles.js';
import type { ClientMessage, LiveContent } from './client-messages.js';
import { spokenText } from './spoken-text.js';

/** What the session is to know was said before, and the way its model takes it. */
export interface SessionHistory {
  /** `setup.historyConfig` is needed. */
  announced: boolean;
  /** The message that follows `setupComplete`, before any other. */
  message: ClientMessage | undefined;
}

/** Some models are silent after a history that ends with their own words. */
const CALLER_IS_THERE: LiveContent = { role: 'user', parts: [{ text: '(The caller is on the line.)' }] };

/** Prepares the turns a session starts with. None of the ways makes the model speak. */
export function sessionHistory(spoken: readonly SpokenTurn[], profile: ModelProfile): SessionHistory {
  const turns = spoken.filter((turn) => turn.text.trim() !== '');
  if (turns.length === 0 || profile.history === 'none') return { announced: false, message: undefined };
  const contents = turns.map(content);
  if (profile.history === 'history-config') {
    // Everything up to the first `turnComplete` is history then, and starts no generation.
    return { announced: true, message: { clientContent: { turns: contents, turnComplete: true } } };
  }
  const seeded = turns.at(-1)?.speaker === 'agent' ? [...contents, CALLER_IS_THERE] : contents;
  return { announced: false, message: { clientContent: { turns: seeded, turnComplete: false } } };
}

function content(turn: SpokenTurn): LiveContent {
  return { role: turn.speaker === 'caller' ? 'user' : 'model', parts: [{ text: spokenText(turn) }] };
}
