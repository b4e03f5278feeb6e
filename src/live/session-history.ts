import type { SpokenTurn } from '../call/ports.js';
import type { ModelProfile } from '../models/profiles.js';
import type { ClientMessage, LiveContent } from './client-messages.js';

/** What the session is to know was said before, and the way its model takes it. */
export interface SessionHistory {
  /** Belongs to the system instruction; undefined when the model takes it as turns. */
  instruction: string | undefined;
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
  const contents = turns.map(content);
  if (turns.length === 0) return { instruction: undefined, announced: false, message: undefined };
  switch (profile.history) {
    case 'system-instruction':
      return { instruction: transcript(turns), announced: false, message: undefined };
    case 'history-config':
      // Everything up to the first `turnComplete` is history then, and starts no generation.
      return {
        instruction: undefined,
        announced: true,
        message: { clientContent: { turns: contents, turnComplete: true } },
      };
    case 'client-content': {
      const seeded = turns.at(-1)?.speaker === 'agent' ? [...contents, CALLER_IS_THERE] : contents;
      return {
        instruction: undefined,
        announced: false,
        message: { clientContent: { turns: seeded, turnComplete: false } },
      };
    }
  }
}

function content(turn: SpokenTurn): LiveContent {
  return { role: turn.speaker === 'caller' ? 'user' : 'model', parts: [{ text: turn.text }] };
}

function transcript(turns: readonly SpokenTurn[]): string {
  const lines = turns.map((turn) => `${turn.speaker === 'caller' ? 'Caller' : 'You'}: ${turn.text}`);
  return `What has been said on this call so far:\n${lines.join('\n')}`;
}
