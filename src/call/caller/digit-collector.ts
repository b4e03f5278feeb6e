import type { Clock, Timer } from '../../clock.js';

/** A pause this long ends an entry that no `#` ended. */
const ENTRY_PAUSE_MS = 1_500;
const MAX_DIGITS = 64;

/** Joins single key presses to entries: complete at `#`, or after a pause. */
export class DigitCollector {
  readonly #clock: Clock;
  readonly #onEntry: (digits: string) => void;
  #digits = '';
  #timer: Timer | undefined;

  /** @param onEntry one entry, its `#` included */
  constructor(clock: Clock, onEntry: (digits: string) => void) {
    this.#clock = clock;
    this.#onEntry = onEntry;
  }

  press(digit: string): void {
    this.#digits += digit;
    this.#timer?.cancel();
    if (digit === '#' || this.#digits.length >= MAX_DIGITS) this.#complete();
    else this.#timer = this.#clock.after(ENTRY_PAUSE_MS, () => this.#complete());
  }

  /** Gives away what was pressed and is not complete. */
  take(): string {
    const digits = this.#digits;
    this.#digits = '';
    this.#timer?.cancel();
    return digits;
  }

  dispose(): void {
    this.#timer?.cancel();
  }

  #complete(): void {
    this.#onEntry(this.take());
  }
}
