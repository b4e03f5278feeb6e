import type { Clock, Timer } from '../../clock.js';

const CHECK_EVERY_MS = 100;
/** The last words are over when nothing more comes for this long after they were heard … */
const SETTLE_MS = 800;
/** … or for this long, while somebody may still speak: the model in the middle of a turn, or with an answer to speak of; a caller who had the last word, or cut in. */
const PATIENCE_MS = 3_000;
/** What is heard of the caller so soon after the agent may be its echo: the line's way, and the end of what sounds. */
const ECHO_MS = 300;
/** What waits for a sentence to be heard waits no longer than this. */
const MAX_HEARD_MS = 20_000;

export interface Speaking {
  /** The caller hears something, or will. */
  audible: boolean;
  /** The agent's turn; undefined while there is no model. Until it is generated more of what it is saying will come. */
  turn: { open: boolean; generated: boolean } | undefined;
}

interface Watch {
  isOver(speaking: Speaking, quietMs: number): boolean;
  onOver(): void;
  onDisposed?(): void;
}

/** Knows when what is being said has been heard to its end. */
export class LastWords {
  readonly #clock: Clock;
  readonly #speaking: () => Speaking;
  readonly #watches = new Set<Watch>();
  #timer: Timer | undefined;
  #disposed = false;
  /** The last words are being heard. */
  #drain: Watch | undefined;
  /** The last words are being heard, and the caller has something to say to them. */
  #callerObjects = false;
  /** The model was given something to speak of, and has not completed a turn since. */
  #owesTurn = false;
  /** When something last was said, heard, or given to the model to speak of. */
  #activityMs: number;

  constructor(clock: Clock, speaking: () => Speaking) {
    this.#clock = clock;
    this.#speaking = speaking;
    this.#activityMs = clock.nowMs();
  }

  /** Something was said, or heard. */
  activity(): void {
    this.#activityMs = this.#clock.nowMs();
  }

  /** The model was given something to speak of. */
  turnOwed(): void {
    this.#owesTurn = true;
    this.activity();
  }

  /** The model's turn is over. */
  turnCompleted(): void {
    this.#owesTurn = false;
  }

  /** The caller makes themselves heard. While they hear the agent, and just after, that may be its echo. */
  callerActive(): void {
    // The usual case, on every piece of the caller's speech.
    if (!this.#drain) return;
    const mayBeEcho = this.#speaking().audible || this.#quietMs < ECHO_MS;
    if (this.#callerObjects || !mayBeEcho) this.callerCutIn();
  }

  /** The agent was cut off because the caller spoke. */
  callerCutIn(): void {
    if (!this.#drain) return;
    this.#callerObjects = true;
    this.activity();
  }

  /** Nothing is being said or heard, and nothing is expected soon. */
  get over(): boolean {
    return this.#areOver(this.#speaking(), this.#quietMs);
  }

  /**
   * Calls back once when the last words are over. A caller who speaks after them, or cuts into them, is listened to, and
   * answered. The caller of this bounds it.
   */
  drain(onDrained: () => void): void {
    this.activity();
    this.#drain = { isOver: (speaking, quietMs) => this.#areOver(speaking, quietMs), onOver: onDrained };
    this.#watch(this.#drain);
  }

  /** They were not the last ones. */
  goOn(): void {
    if (this.#drain) this.#watches.delete(this.#drain);
    this.#drain = undefined;
    this.#callerObjects = false;
  }

  /** Resolves when what is being said was heard: at once where nothing is, after 20 s at the latest. */
  heard(): Promise<void> {
    const untilMs = this.#clock.nowMs() + MAX_HEARD_MS;
    const isOver = ({ audible, turn }: Speaking, quietMs: number) =>
      this.#clock.nowMs() >= untilMs || (!audible && (turn?.generated !== false || quietMs >= SETTLE_MS));
    if (this.#disposed || isOver(this.#speaking(), this.#quietMs)) return Promise.resolve();
    return new Promise((resolve) => this.#watch({ isOver, onOver: resolve, onDisposed: resolve }));
  }

  /** The call is over: who waits for a sentence waits no longer, and nobody is called back for a drain. */
  dispose(): void {
    this.#disposed = true;
    this.#timer?.cancel();
    for (const watch of this.#watches) watch.onDisposed?.();
    this.#watches.clear();
  }

  #areOver({ audible, turn }: Speaking, quietMs: number): boolean {
    const maySpeak = turn !== undefined && (turn.open || this.#owesTurn);
    return !audible && quietMs >= (maySpeak || this.#callerObjects ? PATIENCE_MS : SETTLE_MS);
  }

  get #quietMs(): number {
    return this.#clock.nowMs() - this.#activityMs;
  }

  #watch(watch: Watch): void {
    this.#watches.add(watch);
    this.#timer ??= this.#clock.after(CHECK_EVERY_MS, () => this.#check());
  }

  #check(): void {
    this.#timer = undefined;
    for (const watch of [...this.#watches]) {
      if (!watch.isOver(this.#speaking(), this.#quietMs)) continue;
      this.#watches.delete(watch);
      watch.onOver();
    }
    if (this.#watches.size > 0) this.#timer ??= this.#clock.after(CHECK_EVERY_MS, () => this.#check());
  }
}
