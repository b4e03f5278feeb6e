import type { Clock } from '../../clock.js';

/** How long after an interruption late audio of the old turn may still come, when the model never says that it ended. */
const LATE_AUDIO_MS = 1_000;
/** How long a model that was cut off here may take to say so. */
const UNCONFIRMED_MS = 2_000;

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
  /** The turn was cut off here, and until then the model may say so too. */
  #unconfirmedUntilMs = -Infinity;

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
    this.#unconfirmedUntilMs = -Infinity;
    return true;
  }

  /** The turn was cut off here, and the model has not said so yet. */
  get isCutOff(): boolean {
    return this.#clock.nowMs() < this.#unconfirmedUntilMs;
  }

  /** The caller cut in, as heard here: the model will say so too, unless it has finished. */
  cutOff(): void {
    this.#dropLate(UNCONFIRMED_MS);
    if (this.#open) this.#unconfirmedUntilMs = this.#clock.nowMs() + UNCONFIRMED_MS;
  }

  /**
   * The model says that the caller cut in. A turn that was made completely has no late audio: the caller was only hearing the rest
   * of it, and whatever comes next is the next reply.
   * @returns false for a turn that was cut off here already
   */
  interrupted(): boolean {
    const isNews = !this.isCutOff;
    this.#unconfirmedUntilMs = -Infinity;
    this.#dropLate(LATE_AUDIO_MS);
    return isNews;
  }

  generationCompleted(): void {
    this.#generationComplete = true;
  }

  /** Something was said, and the turn goes on: what follows is not late. */
  utteranceCompleted(): void {
    this.#generationComplete = true;
    this.#dropUntilMs = undefined;
  }

  /** The session is gone, and its turn with it. */
  lost(): void {
    this.turnCompleted();
    this.#unconfirmedUntilMs = -Infinity;
  }

  turnCompleted(): void {
    this.#open = false;
    this.#generationComplete = false;
    this.#dropUntilMs = undefined;
  }

  /** Something came that only a new turn brings: what follows is not late. What cuts a turn off may itself be told first. */
  newTurnSeen(): void {
    if (!this.isCutOff) this.#dropUntilMs = undefined;
  }

  #dropLate(forMs: number): void {
    const more = this.#open && !this.#generationComplete;
    this.#dropUntilMs = more ? this.#clock.nowMs() + forMs : undefined;
  }
}
