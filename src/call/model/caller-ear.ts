import { SpeechDetector } from '../../audio/speech-detector.js';

/** One sample in four of the model's 16 kHz: enough to tell a voice from silence, at a quarter of the price. */
const EVERY_SAMPLES = 4;
const RATE_HZ = 16_000 / EVERY_SAMPLES;
/** So much speech is no cough, and no word to somebody else in the room … */
const MIN_SPOKEN_MS = 1_200;
/** … and after so much silence the caller waits for an answer. */
const PAUSE_MS = 800;

/** Used again by all of them: pieces are of one length nearly always. */
let samples = new Int16Array(0);

/** Listens to the caller as the model hears them: whether they speak, and whether they wait for an answer. */
export class CallerEar {
  readonly #detector = new SpeechDetector({ sampleRateHz: RATE_HZ });
  readonly #onWaiting: () => void;
  #hasSpoken = false;
  /** The present stretch of speech, and those before it that nobody has answered. */
  #stretchMs = 0;
  #spokenMs = 0;
  /** Where the bridge finds the caller's turns: whether one is going on. */
  #inTurn: boolean | undefined;

  /** @param onWaiting the caller has spoken for a while, and then not: called once, until they speak as much again */
  constructor(onWaiting: () => void) {
    this.#onWaiting = onWaiting;
  }

  /** Whether the caller speaks just now: true 50 ms into speech, and until 200 ms after it. */
  get speaking(): boolean {
    return this.#inTurn ?? this.#detector.speaking;
  }

  /** Whether the caller neither speaks nor only draws breath. */
  get isQuiet(): boolean {
    if (this.#inTurn !== undefined) return !this.#inTurn;
    return !this.#hasSpoken || this.#detector.silenceMs >= PAUSE_MS;
  }

  /** What the caller has said was answered. */
  answered(): void {
    this.#spokenMs = 0;
  }

  /** The bridge finds the caller's turns: one has begun, or is over and waits for an answer. */
  turn(begun: boolean): void {
    this.#inTurn = begun;
    if (!begun) this.#onWaiting();
  }

  /** The next piece of what the model hears, s16le at 16 kHz. */
  hear(pcm16k: Uint8Array): void {
    if (this.#inTurn !== undefined) return;
    const count = Math.floor(pcm16k.length / (2 * EVERY_SAMPLES));
    if (count !== samples.length) samples = new Int16Array(count);
    for (let index = 0, byte = 0; index < count; index += 1, byte += 2 * EVERY_SAMPLES) {
      samples[index] = (pcm16k[byte] ?? 0) | ((pcm16k[byte + 1] ?? 0) << 8);
    }
    this.#detector.push(samples);
    this.#judge();
  }

  #judge(): void {
    const { speechMs } = this.#detector;
    if (speechMs > 0) {
      this.#hasSpoken = true;
      this.#stretchMs = speechMs;
      return;
    }
    this.#spokenMs += this.#stretchMs;
    this.#stretchMs = 0;
    if (this.#spokenMs < MIN_SPOKEN_MS || !this.isQuiet) return;
    this.#spokenMs = 0;
    this.#onWaiting();
  }
}
