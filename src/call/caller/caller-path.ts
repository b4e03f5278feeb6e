import { mulawSilence } from '../../audio/mulaw.js';
import type { Clock } from '../../clock.js';
import { CallerTimeline } from './caller-timeline.js';
import type { CallerTurns } from './caller-turns.js';
import type { CallEventBody } from '../events.js';
import type { GreetingGuard } from './greeting-guard.js';
import { MicrophoneGate } from './microphone-gate.js';

export interface CallerPathOptions {
  clock: Clock;
  emit: (event: CallEventBody) => void;
  /** What the caller does now is nobody's to hear: keys make sounds. */
  isPrivate: () => boolean;
  /** Hears what may be heard of the caller, whether or not the model does. */
  onHeard: (mulaw: Uint8Array) => void;
  /** Present while the greeting is protected from the caller's voice. */
  guard: () => GreetingGuard | undefined;
  turns: () => CallerTurns;
}

/** The way of the caller's audio, from the carrier to where turns are found in it. */
export class CallerPath {
  readonly #options: CallerPathOptions;
  readonly #gate: MicrophoneGate;
  readonly #timeline: CallerTimeline;

  constructor(options: CallerPathOptions) {
    const { clock, emit, turns } = options;
    this.#options = options;
    this.#gate = new MicrophoneGate(
      { onAudio: (mulaw) => this.#toTurns(mulaw), onPaused: () => turns().pause() },
      (ms) => emit({ type: 'caller-audio-dropped', ms }),
    );
    this.#timeline = new CallerTimeline(clock, {
      onAudio: (mulaw) => this.#heard(mulaw),
      onPaused: () => this.#gate.onPaused(),
    });
  }

  /** µ-law at 8 kHz. @param offsetMs its place on the carrier's timeline */
  push(mulaw: Uint8Array, offsetMs: number): void {
    this.#timeline.push(mulaw, offsetMs);
  }

  /** Whether the audio is kept here until it may go on. */
  hold(held: boolean): void {
    this.#gate.set(held);
  }

  dispose(): void {
    this.#timeline.dispose();
  }

  #heard(mulaw: Uint8Array): void {
    const heard = this.#options.isPrivate() ? mulawSilence(mulaw.length) : mulaw;
    this.#options.onHeard(heard);
    this.#gate.onAudio(heard);
  }

  #toTurns(mulaw: Uint8Array): void {
    const guard = this.#options.guard();
    const turns = this.#options.turns();
    if (guard) turns.hearProtected(mulaw, guard.keep(mulaw));
    else turns.hear(mulaw);
    if (guard?.overruled === true) guard.release('speech');
  }
}
