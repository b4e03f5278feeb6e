import { decodeMulaw, mulawSilence } from '../audio/mulaw.js';
import { SpeechDetector } from '../audio/speech-detector.js';
import type { Clock, Timer } from '../clock.js';

/** µ-law at 8 kHz: eight bytes a millisecond. */
const BYTES_PER_MS = 8;
const KEPT_BYTES = 1_000 * BYTES_PER_MS;
const MAX_PROTECTED_MS = 8_000;
/** Shorter is a "hello?" into the greeting; this long, the caller means it. */
const REAL_INTERRUPTION_MS = 1_200;

export type GuardRelease = 'heard' | 'timeout' | 'speech' | 'empty';

/**
 * Keeps the caller's own "hello?" from cutting the greeting short: while it holds, the model hears silence and the
 * caller's last second is kept back; on release it is delivered.
 */
export class GreetingGuard {
  readonly #detector = new SpeechDetector({ sampleRateHz: 8_000 });
  readonly #onReleased: (by: GuardRelease, kept: Uint8Array) => void;
  readonly #timer: Timer;
  readonly #ring = new Uint8Array(KEPT_BYTES);
  #written = 0;
  #released = false;

  /** Holds from now on. `onReleased` is called once, with the caller's last second (µ-law). */
  constructor(clock: Clock, onReleased: (by: GuardRelease, kept: Uint8Array) => void) {
    this.#onReleased = onReleased;
    this.#timer = clock.after(MAX_PROTECTED_MS, () => this.release('timeout'));
  }

  /**
   * Keeps caller audio back; may release.
   * @returns what the model hears instead
   */
  keep(mulaw: Uint8Array): Uint8Array {
    for (let start = 0; start < mulaw.length;) {
      const at = this.#written % KEPT_BYTES;
      const count = Math.min(KEPT_BYTES - at, mulaw.length - start);
      this.#ring.set(mulaw.subarray(start, start + count), at);
      this.#written += count;
      start += count;
    }
    this.#detector.push(decodeMulaw(mulaw));
    return mulawSilence(mulaw.length);
  }

  /** The caller has spoken for so long that it is a real interruption. */
  get overruled(): boolean {
    return this.#detector.speechMs >= REAL_INTERRUPTION_MS;
  }

  release(by: GuardRelease): void {
    if (this.#released) return;
    this.dispose();
    const end = this.#written % KEPT_BYTES;
    const kept = new Uint8Array(Math.min(this.#written, KEPT_BYTES));
    if (this.#written <= KEPT_BYTES) {
      kept.set(this.#ring.subarray(0, this.#written));
    } else {
      kept.set(this.#ring.subarray(end));
      kept.set(this.#ring.subarray(0, end), KEPT_BYTES - end);
    }
    this.#onReleased(by, kept);
  }

  dispose(): void {
    this.#released = true;
    this.#timer.cancel();
  }
}
