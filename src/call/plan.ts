import type { LivelineError } from '../errors.js';
import type { ModelPrices } from './cost.js';
import type { DialoguePlan } from './dialogue/dialogue-plan.js';
import type { HealthSettings } from './health.js';
import type { OpenModelLeg } from './ports.js';

/** What a call does once it is known who calls whom. */
export interface CallPlan extends DialoguePlan {
  agent: string;
  /** What is to be known before the model is opened; bounded, and never rejects. Until then the caller is kept. */
  lookUp?: (signal: AbortSignal) => Promise<LookupResult>;
  openModel: OpenModelLeg;
  maxCallMs: number;
  /** The call ends once its greeting was heard. */
  endsAfterGreeting?: boolean;
  /** Plans with the same value can take each other's sessions up; absent: sessions of this one cannot be taken up. */
  resumesWith?: string;
  /** What the model's tokens cost; absent: the call's cost is not estimated. */
  prices?: ModelPrices;
  /** How patient the call is with its model; absent: endlessly. */
  health?: HealthSettings;
}

/** How asking went; without an answer the call goes on. */
export type LookupResult = { ok: true } | { ok: false; error: LivelineError };
