import { SpeechDetector } from '../../audio/speech-detector.js';
import { LINE_HZ } from './line-rate.js';

/** What comes later than this is no answer to what was said. */
const MAX_LATENCY_MS = 20_000;

/** Measures, turn by turn, how long the caller waits: from the last sound the caller made to the first that is heard. */
export class TurnLatency {
  readonly #detector = new SpeechDetector({ sampleRateHz: LINE_HZ });
  readonly #onMeasured: (latencyMs: number) => void;
  #callerSpoke = false;
  /** The caller waits since then. */
  #waitingSinceMs: number | undefined;
  /** The agent is heard since then. */
  #agentSinceMs: number | undefined;

  constructor(onMeasured: (latencyMs: number) => void) {
    this.#onMeasured = onMeasured;
  }

  /** The caller's audio up to `nowMs`, 8 kHz. */
  hear(pcm: Int16Array, nowMs: number): void {
    this.#detector.push(pcm);
    if (this.#detector.speaking) {
      this.#callerSpoke = true;
      this.#waitingSinceMs = undefined;
    } else if (this.#callerSpoke) {
      this.#callerSpoke = false;
      this.#callerStopped(nowMs - this.#detector.silenceMs);
    }
  }

  /** The agent begins to be heard, or falls silent. */
  agent(heard: boolean, nowMs: number): void {
    this.#agentSinceMs = heard ? nowMs : undefined;
    if (!heard || this.#waitingSinceMs === undefined) return;
    this.#tell(nowMs - this.#waitingSinceMs);
  }

  /** The caller did something else that will be answered: a typed line, a key. */
  forget(): void {
    this.#waitingSinceMs = undefined;
  }

  #callerStopped(atMs: number): void {
    if (this.#agentSinceMs === undefined) this.#waitingSinceMs = atMs;
    // An answer may well begin before the silence is long enough to call it one.
    else if (this.#agentSinceMs > atMs) this.#tell(this.#agentSinceMs - atMs);
  }

  #tell(latencyMs: number): void {
    this.#waitingSinceMs = undefined;
    if (latencyMs <= MAX_LATENCY_MS) this.#onMeasured(Math.round(latencyMs));
  }
}
