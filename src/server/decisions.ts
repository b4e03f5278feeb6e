import type { Clock } from '../clock.js';
import type { TransferOrder } from '../twilio/transfer-order.js';

/** Which of those who are asked to take a caller have decided, as far as this instance was told: each does it once. */
export class Decisions {
  readonly #clock: Clock;
  /** By order, with the time from which on it can't be decided anyway. */
  readonly #made = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * @param answeringSid the call in which the key was pressed
   * @returns false for an order that is not asked in this call, or no longer, or has been decided
   */
  make({ id, decision }: TransferOrder, answeringSid: string): boolean {
    const nowWallMs = this.#clock.wallMs();
    for (const [made, untilWallMs] of this.#made) if (untilWallMs < nowWallMs) this.#made.delete(made);
    if (!decision || decision.answeringSid !== answeringSid || decision.untilWallMs < nowWallMs) return false;
    if (this.#made.has(id)) return false;
    this.#made.set(id, decision.untilWallMs);
    return true;
  }
}
