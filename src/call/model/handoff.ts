import type { Clock, Timer } from '../../clock.js';

/** Left between the change and the end of the connection: the old one has to be closed, and the service's clock differs. */
const MARGIN_MS = 5_000;
/**
 * Connections are changed before the service ends them unasked: some end at exactly 58 minutes. Source: reports of
 * `gemini-3.8-live` sessions, autumn 2026.
 */
const ROLLOVER_AFTER_MS = 50 * 60_000;
const ROLLOVER_WITHIN_MS = 5 * 60_000;
/** How often the moment is looked at while a change is due. */
const LOOK_EVERY_MS = 250;

export interface HandoffOptions {
  clock: Clock;
  /** The caller hears the agent. */
  isAudible: () => boolean;
  isCallerSpeaking: () => boolean;
  /** Called at most once a connection. */
  onDue: () => void;
}

/**
 * Chooses the moment to change a connection that will end: while the caller does not speak, a reply has been made and
 * is still being heard, and the service has issued a handle since, so that the change is over before the caller notices.
 * When half the time is over any moment of rest will do, and just before the end any moment.
 */
export class HandoffPlanner {
  readonly #options: HandoffOptions;
  #rollover: Timer | undefined;
  #look: Timer | undefined;
  /** When the change takes place at the latest, and from when on it needs no reply to hide behind. */
  #latestMs: number | undefined;
  #restMs = 0;
  #generating = false;
  /** A handle was issued since the last reply was made. */
  #handleIsCurrent = false;

  constructor(options: HandoffOptions) {
    this.#options = options;
  }

  /** A handle was issued since the last reply was made, and none is being made. */
  get handleIsCurrent(): boolean {
    return this.#handleIsCurrent && !this.#generating;
  }

  /** A connection stands. */
  connected(): void {
    this.disconnected();
    this.#rollover = this.#options.clock.after(ROLLOVER_AFTER_MS, () => this.goingAway(ROLLOVER_WITHIN_MS));
  }

  /** The connection is gone, or being closed; nothing is due for it any more. */
  disconnected(): void {
    this.#rollover?.cancel();
    this.#look?.cancel();
    this.#latestMs = undefined;
    this.#generating = false;
    this.#handleIsCurrent = false;
  }

  /** The connection will end. Said again, the earlier end counts. */
  goingAway(timeLeftMs: number): void {
    const now = this.#options.clock.nowMs();
    const leftMs = Math.max(0, timeLeftMs - MARGIN_MS);
    if (this.#latestMs !== undefined && this.#latestMs <= now + leftMs) return;
    this.#latestMs = now + leftMs;
    this.#restMs = now + leftMs / 2;
    this.#changeIfGood();
    this.#lookAgain();
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

  #lookAgain(): void {
    this.#look?.cancel();
    const { clock } = this.#options;
    if (this.#latestMs === undefined) return;
    const leftMs = this.#latestMs - clock.nowMs();
    this.#look = clock.after(Math.max(0, Math.min(leftMs, LOOK_EVERY_MS)), () => {
      if (this.#latestMs !== undefined && clock.nowMs() >= this.#latestMs) this.#change();
      else this.#changeIfGood();
      this.#lookAgain();
    });
  }

  #changeIfGood(): void {
    if (this.#latestMs === undefined || this.#generating || !this.#handleIsCurrent) return;
    const { clock, isAudible, isCallerSpeaking } = this.#options;
    if (isCallerSpeaking()) return;
    if (isAudible() || clock.nowMs() >= this.#restMs) this.#change();
  }

  #change(): void {
    this.disconnected();
    this.#options.onDue();
  }
}
