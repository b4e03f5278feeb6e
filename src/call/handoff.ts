import type { Clock, Timer } from '../clock.js';

/** Left between the change and the end of the connection: the old one has to be closed, and the service's clock differs. */
const MARGIN_MS = 5_000;
/**
 * Connections are changed before the service ends them unasked: some end at exactly 58 minutes. Source: reports of
 * `gemini-3.8-live` sessions, autumn 2026.
 */
const ROLLOVER_AFTER_MS = 50 * 60_000;
const ROLLOVER_WITHIN_MS = 5 * 60_000;

/**
 * Chooses the moment to change a connection that will end: when a reply has been made and is still being heard, and the
 * service has issued a handle since, so that the change is over before the caller notices; at the latest just
 * before the end.
 */
export class HandoffPlanner {
  readonly #clock: Clock;
  readonly #isAudible: () => boolean;
  readonly #onDue: () => void;
  #rollover: Timer | undefined;
  #deadline: Timer | undefined;
  #generating = false;
  /** A handle was issued since the last reply was made. */
  #handleIsCurrent = false;

  /** @param onDue called at most once a connection */
  constructor(clock: Clock, isAudible: () => boolean, onDue: () => void) {
    this.#clock = clock;
    this.#isAudible = isAudible;
    this.#onDue = onDue;
  }

  /** A connection stands. */
  connected(): void {
    this.disconnected();
    this.#rollover = this.#clock.after(ROLLOVER_AFTER_MS, () => this.goingAway(ROLLOVER_WITHIN_MS));
  }

  /** The connection is gone, or being closed; nothing is due for it any more. */
  disconnected(): void {
    this.#rollover?.cancel();
    this.#deadline?.cancel();
    this.#deadline = undefined;
    this.#generating = false;
    this.#handleIsCurrent = false;
  }

  /** The connection will end. */
  goingAway(timeLeftMs: number): void {
    if (this.#deadline) return;
    this.#deadline = this.#clock.after(Math.max(0, timeLeftMs - MARGIN_MS), () => this.#change());
    this.#changeIfGood();
  }

  /** The model is at work: handles issued before do not know of it. */
  generating(): void {
    this.#generating = true;
    this.#handleIsCurrent = false;
  }

  generationCompleted(): void {
    this.#generating = false;
    this.#changeIfGood();
  }

  handleIssued(): void {
    this.#handleIsCurrent = !this.#generating;
    this.#changeIfGood();
  }

  #changeIfGood(): void {
    if (this.#deadline && !this.#generating && this.#handleIsCurrent && this.#isAudible()) this.#change();
  }

  #change(): void {
    this.disconnected();
    this.#onDue();
  }
}
