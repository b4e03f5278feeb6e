import { SpeechDetector } from '../audio/speech-detector.js';
import type { SessionSettings } from './session-settings.js';

/** Audio is listened to in pieces of this length, so that one long message may hold a beginning and an end. */
const STEP_MS = 20;
/** How much speech it takes to begin a turn. High sensitivity takes what the detector takes. */
const ONSET_MS = { high: 0, low: 120 } as const;
/** Without a rate, what the model listens at. Source: Live API, audio formats. */
const DEFAULT_RATE_HZ = 16_000;
const AUDIO_TYPE = /^audio\/pcm(?:; *rate=(\d{4,6}))?$/;

export interface CallerActivityHandlers {
  /** @param offsetMs of all the audio that was heard */
  onStarted: (offsetMs: number) => void;
  onEnded: (offsetMs: number) => void;
}

/** Tells when the caller's turn begins and ends: by listening, or, in manual mode, because the client says so. */
export class CallerActivity {
  readonly #settings: SessionSettings;
  readonly #handlers: CallerActivityHandlers;
  #detector: SpeechDetector | undefined;
  #rateHz = 0;
  #active = false;
  #heardMs = 0;

  constructor(settings: SessionSettings, handlers: CallerActivityHandlers) {
    this.#settings = settings;
    this.#handlers = handlers;
  }

  /** @returns how long the audio is, or undefined for a type that is not taken */
  hear(base64: string, mimeType: string): number | undefined {
    const type = AUDIO_TYPE.exec(mimeType);
    if (!type) return undefined;
    const rateHz = Number(type[1] ?? DEFAULT_RATE_HZ);
    const samples = samplesOf(base64);
    if (this.#settings.automaticActivity) this.#listen(samples, rateHz);
    else this.#heardMs += (samples.length / rateHz) * 1000;
    return (samples.length / rateHz) * 1000;
  }

  /** The client says that the caller begins to speak. */
  start(): void {
    if (this.#active) return;
    this.#active = true;
    this.#handlers.onStarted(this.#heardMs);
  }

  /** The client says that the caller has finished, or that no audio follows for now. */
  end(): void {
    this.#detector = undefined;
    if (!this.#active) return;
    this.#active = false;
    this.#handlers.onEnded(this.#heardMs);
  }

  #listen(samples: Int16Array, rateHz: number): void {
    if (rateHz !== this.#rateHz) this.#detector = undefined;
    this.#rateHz = rateHz;
    const detector = (this.#detector ??= new SpeechDetector({ sampleRateHz: rateHz }));
    const stepSamples = (rateHz * STEP_MS) / 1000;
    for (let start = 0; start < samples.length; start += stepSamples) {
      const step = samples.subarray(start, start + stepSamples);
      detector.push(step);
      this.#heardMs += (step.length / rateHz) * 1000;
      this.#judge(detector);
    }
  }

  #judge(detector: SpeechDetector): void {
    const { startSensitivity, silenceMs } = this.#settings;
    const begins = detector.speaking && detector.speechMs >= ONSET_MS[startSensitivity];
    const ends = !detector.speaking && detector.silenceMs >= silenceMs;
    if (!this.#active && begins) {
      this.#active = true;
      this.#handlers.onStarted(this.#heardMs);
    } else if (this.#active && ends) {
      this.#active = false;
      this.#handlers.onEnded(this.#heardMs);
    }
  }
}

/** A copy, since the bytes may lie at an odd address; half a sample at the end is dropped. */
function samplesOf(base64: string): Int16Array {
  const bytes = Buffer.from(base64, 'base64');
  const samples = new Int16Array(bytes.length >> 1);
  new Uint8Array(samples.buffer).set(bytes.subarray(0, samples.byteLength));
  return samples;
}
