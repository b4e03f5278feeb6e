import { ToolError } from '../errors.js';
import type { CallActions, TurnCounts } from '../tools/tool.js';
import type { LastWords } from './last-words.js';

/** The parts of a call that its tools reach through their actions. */
export interface ActionParts {
  words: LastWords;
  /** Ends the call after what is being said. */
  hangUp(why: string): void;
  say(text: string): void;
  updateContext: CallActions['updateContext'];
  turns(): TurnCounts;
}

/** What tools may do to a call, by the parts that do it. */
export function createCallActions(parts: ActionParts): CallActions {
  return {
    hangUp: (why) => parts.hangUp(why),
    say: (text) => parts.say(text),
    heard: () => parts.words.heard(),
    turns: () => parts.turns(),
    sendDigits: () => Promise.reject(unavailable('send digits')),
    collectDigits: () => Promise.resolve({ ok: false, why: 'cancelled', count: 0 }),
    handOver: () => {
      throw unavailable('be handed over');
    },
    updateContext: (update) => parts.updateContext(update),
  };
}

function unavailable(what: string): ToolError {
  return new ToolError('TOOL_FAILED', `this call cannot ${what}`);
}
