/** s16le at 24 kHz. */
const BYTES_PER_MS = 48;
/** Every how many bytes a sample is looked at: a few in each period of a voice are enough to know its loudness. */
const STRIDE_BYTES = 128;
/** 42 dB under full scale: a voice is far above, the noise of a model that lost its voice far below. */
const SILENT_PEAK = 256;
/** Less audio than this says nothing about its loudness. */
const MIN_JUDGED_MS = 300;
/** So much of the end of a reply tells whether its last sentence is whole. */
const TAIL_CHARACTERS = 40;
/** What a sentence ends with, closing quotes and brackets aside. Source: Unicode, `Sentence_Terminal`, and two more. */
const SENTENCE_END = /[\p{Sentence_Terminal}:…][\p{Pe}\p{Pf}\p{Pi}"']*\s*$/u;

/** What the model's present reply has come to so far: cheap to keep, and all that is needed to judge it. */
export class ReplyTally {
  #audioMs = 0;
  #peak = 0;
  #tail = '';
  #calledTools = false;
  #interrupted = false;
  #waited = false;
  #isPart = false;
  #generated = false;
  #judged = false;

  /** Something was said, and its turn is not over. */
  get open(): boolean {
    return this.#audioMs > 0 || this.#tail !== '';
  }

  /** All of it was made. */
  get generated(): boolean {
    return this.#generated;
  }

  /** Neither a word nor a sound nor a call, and not because the model said that it waits. */
  get isEmpty(): boolean {
    return !this.open && !this.#calledTools && !this.#waited && !this.#isPart;
  }

  /** There is nothing but the end of a turn that was cut short. */
  get isLeftover(): boolean {
    return this.#interrupted && this.isEmpty;
  }

  /** Its last sentence has no end, though nobody cut in. */
  get isCutShort(): boolean {
    return this.#tail !== '' && !this.#interrupted && !this.#calledTools && !SENTENCE_END.test(this.#tail);
  }

  /** The model's audio, s16le at 24 kHz; half a sample at its beginning makes it louder, never silent. */
  audio(pcm24k: Uint8Array): void {
    this.#begins();
    this.#audioMs += pcm24k.length / BYTES_PER_MS;
    for (let at = 1; at < pcm24k.length; at += STRIDE_BYTES) {
      const sample = (((pcm24k[at] ?? 0) << 24) >> 16) | (pcm24k[at - 1] ?? 0);
      if (sample > this.#peak) this.#peak = sample;
      else if (-sample > this.#peak) this.#peak = -sample;
    }
  }

  words(text: string): void {
    this.#begins();
    this.#tail = (this.#tail + text).slice(-TAIL_CHARACTERS);
  }

  calledTools(): void {
    this.#calledTools = true;
  }

  /** The caller cut in: what is left of the turn is its end. */
  interrupted(): void {
    this.over();
    this.#interrupted = true;
  }

  /** Something was said to its end, and the turn goes on. */
  utteranceOver(): void {
    this.over();
    this.#isPart = true;
  }

  waited(): void {
    this.#waited = true;
  }

  /**
   * All of it was made.
   * @returns whether there was something in it to hear; undefined when that was said already, or there is no reply
   */
  generationCompleted(): 'audible' | 'silent' | undefined {
    this.#generated = true;
    if (this.#judged || !this.open) return undefined;
    this.#judged = true;
    return this.#audioMs >= MIN_JUDGED_MS && this.#peak < SILENT_PEAK ? 'silent' : 'audible';
  }

  /** The turn is over, or nothing more is expected of it: the next one is counted from here. */
  over(): void {
    this.#audioMs = 0;
    this.#peak = 0;
    this.#tail = '';
    this.#calledTools = false;
    this.#interrupted = false;
    this.#waited = false;
    this.#isPart = false;
    this.#generated = false;
    this.#judged = false;
  }

  #begins(): void {
    this.#generated = false;
    this.#interrupted = false;
  }
}
