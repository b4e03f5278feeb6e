import type { CallActions, TurnCounts } from '../tools/tool.js';
import type { Attendant } from './attendant.js';
import type { Keypad } from './keypad.js';
import type { LastWords } from './last-words.js';

/** The parts of a call that its tools reach through their actions. */
export interface ActionParts {
  words: LastWords;
  keypad: Keypad;
  attendant: Attendant;
  /** Ends the call after what is being said. */
  hangUp: (why: string) => void;
  handOver: CallActions['handOver'];
  updateContext: CallActions['updateContext'];
  turns(): TurnCounts;
}

/** What tools may do to a call, by the parts that do it. */
export function createCallActions(parts: ActionParts): CallActions {
  const { words, keypad, attendant, hangUp } = parts;
  return {
    hangUp: (why) => hangUp(why),
    say: (text) => attendant.say(text),
    heard: () => words.heard(),
    sendDigits: (digits) => keypad.send(digits),
    collectDigits: (options) => keypad.collect(options),
    turns: () => parts.turns(),
    handOver: (agent, note, how) => parts.handOver(agent, note, how),
    updateContext: (update) => parts.updateContext(update),
  };
}
