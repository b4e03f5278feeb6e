/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is a byte or loop-bounded; checks would cost in the hot path */
import type { FvadModule } from '@echogarden/fvad-wasm';
import { LivelineError } from '../errors.js';
import { MULAW_TO_PCM } from './mulaw.js';
import { isTelephoneTone } from './telephone-tones.js';

const RATE_HZ = 8_000;
/** Voice is judged in frames of this length: what Twilio sends. */
export const VOICE_FRAME_MS = 20;
/** The same in bytes of µ-law at 8 kHz. */
export const VOICE_FRAME_BYTES = (RATE_HZ / 1_000) * VOICE_FRAME_MS;

/** Quieter than this, dB full scale, is no speech on any telephone; fvad goes on for a while after a word. */
const MIN_VOICE_DB = -45;
/** fvad takes the first 100 ms of any noise for voice, until it knows the noise. */
const WARM_UP_MS = 200;
/** Behind a tone it goes on for so long, and would take the noise of the line for voice. */
const AFTER_TONE_MS = 160;

/** Modes of libfvad: the stricter, the louder a noise must be to be taken for a voice, and the more of one is missed. */
const MODES = { lenient: 1, usual: 2, strict: 3 } as const;
export type Strictness = keyof typeof MODES;

/** Hears, frame by frame, whether somebody speaks. */
export interface VoiceDetector {
  /**
   * Listens to the next frame; call it for every one, in order.
   * @param frame 20 ms of µ-law at 8 kHz
   * @returns how loud the voice in it is, dB full scale; −Infinity where there is none
   */
  hear(frame: Uint8Array): number;
  /** Frees its memory. It must not be used afterwards. */
  dispose(): void;
}

export type CreateVoiceDetector = (strictness: Strictness) => VoiceDetector;

let loading: Promise<CreateVoiceDetector> | undefined;

/**
 * Loads libfvad, once a process; 20 kB of WebAssembly.
 * @throws LivelineError INTERNAL where the package is damaged or missing
 */
export function loadVoiceDetector(): Promise<CreateVoiceDetector> {
  return (loading ??= load());
}

async function load(): Promise<CreateVoiceDetector> {
  try {
    const { default: createFvad } = await import('@echogarden/fvad-wasm');
    const module = await createFvad();
    const frame = module._malloc(2 * VOICE_FRAME_BYTES);
    return (strictness) => new FvadDetector(module, frame, strictness);
  } catch (cause) {
    loading = undefined;
    throw new LivelineError('INTERNAL', 'The voice detector cannot be loaded; install the packages again', { cause });
  }
}

/** libfvad, behind which a gate keeps out what it takes for a voice and is none. */
class FvadDetector implements VoiceDetector {
  readonly #module: FvadModule;
  readonly #frame: number;
  readonly #instance: number;
  /** This frame, and the one before it. */
  readonly #samples = new Int16Array(2 * VOICE_FRAME_BYTES);
  #heardMs = 0;
  /** Before this there is no voice: fvad has to get used to the line, or to the end of a tone. */
  #deafUntilMs = WARM_UP_MS;

  /** @param frame where in the module's memory all detectors put what they hear, one after the other */
  constructor(module: FvadModule, frame: number, strictness: Strictness) {
    this.#module = module;
    this.#frame = frame;
    this.#instance = module._fvad_new();
    module._fvad_set_sample_rate(this.#instance, RATE_HZ);
    module._fvad_set_mode(this.#instance, MODES[strictness]);
  }

  hear(frame: Uint8Array): number {
    const samples = this.#samples;
    samples.copyWithin(0, VOICE_FRAME_BYTES);
    let power = 0;
    for (let i = 0; i < VOICE_FRAME_BYTES; i++) {
      const sample = MULAW_TO_PCM[frame[i]!]!;
      samples[VOICE_FRAME_BYTES + i] = sample;
      power += sample * sample;
    }
    this.#module.HEAP16.set(samples.subarray(VOICE_FRAME_BYTES), this.#frame >> 1);
    const isVoice = this.#module._fvad_process(this.#instance, this.#frame, VOICE_FRAME_BYTES) === 1;
    this.#heardMs += VOICE_FRAME_MS;
    const levelDb = 10 * Math.log10(power / VOICE_FRAME_BYTES / 32_768 ** 2);
    if (!isVoice || levelDb < MIN_VOICE_DB) return -Infinity;
    if (isTelephoneTone(samples)) this.#deafUntilMs = this.#heardMs + AFTER_TONE_MS;
    return this.#heardMs <= this.#deafUntilMs ? -Infinity : levelDb;
  }

  dispose(): void {
    this.#module._fvad_free(this.#instance);
  }
}
