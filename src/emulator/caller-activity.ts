import { SpeechDetector } from '../audio/speech-detector.js';
import type { SessionSettings } from './session-settings.js';

/** Audio is listened to in pieces of this length, so that one long message may hold a beginning and an end. */
const STEP_MS = 20;
/** How much speech it takes to begin a turn. High sensitivity takes what the detector takes. */
const ONSET_MS = { high: 0, low: 120 } as const;
/** Without a rate, what the model listens at. Source: Live API, audio formats. */
const DEFAULT_RATE_HZ = 16_000;
/** Whatever a turn was, it is over after this much silence. */
const LONG_SILENCE_MS = 2_000;
const AUDIO_TYPE = /^audio\/pcm(?:; *rate=(\d{4,6}))?$/;

/** A turn of the caller's, in the audio. */
interface CallerTurn {
  /** Its end, in all the audio that was heard. */
  offsetMs: number;
  audioMs: number;
  /** Audio that belongs to no turn, so far. */
  outsideMs: number;
  /** The client says that somebody spoke, and nobody did. */
  isNoise: boolean;
}

export interface CallerActivityHandlers {
  /** @param offsetMs of all the audio that was heard */
  onStarted: (offsetMs: number) => void;
  onEnded: (turn: CallerTurn) => void;
  /** No turn is going on: the client says that audio pauses, or there has been silence for two seconds. */
  onSilent: () => void;
}

/** Tells when the caller's turn begins and ends: by listening, or, in manual mode, because the client says so. */
export class CallerActivity {
  readonly #settings: SessionSettings;
  readonly #handlers: CallerActivityHandlers;
  #detector: SpeechDetector | undefined;
  #rateHz = 0;
  #active = false;
  /** Somebody has spoken in this turn. */
  #hasSpeech = false;
  #heardMs = 0;
  #turnMs = 0;
  #outsideMs = 0;

  constructor(settings: SessionSettings, handlers: CallerActivityHandlers) {
    this.#settings = settings;
    this.#handlers = handlers;
  }

  /** What is heard now is part of the conversation. */
  get counts(): boolean {
    return this.#settings.automaticActivity || this.#active;
  }

  /** @returns how long the audio is, or undefined for a type that is not taken */
  hear(base64: string, mimeType: string): number | undefined {
    const type = AUDIO_TYPE.exec(mimeType);
    if (!type) return undefined;
    const rateHz = Number(type[1] ?? DEFAULT_RATE_HZ);
    const samples = samplesOf(base64);
    this.#listen(samples, rateHz);
    return (samples.length / rateHz) * 1000;
  }

  /** The client says that the caller begins to speak. */
  start(): void {
    if (!this.#active) this.#begin();
  }

  /** The client says that the caller has finished, or that no audio follows for now. */
  end(): void {
    this.#detector = undefined;
    if (this.#active) this.#finish();
    else if (this.#settings.automaticActivity) this.#handlers.onSilent();
  }

  #listen(samples: Int16Array, rateHz: number): void {
    if (rateHz !== this.#rateHz) this.#detector = undefined;
    this.#rateHz = rateHz;
    const detector = (this.#detector ??= new SpeechDetector({ sampleRateHz: rateHz }));
    const stepSamples = (rateHz * STEP_MS) / 1000;
    for (let start = 0; start < samples.length; start += stepSamples) {
      const step = samples.subarray(start, start + stepSamples);
      detector.push(step);
      const stepMs = (step.length / rateHz) * 1000;
      this.#heardMs += stepMs;
      if (this.#active) this.#turnMs += stepMs;
      else this.#outsideMs += stepMs;
      this.#hasSpeech ||= detector.speaking;
      if (this.#settings.automaticActivity) this.#judge(detector, stepMs);
    }
  }

  #judge({ speaking, speechMs, silenceMs }: SpeechDetector, stepMs: number): void {
    const settings = this.#settings;
    if (!this.#active && speaking && speechMs >= ONSET_MS[settings.startSensitivity]) this.#begin();
    else if (this.#active && !speaking && silenceMs >= settings.silenceMs) this.#finish();
    else if (silenceMs >= LONG_SILENCE_MS && silenceMs - stepMs < LONG_SILENCE_MS) this.#handlers.onSilent();
  }

  #begin(): void {
    this.#active = true;
    this.#hasSpeech = this.#settings.automaticActivity;
    this.#turnMs = 0;
    this.#handlers.onStarted(this.#heardMs);
  }

  #finish(): void {
    this.#active = false;
    this.#handlers.onEnded({
      offsetMs: this.#heardMs,
      audioMs: this.#turnMs,
      outsideMs: this.#outsideMs,
      isNoise: !this.#hasSpeech,
    });
  }
}

/** A copy, since the bytes may lie at an odd address; half a sample at the end is dropped. */
function samplesOf(base64: string): Int16Array {
  const bytes = Buffer.from(base64, 'base64');
  const samples = new Int16Array(bytes.length >> 1);
  new Uint8Array(samples.buffer).set(bytes.subarray(0, samples.byteLength));
  return samples;
}
