import type { Fault, FaultMoment, ReplyFault } from './fault-schema.js';

/** Which of a script's faults strike when; counts occurrences over all sessions, so that a retry may succeed. */
export class FaultPlan {
  readonly #faults: readonly Fault[];
  readonly #occurrences = new Map<Fault, number>();

  constructor(faults: readonly Fault[]) {
    this.#faults = faults;
  }

  /** The faults that strike at this moment, in the script's order. */
  strike(moment: Exclude<FaultMoment, 'audio'>): Fault[] {
    return this.#faults.filter((fault) => fault.at === moment && this.#occurs(fault));
  }

  /** The faults that strike when a reply's speech has grown from one length to another. */
  strikeAudio(fromMs: number, toMs: number): Fault[] {
    return this.#faults.filter(
      (fault) => fault.at === 'audio' && fromMs <= fault.audio_ms && fault.audio_ms < toMs && this.#occurs(fault),
    );
  }

  #occurs(fault: Fault): boolean {
    const occurrence = (this.#occurrences.get(fault) ?? 0) + 1;
    this.#occurrences.set(fault, occurrence);
    return occurrence >= fault.nth && occurrence < fault.nth + fault.times;
  }
}

/** What is wrong with a reply, or with what comes next. */
export interface Flaws {
  waitMs: number;
  reply?: ReplyFault;
  /** The `turnCompleteReason` of an empty reply. */
  reason?: string;
}

/** What the faults that struck together mean for what comes next. */
export function flawsOf(faults: readonly Fault[]): Flaws {
  const found = faults.find((fault) => fault.reply !== undefined);
  return {
    waitMs: faults.reduce((sum, { wait_ms = 0 }) => sum + wait_ms, 0),
    ...(found?.reply ? { reply: found.reply } : {}),
    ...(found?.reason === undefined ? {} : { reason: found.reason }),
  };
}
