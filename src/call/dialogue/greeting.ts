import type { Clock } from '../../clock.js';
import type { CallEventBody } from '../events.js';
import { GreetingGuard, type GuardRelease } from '../caller/greeting-guard.js';

export interface GreetingOptions {
  clock: Clock;
  emit: (event: CallEventBody) => void;
  /** What the agent said was made and heard to its end. */
  isHeard: () => boolean;
  /** The caller's voice reaches the model again. @param kept the last of what was held back */
  onReleased: (kept: Uint8Array) => void;
}

/** The protection of the first words of a call from the caller's voice. */
export class Greeting {
  readonly #options: GreetingOptions;
  #guard: GreetingGuard | undefined;
  #agentSpoke = false;

  constructor(options: GreetingOptions) {
    this.#options = options;
  }

  /** Present while the greeting is protected. */
  get guard(): GreetingGuard | undefined {
    return this.#guard;
  }

  /** The caller cannot interrupt from here on, until it was heard. */
  protect(): void {
    const { clock, emit, onReleased } = this.#options;
    emit({ type: 'greeting-protected' });
    this.#guard = new GreetingGuard(clock, (by, kept) => {
      this.#guard = undefined;
      emit({ type: 'greeting-released', by });
      onReleased(kept);
    });
  }

  agentBegan(): void {
    this.#agentSpoke = true;
  }

  /** More was made, or heard. */
  progressed(): void {
    if (this.#agentSpoke && this.#options.isHeard()) this.release('heard');
  }

  turnCompleted(): void {
    if (!this.#agentSpoke) this.release('empty');
    this.progressed();
  }

  release(by: GuardRelease): void {
    this.#guard?.release(by);
  }

  dispose(): void {
    this.#guard?.dispose();
  }
}
