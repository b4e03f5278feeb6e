import type { SpeechDetector } from '../../audio/speech-detector.js';
import type { Clock, Timer } from '../../clock.js';

/** "Yes", "no", a digit; what is shorter is a click, and of what is longer a model takes note. */
const MIN_ANSWER_MS = 100;
const MAX_ANSWER_MS = 1_000;
/** A model that has heard an answer reacts within this time after it. */
const PATIENCE_MS = 1_200;
/** A key's tone is heard this much before or after the key is told, at most. */
const KEY_MS = 1_000;

export interface ShortAnswersOptions {
  clock: Clock;
  /** Hears the caller before this does. */
  callerSpeech: Pick<SpeechDetector, 'speaking' | 'speechMs' | 'silenceMs'>;
  /** Silence of the model is no wonder now: it speaks, works, or is not there. */
  isBusy: () => boolean;
  /** The model did not notice an answer of this length. */
  onUnnoticed: (speechMs: number) => void;
}

/** Finds short answers that a model does not react to, once each. */
export class ShortAnswers {
  readonly #options: ShortAnswersOptions;
  #speechMs = 0;
  #noticed = false;
  #keyMs = -Infinity;
  #timer: Timer | undefined;

  constructor(options: ShortAnswersOptions) {
    this.#options = options;
  }

  /** More of the caller was heard, by the model too. */
  heard(): void {
    const { speaking, speechMs, silenceMs } = this.#options.callerSpeech;
    if (speaking) {
      if (this.#speechMs === 0) this.#begin();
      this.#speechMs = speechMs;
    } else if (this.#speechMs > 0) {
      this.#end(this.#speechMs, silenceMs);
      this.#speechMs = 0;
    }
  }

  keyPressed(): void {
    this.#keyMs = this.#options.clock.nowMs();
    this.modelReacted();
  }

  /** What was said last was noticed. */
  modelReacted(): void {
    this.#noticed = true;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  dispose(): void {
    this.modelReacted();
  }

  #begin(): void {
    this.#noticed = false;
    this.#timer?.cancel();
  }

  #end(speechMs: number, silenceMs: number): void {
    const { clock, isBusy, onUnnoticed } = this.#options;
    const isAnswer = speechMs >= MIN_ANSWER_MS && speechMs <= MAX_ANSWER_MS;
    if (!isAnswer || this.#noticed || isBusy() || clock.nowMs() - this.#keyMs < KEY_MS) return;
    this.#timer = clock.after(PATIENCE_MS - silenceMs, () => {
      if (!isBusy()) onUnnoticed(Math.round(speechMs));
    });
  }
}
