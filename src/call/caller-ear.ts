import { SpeechDetector } from '../audio/speech-detector.js';

/** One sample in four of the model's 16 kHz: enough to tell a voice from silence, at a quarter of the price. */
const EVERY_SAMPLES = 4;
const RATE_HZ = 16_000 / EVERY_SAMPLES;

/** Listens to the caller as the model hears them. */
export class CallerEar {
  readonly #detector = new SpeechDetector({ sampleRateHz: RATE_HZ });
  #samples = new Int16Array(320 / EVERY_SAMPLES);

  /** Whether the caller speaks just now: true 50 ms into speech, and until 200 ms after it. */
  get speaking(): boolean {
    return this.#detector.speaking;
  }

  /** The next piece of what the model hears, s16le at 16 kHz. */
  hear(pcm16k: Uint8Array): void {
    const count = Math.floor(pcm16k.length / (2 * EVERY_SAMPLES));
    if (count > this.#samples.length) this.#samples = new Int16Array(count);
    for (let index = 0, byte = 0; index < count; index += 1, byte += 2 * EVERY_SAMPLES) {
      this.#samples[index] = (pcm16k[byte] ?? 0) | ((pcm16k[byte + 1] ?? 0) << 8);
    }
    this.#detector.push(this.#samples.subarray(0, count));
  }
}
