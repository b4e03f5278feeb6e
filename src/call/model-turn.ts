import type { Clock } from '../clock.js';

/** How long after an interruption late audio of the old turn may still come, when the model never says that it ended. */
const LATE_AUDIO_MS = 1_000;

/**
 * Which turn of the model its audio belongs to: after a barge-in, what still arrives of the interrupted turn
 * is told apart from the next reply.
 */
export class ModelTurn {
  readonly #clock: Clock;
  /** The model has begun to answer and not said `turnComplete`. */
  #open = false;
  #generationComplete = false;
  #dropUntilMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The model is still making audio, or its end was not said yet. */
  get open(): boolean {
    return this.#open;
  }

  /** All audio of the present turn has been made. */
  get generated(): boolean {
    return this.#generationComplete || !this.#open;
  }

  /** Takes note of output. @returns false for late audio of an interrupted turn, which nobody shall hear */
  admit(): boolean {
    if (this.#dropUntilMs !== undefined) {
      if (this.#clock.nowMs() < this.#dropUntilMs) return false;
      this.#dropUntilMs = undefined;
    }
    this.#open = true;
    this.#generationComplete = false;
    return true;
  }

  /**
   * The caller cut in. A turn that was made completely has no late audio: the caller was only hearing the rest
   * of it, and whatever comes next is the next reply.
   */
  interrupted(): void {
    const more = this.#open && !this.#generationComplete;
    this.#dropUntilMs = more ? this.#clock.nowMs() + LATE_AUDIO_MS : undefined;
  }

  generationCompleted(): void {
    this.#generationComplete = true;
  }

  /** Something was said, and the turn goes on: what follows is not late. */
  utteranceCompleted(): void {
    this.#generationComplete = true;
    this.#dropUntilMs = undefined;
  }

  /** The turn is over; or the session is, and its turn with it. */
  turnCompleted(): void {
    this.#open = false;
    this.#generationComplete = false;
    this.#dropUntilMs = undefined;
  }

  /** Something came that only a new turn brings: what follows is not late. */
  newTurnSeen(): void {
    this.#dropUntilMs = undefined;
  }
}
