import type { CallEvent } from '../../src/call/events.js';
import type { HealthSettings } from '../../src/call/health.js';
import { activeCall } from './placed-call.js';
import type { ScriptedModel } from './scripted-legs.js';

export const HEALTH: HealthSettings = {
  noAnswerMs: 8_000,
  stallMs: 3_000,
  turnEndMs: 10_000,
  emptyTurns: 3,
  rejectedTurns: 2,
  silentReplies: 1,
  continuesCutSentences: false,
  takesText: true,
  proactive: false,
};

/** Lets a connection that was closed say that it is gone, and a tool answer. */
export const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A call whose model is watched over. */
export function watchedCall(health: Partial<HealthSettings> = {}, run?: Parameters<typeof activeCall>[1]) {
  const placed = activeCall({ health: { ...HEALTH, ...health } }, run);
  return {
    ...placed,
    /** What was seen and done, as `symptom remedy`. */
    treated: () => placed.events.flatMap((event) => (isUnwell(event) ? [`${event.symptom} ${event.remedy}`] : [])),
    /** The next connection stands, once the last one is gone. */
    reopen: async () => {
      await settle();
      placed.models.last.handlers.onReady();
      return placed.models.last;
    },
  };
}

function isUnwell(event: CallEvent): event is Extract<CallEvent, { type: 'model-unwell' }> {
  return event.type === 'model-unwell';
}

/** A reply as it should be. */
export function reply(model: ScriptedModel, text = 'From nine to five.'): void {
  model.handlers.onTranscript('agent', text);
  model.speak(800);
  model.handlers.onGenerationComplete();
  model.handlers.onTurnComplete(undefined);
}
