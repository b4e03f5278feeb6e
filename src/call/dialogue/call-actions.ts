import { ToolError } from '../../errors.js';
import type { CallActions, TurnCounts } from '../../tools/tool.js';
import type { Attendant } from './attendant.js';
import type { DialogueOptions } from './dialogue-options.js';
import type { Keypad } from '../caller/keypad.js';
import type { LastWords } from '../agent/last-words.js';

/** The parts of a call that its tools reach through their actions. */
export interface ActionParts extends Pick<
  DialogueOptions,
  'start' | 'carrier' | 'emit' | 'onEndRequested' | 'onHandOverRequested'
> {
  words: LastWords;
  keypad: Keypad;
  attendant: Attendant;
  updateContext: CallActions['updateContext'];
  turns(): TurnCounts;
}

/** What tools may do to a call, by the parts that do it. */
export function createCallActions(parts: ActionParts): CallActions {
  const { words, keypad, attendant } = parts;
  return {
    hangUp: (why, options) => parts.onEndRequested('agent-hung-up', { ...options, why }),
    say: (text) => attendant.say(text),
    heard: () => words.heard(),
    sendDigits: async (...keys) => (parts.start.inWriting ? noTelephone() : await keypad.send(...keys)),
    collectDigits: (options) => keypad.collect(options),
    turns: () => parts.turns(),
    handOver: (agent, note, how) => parts.onHandOverRequested(agent, note, how),
    updateContext: (update) => parts.updateContext(update),
    ...carrierActions(parts),
  };
}

function carrierActions({ start, carrier, words, emit }: ActionParts): Pick<CallActions, 'transfer' | 'sendSms'> {
  const noCarrier = start.inWriting ? noTelephone : noLine;
  return {
    async transfer(to, options = {}) {
      const { seat } = carrier;
      const telephone = carrier.telephone() ?? noCarrier();
      emit({ type: 'transfer', to, phase: 'asked' });
      try {
        const outcome = await telephone.transfer(to, options, { ...seat, heard: () => words.heard() });
        // Of a caller who was moved the end of the call tells.
        if (outcome !== 'moved' && !seat.ended.aborted) emit({ type: 'transfer', to, phase: outcome });
        return outcome;
      } catch (thrown) {
        if (!seat.ended.aborted) emit({ type: 'transfer', to, phase: 'failed' });
        throw thrown;
      }
    },
    async sendSms(text, to) {
      const telephone = carrier.telephone() ?? noCarrier();
      await telephone.sendSms(text, to);
      emit({ type: 'sms-sent', to: to ?? 'caller', pii: { text } });
    },
  };
}

function noLine(): never {
  throw new ToolError('TOOL_FAILED', 'this call has no telephone line that could do it', { untouched: true });
}

function noTelephone(): never {
  const why = 'this is a chat in writing, and there is no telephone: nothing was done. Say what you would have done';
  throw new ToolError('TOOL_FAILED', why, { untouched: true });
}
