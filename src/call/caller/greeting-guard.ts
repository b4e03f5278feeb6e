import { mulawSilence } from '../../audio/mulaw.js';
import { SpeechDetector } from '../../audio/speech-detector.js';
import type { Clock, Timer } from '../../clock.js';
import { RecentAudio } from './recent-audio.js';

const KEPT_MS = 1_000;
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
  readonly #recent = new RecentAudio(KEPT_MS);
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
    this.#recent.push(mulaw);
    this.#detector.pushMulaw(mulaw);
    return mulawSilence(mulaw.length);
  }

  /** The caller has spoken for so long that it is a real interruption. */
  get overruled(): boolean {
    return this.#detector.speechMs >= REAL_INTERRUPTION_MS;
  }

  release(by: GuardRelease): void {
    if (this.#released) return;
    this.dispose();
    this.#onReleased(by, this.#recent.last(KEPT_MS));
  }

  dispose(): void {
    this.#released = true;
    this.#timer.cancel();
  }
}
