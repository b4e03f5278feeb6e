import { SPEECH_HZ, type SpeechSource } from './speech-source.js';

/** Ten minutes of speech, about 29 MB. */
const DEFAULT_MAX_SAMPLES = 600 * SPEECH_HZ;

interface Entry {
  speech: Promise<Int16Array>;
  /** 0 while it is being made. */
  samples: number;
}

/** Keeps what was spoken, by text, and forgets what was not asked for longest. Owns its source. */
export class CachedSpeech implements SpeechSource {
  readonly #source: SpeechSource;
  readonly #maxSamples: number;
  /** In the order of use, the oldest first. A text being made is there too, so that it is made once. */
  readonly #entries = new Map<string, Entry>();
  #samples = 0;

  constructor(source: SpeechSource, maxSamples = DEFAULT_MAX_SAMPLES) {
    this.#source = source;
    this.#maxSamples = maxSamples;
  }

  speak(text: string): Promise<Int16Array> {
    const known = this.#entries.get(text);
    if (known) {
      this.#entries.delete(text);
      this.#entries.set(text, known);
      return known.speech;
    }
    const entry: Entry = { speech: this.#source.speak(text), samples: 0 };
    this.#entries.set(text, entry);
    entry.speech.then(
      (samples) => {
        entry.samples = samples.length;
        this.#samples += samples.length;
        this.#shrink();
      },
      // Whoever asked sees the failure; the next one tries again.
      () => this.#entries.delete(text),
    );
    return entry.speech;
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#source[Symbol.asyncDispose]();
  }

  #shrink(): void {
    for (const [text, { samples }] of this.#entries) {
      if (this.#samples <= this.#maxSamples) return;
      if (samples === 0) continue;
      this.#entries.delete(text);
      this.#samples -= samples;
    }
  }
}
