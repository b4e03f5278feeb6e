import type { Clock, Timer } from '../../clock.js';

const CHECK_EVERY_MS = 500;

/** How long silence may last. */
export interface NoInputLimits {
  /** After so much of it the caller is asked whether they are still there. */
  promptAfterMs: number;
  /** After so much more the call ends. */
  hangUpAfterMs: number;
}

export interface NoInputHandlers {
  /** Somebody but the caller is at work: the agent speaks, a tool runs, the connection is being renewed. */
  isBusy: () => boolean;
  onPrompt: () => void;
  /** Once, last. */
  onGiveUp: () => void;
}

/** Notices that nobody says anything. Silence does not count while the agent or a tool is at work. */
export class NoInput {
  readonly #clock: Clock;
  readonly #limits: NoInputLimits;
  readonly #handlers: NoInputHandlers;
  #timer: Timer;
  #silentMs = 0;
  #prompted = false;

  /** Listens from now on. */
  constructor(clock: Clock, limits: NoInputLimits, handlers: NoInputHandlers) {
    this.#clock = clock;
    this.#limits = limits;
    this.#handlers = handlers;
    this.#timer = clock.after(CHECK_EVERY_MS, () => this.#check());
  }

  /** The caller spoke, or pressed a key, or somebody typed for them. */
  callerActive(): void {
    this.#silentMs = 0;
    this.#prompted = false;
  }

  dispose(): void {
    this.#timer.cancel();
  }

  #check(): void {
    this.#timer = this.#clock.after(CHECK_EVERY_MS, () => this.#check());
    if (!this.#handlers.isBusy()) this.#silentMs += CHECK_EVERY_MS;
    // What the agent says to a caller who was asked already is no sign of the caller.
    else if (!this.#prompted) this.#silentMs = 0;
    const { promptAfterMs, hangUpAfterMs } = this.#limits;
    if (this.#silentMs < (this.#prompted ? hangUpAfterMs : promptAfterMs)) return;
    this.#silentMs = 0;
    if (this.#prompted) {
      this.dispose();
      this.#handlers.onGiveUp();
    } else {
      this.#prompted = true;
      this.#handlers.onPrompt();
    }
  }
}
