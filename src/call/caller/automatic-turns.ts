import { mulawSilence } from '../../audio/mulaw.js';
import type { SpeechDetector } from '../../audio/speech-detector.js';
import type { Clock } from '../../clock.js';
import type { CallerTurns } from './caller-turns.js';
import type { CallEventBody } from '../events.js';
import type { GreetingGuard } from './greeting-guard.js';
import type { ModelLeg } from '../ports.js';
import { ShortAnswers } from './short-answers.js';
import type { Uplink } from './uplink.js';

/** µ-law at 8 kHz: eight bytes a millisecond. */
const BYTES_PER_MS = 8;
/** Silence that ends a turn for any model: its own, where it was chosen, and some more. */
const CLOSING_SILENCE_MS = 1_000;
const MORE_SILENCE_MS = 500;

export interface AutomaticTurnsOptions {
  clock: Clock;
  uplink: Uplink;
  /** Hears the caller before this does. */
  callerSpeech: SpeechDetector;
  /** The silence that ends a turn, where it was chosen. */
  silenceMs?: number | undefined;
  /** Whether the model is at something, so that its silence is no wonder. */
  isModelBusy: () => boolean;
  emit: (event: CallEventBody) => void;
}

/**
 * The model finds the caller's turns itself: it hears everything. Where it does not notice that a turn is over, because
 * audio stops coming or because the turn was a short answer, it is told, in the way that its service has.
 */
export class AutomaticTurns implements CallerTurns {
  readonly #options: AutomaticTurnsOptions;
  /** Of the options, for every piece of the caller's audio. */
  readonly #uplink: Uplink;
  readonly #shortAnswers: ShortAnswers;
  #model: ModelLeg | undefined;

  constructor(options: AutomaticTurnsOptions) {
    const { clock, callerSpeech, emit, isModelBusy } = options;
    this.#options = options;
    this.#uplink = options.uplink;
    this.#shortAnswers = new ShortAnswers({
      clock,
      callerSpeech,
      isBusy: () => !this.#model || isModelBusy(),
      onUnnoticed: (speechMs) => emit({ type: 'turn-closed', speechMs, by: this.#close() }),
    });
  }

  attach(model: ModelLeg, guard: Pick<GreetingGuard, 'keep'> | undefined): void {
    const uplink = this.#uplink;
    this.#model = model;
    uplink.open((pcm16k) => model.sendAudio(pcm16k));
    for (const mulaw of uplink.takeHeld()) {
      // Under protection there is no need to send the past as silence.
      if (guard) guard.keep(mulaw);
      else uplink.push(mulaw);
    }
  }

  detach(): void {
    this.#model = undefined;
    this.#shortAnswers.modelReacted();
    this.#uplink.close();
  }

  hear(mulaw: Uint8Array): void {
    this.#uplink.push(mulaw);
    this.#shortAnswers.heard();
  }

  hearProtected(_mulaw: Uint8Array, silence: Uint8Array): void {
    this.#uplink.push(silence);
  }

  release(kept: Uint8Array): void {
    if (kept.length > 0) this.hear(kept);
  }

  pause(): void {
    this.#close();
  }

  keyPressed(): void {
    this.#shortAnswers.keyPressed();
  }

  modelReacted(): void {
    this.#shortAnswers.modelReacted();
  }

  giveUp(): readonly Uint8Array[] {
    const held = this.#uplink.takeHeld();
    this.dispose();
    return held;
  }

  dispose(): void {
    this.#model = undefined;
    this.#shortAnswers.dispose();
    this.#uplink.close();
    this.#uplink.takeHeld();
  }

  /** Ends the turn that the model may think goes on. The next audio begins another. */
  #close(): 'audio-end' | 'silence' {
    const { silenceMs = 0 } = this.#options;
    const uplink = this.#uplink;
    uplink.flush();
    if (this.#model?.endAudio() === true) return 'audio-end';
    const closingMs = Math.max(CLOSING_SILENCE_MS, silenceMs + MORE_SILENCE_MS);
    if (this.#model) uplink.push(mulawSilence(closingMs * BYTES_PER_MS));
    return 'silence';
  }
}
