import type { Clock, Timer } from '../../clock.js';

const CHECK_EVERY_MS = 100;
/** The last words are over when nothing more comes for this long after they were heard … */
const SETTLE_MS = 800;
/** … or for this long, while the model may still speak: in the middle of a turn, or with an answer to speak of. */
const PATIENCE_MS = 3_000;
/** What waits for a sentence to be heard waits no longer than this. */
const MAX_HEARD_MS = 20_000;

export interface Speaking {
  /** The caller hears something, or will. */
  audible: boolean;
  /** The model is making speech: more of what it is saying will come. */
  generating: boolean;
  /** The model may still speak: its turn is not over, or it was given something to speak of. */
  maySpeak: boolean;
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
  /** When something last was said, heard, or given to the model to speak of. */
  #activityMs: number;

  constructor(clock: Clock, speaking: () => Speaking) {
    this.#clock = clock;
    this.#speaking = speaking;
    this.#activityMs = clock.nowMs();
  }

  /** Something was said, or heard, or given to the model to speak of. */
  activity(): void {
    this.#activityMs = this.#clock.nowMs();
  }

  /** Nothing is being said or heard, and nothing is expected soon. */
  get over(): boolean {
    return areOver(this.#speaking(), this.#quietMs);
  }

  /** Calls back once when the last words are over. The caller of this bounds it. */
  drain(onDrained: () => void): void {
    this.activity();
    this.#watch({ isOver: areOver, onOver: onDrained });
  }

  /** Resolves when what is being said was heard: at once where nothing is, after 20 s at the latest. */
  heard(): Promise<void> {
    const untilMs = this.#clock.nowMs() + MAX_HEARD_MS;
    const isOver = ({ audible, generating }: Speaking, quietMs: number) =>
      this.#clock.nowMs() >= untilMs || (!audible && (!generating || quietMs >= SETTLE_MS));
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

function areOver({ audible, maySpeak }: Speaking, quietMs: number): boolean {
  return !audible && quietMs >= (maySpeak ? PATIENCE_MS : SETTLE_MS);
}
