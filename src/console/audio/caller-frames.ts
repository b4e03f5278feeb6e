import { encodeMulaw } from '../../audio/mulaw.js';
import { FRAME_SAMPLES } from './line-rate.js';

export interface CallerFrame {
  mulaw: Uint8Array;
  /** The same, before companding; only valid until the next sample. */
  pcm: Int16Array;
}

/** Cuts the caller's voice into frames of 20 ms. */
export class CallerFrames {
  readonly #pcm = new Int16Array(FRAME_SAMPLES);
  #filled = 0;

  /** @returns the frame that this sample (full scale ±1) completes */
  push(sample: number): CallerFrame | undefined {
    this.#pcm[this.#filled] = Math.round(Math.min(Math.max(sample * 32_768, -32_768), 32_767));
    this.#filled += 1;
    if (this.#filled < FRAME_SAMPLES) return undefined;
    this.#filled = 0;
    return { mulaw: encodeMulaw(this.#pcm), pcm: this.#pcm };
  }
}
