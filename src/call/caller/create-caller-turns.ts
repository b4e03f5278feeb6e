import { AutomaticTurns, type AutomaticTurnsOptions } from './automatic-turns.js';
import type { CallerTurns, TurnPlan } from './caller-turns.js';
import { LocalTurns, type LocalTurnsOptions } from './local-turns.js';
import { Uplink } from './uplink.js';

/** The caller's turns as the plan has them found. */
export function createCallerTurns(
  plan: TurnPlan,
  options: Omit<AutomaticTurnsOptions, 'silenceMs' | 'uplink'> &
    Omit<LocalTurnsOptions, 'plan' | 'uplink'> & {
      /** Caller audio in one message to the model, in milliseconds. */
      uplinkMs: number;
    },
): CallerTurns {
  const uplink = new Uplink(options.uplinkMs, (ms) => options.emit({ type: 'caller-audio-dropped', ms }));
  return plan.detection === 'local'
    ? new LocalTurns({ ...options, uplink, plan })
    : new AutomaticTurns({ ...options, uplink, silenceMs: plan.silenceMs });
}
