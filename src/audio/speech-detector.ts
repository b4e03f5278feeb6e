/* eslint-disable @typescript-eslint/no-non-null-assertion -- indices are loop-bounded; checks would cost in the hot path */
import { decodeMulaw } from './mulaw.js';

export interface SpeechDetectorOptions {
  sampleRateHz: number;
}

/** Sound is judged in frames of about this length: one period of a deep voice. */
const FRAME_MS = 10;

/** Quieter than this, dB full scale, is no speech on any telephone; sounds of a quiet line stay well below. */
const MIN_SPEECH_DB = -45;

/** Speech stands out of the noise by this much. */
const SPEECH_OVER_NOISE_DB = 10;

/** Where the noise floor is taken to be at first, and the least it can be: digital silence must not make it −∞. */
const MIN_FLOOR_DB = -60;

/** How much of the way the floor goes, per frame, to a level below it, and to one above that is no speech. */
const FLOOR_FALL = 0.3;
const FLOOR_RISE = 0.02;

/** Under speech the floor creeps up, 3 dB a second, so that a steady noise that began loudly is recognised in the end. */
const FLOOR_CREEP_DB = 0.03;

/** Speech begins when this much of it came without a break; a click or a knock is shorter. */
const ONSET_MS = 50;

/** Speech has ended when this much silence followed; pauses between words and before plosives are shorter. */
const HANGOVER_MS = 200;

/** Used again by all of them: pieces are of one length nearly always. */
let expanded: Int16Array = new Int16Array(0);

/**
 * Tells speech from silence and steady noise, by its energy over a noise floor that adapts. What it says does not
 * depend on how the audio was cut.
 */
export class SpeechDetector {
  readonly #frameSamples: number;
  readonly #frameMs: number;
  #samples = 0;
  #sum = 0;
  #sumOfSquares = 0;
  #floorDb = MIN_FLOOR_DB;
  /** Loud frames without a break, while not speaking: speech that may be beginning. */
  #onsetMs = 0;
  /** Quiet frames without a break, while speaking: a pause, or the end. */
  #pauseMs = 0;
  #speechMs = 0;
  #silenceMs = 0;

  constructor({ sampleRateHz }: SpeechDetectorOptions) {
    this.#frameSamples = Math.round((sampleRateHz * FRAME_MS) / 1000);
    this.#frameMs = (this.#frameSamples * 1000) / sampleRateHz;
  }

  /** Listens to the next piece of audio, of any length. */
  push(pcm: Int16Array): void {
    for (let at = 0; at < pcm.length;) {
      const end = Math.min(pcm.length, at + this.#frameSamples - this.#samples);
      this.#samples += end - at;
      // Sums in variables: in fields, each addition would be written to memory.
      let sum = 0;
      let sumOfSquares = 0;
      for (; at < end; at++) {
        const sample = pcm[at]!;
        sum += sample;
        sumOfSquares += sample * sample;
      }
      this.#sum += sum;
      this.#sumOfSquares += sumOfSquares;
      if (this.#samples === this.#frameSamples) this.#endFrame();
    }
  }

  /** As `push`, of µ-law. */
  pushMulaw(mulaw: Uint8Array): void {
    expanded = decodeMulaw(mulaw, expanded);
    this.push(expanded);
  }

  /** Whether someone is speaking: true 50 ms into speech, and until 200 ms after it. */
  get speaking(): boolean {
    return this.#speechMs > 0;
  }

  /** From the beginning to the last sound of the present stretch of speech, pauses included; 0 when not speaking. */
  get speechMs(): number {
    return this.#speechMs;
  }

  /** Since the last sound of speech, or the beginning of the audio; 0 while speaking. */
  get silenceMs(): number {
    return this.#silenceMs;
  }

  #endFrame(): void {
    // The variance rather than the power: a constant offset is no sound.
    const mean = this.#sum / this.#samples;
    const variance = Math.max(0, this.#sumOfSquares / this.#samples - mean * mean);
    this.#samples = 0;
    this.#sum = 0;
    this.#sumOfSquares = 0;
    const levelDb = Math.max(MIN_FLOOR_DB, 10 * Math.log10(variance / 32_768 ** 2));
    const loud = levelDb > Math.max(MIN_SPEECH_DB, this.#floorDb + SPEECH_OVER_NOISE_DB);

    if (levelDb < this.#floorDb) this.#floorDb += FLOOR_FALL * (levelDb - this.#floorDb);
    else this.#floorDb += loud ? FLOOR_CREEP_DB : FLOOR_RISE * (levelDb - this.#floorDb);

    if (this.speaking) this.#continueSpeech(loud);
    else this.#awaitSpeech(loud);
  }

  #awaitSpeech(loud: boolean): void {
    this.#silenceMs += this.#frameMs;
    this.#onsetMs = loud ? this.#onsetMs + this.#frameMs : 0;
    if (this.#onsetMs < ONSET_MS) return;
    this.#speechMs = this.#onsetMs;
    this.#silenceMs = 0;
    this.#pauseMs = 0;
  }

  #continueSpeech(loud: boolean): void {
    this.#pauseMs += this.#frameMs;
    if (loud) {
      this.#speechMs += this.#pauseMs;
      this.#pauseMs = 0;
    } else if (this.#pauseMs >= HANGOVER_MS) {
      this.#silenceMs = this.#pauseMs;
      this.#speechMs = 0;
      this.#onsetMs = 0;
    }
  }
}
