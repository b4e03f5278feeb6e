import type { Clock } from '../../clock.js';
import type { CallActions } from '../../tools/tool.js';
import type { DialoguePlan } from './dialogue-plan.js';
import type { CallEventBody } from '../events.js';
import type { CallEndReason, CallerLeg, CallRecording, CallStart, CarrierPart, SpokenTurn } from '../ports.js';

/** What a conversation is made with. */
export interface DialogueOptions {
  start: CallStart;
  plan: DialoguePlan;
  clock: Clock;
  caller: CallerLeg;
  recording: CallRecording;
  /** The carrier's side of what tools may do. */
  carrier: CarrierPart;
  /** What was said before the call came back. */
  past?: readonly SpokenTurn[];
  /** @see ToolContext.memory */
  toolMemory: object;
  emit: (event: CallEventBody) => void;
  /**
   * Someone in the conversation wants it to end, after what is being said.
   * @param how.why in the agent's own words
   * @param how.signal calls it off
   */
  onEndRequested(reason: CallEndReason, how?: { why?: string; signal?: AbortSignal }): void;
  /** @see CallActions.handOver */
  onHandOverRequested: CallActions['handOver'];
}
