import type { Clock, Timer } from '../../clock.js';

/** µ-law at 8 kHz: eight bytes a millisecond. */
const BYTES_PER_MS = 8;
/** Audio that is late by less than this is jitter, not a pause. */
const PAUSE_AFTER_MS = 200;
/** How often a pause is filled: coarse on purpose, as the model hears the same silence either way. */
const FILL_EVERY_MS = 100;
/** Silence that stands in for a pause, before the model is told that the audio has ended. */
const MAX_PAUSE_SILENCE_MS = 1_000;
/** Timestamps that are off by less than a frame are the carrier's rounding; it does not add up. */
const TOLERANCE_MS = 15;
/** The longest jump that is filled: it is enough for any end-of-speech setting, and never delays what comes next by more. */
const MAX_JUMP_SILENCE_MS = 3_000;

const SILENCE = new Uint8Array(MAX_JUMP_SILENCE_MS * BYTES_PER_MS).fill(0xff);

export interface CallerTimelineSink {
  /** The caller's audio, µ-law, without holes. */
  onAudio(mulaw: Uint8Array): void;
  /** The caller's audio has stopped arriving for a second. */
  onPaused(): void;
}

/**
 * Makes the caller's audio continuous: a model that listens for the end of speech must hear silence, not nothing.
 * Audio that stops arriving becomes silence in real time, up to a second; a jump of its timestamps is filled
 * less what was already inserted.
 */
export class CallerTimeline {
  readonly #clock: Clock;
  readonly #sink: CallerTimelineSink;
  #timer: Timer | undefined;
  /** NaN before the first; a field that is a number from the beginning is written in place. */
  #lastArrivalMs = NaN;
  /** Where the next chunk should stand on the carrier's timeline. */
  #expectedMs = 0;
  #insertedMs = 0;
  #paused = false;

  constructor(clock: Clock, sink: CallerTimelineSink) {
    this.#clock = clock;
    this.#sink = sink;
  }

  /** @param offsetMs the chunk's place on the carrier's timeline */
  push(mulaw: Uint8Array, offsetMs: number): void {
    if (Number.isNaN(this.#lastArrivalMs)) this.#checkAfter(PAUSE_AFTER_MS);
    else this.#fillJump(offsetMs);
    if (Math.abs(offsetMs - this.#expectedMs) >= TOLERANCE_MS) this.#expectedMs = offsetMs;
    this.#expectedMs += mulaw.length / BYTES_PER_MS;
    this.#lastArrivalMs = this.#clock.nowMs();
    this.#insertedMs = 0;
    this.#paused = false;
    this.#sink.onAudio(mulaw);
  }

  dispose(): void {
    this.#timer?.cancel();
  }

  #fillJump(offsetMs: number): void {
    const jumpMs = offsetMs - this.#expectedMs;
    if (jumpMs < TOLERANCE_MS) return;
    this.#insert(Math.min(jumpMs, MAX_JUMP_SILENCE_MS) - this.#insertedMs);
  }

  #checkAfter(delayMs: number): void {
    this.#timer = this.#clock.after(delayMs, () => this.#check());
  }

  #check(): void {
    const absentMs = this.#clock.nowMs() - this.#lastArrivalMs;
    const isPause = absentMs >= PAUSE_AFTER_MS;
    // While audio comes, one timer in 200 ms: one a frame would cost more than the codec.
    this.#checkAfter(isPause ? FILL_EVERY_MS : PAUSE_AFTER_MS - absentMs);
    if (this.#paused || !isPause) return;
    this.#insert(Math.min(absentMs, MAX_PAUSE_SILENCE_MS) - this.#insertedMs);
    if (absentMs < MAX_PAUSE_SILENCE_MS) return;
    this.#paused = true;
    this.#sink.onPaused();
  }

  #insert(ms: number): void {
    const bytes = Math.floor(ms * BYTES_PER_MS);
    if (bytes <= 0) return;
    this.#insertedMs += bytes / BYTES_PER_MS;
    this.#sink.onAudio(SILENCE.subarray(0, bytes));
  }
}
