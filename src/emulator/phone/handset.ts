import type { Clock } from '../../clock.js';
import { CallerUplink, type CallerUplinkOptions } from './caller-uplink.js';
import { Earpiece } from './earpiece.js';
import type { PhoneEventBody } from './phone-event.js';

/** An open way out of a phone: what is spoken and pressed goes to somebody, at real pace. */
export interface Microphone {
  /** @see CallerUplink.speak */
  speak(mulaw: Uint8Array): Promise<void>;
  /** @see CallerUplink.press */
  press(digits: string): Promise<void>;
}

export type HandsetOptions = Omit<CallerUplinkOptions, 'signal'>;

/** What a person holds: an earpiece for the whole call, and a microphone that is connected to one thing after another. */
export class Handset {
  readonly earpiece: Earpiece;
  readonly #options: HandsetOptions;
  readonly #over: AbortSignal;
  readonly #emit: (event: PhoneEventBody) => void;
  #microphone: Microphone | undefined;
  readonly #waiting = new Set<() => void>();

  /** @param over aborted at the end of the call: nobody waits for a connection any more */
  constructor(options: HandsetOptions & { clock: Clock }, over: AbortSignal, emit: (event: PhoneEventBody) => void) {
    this.#options = options;
    this.#over = over;
    this.#emit = emit;
    this.earpiece = new Earpiece(options.clock, emit);
    over.addEventListener('abort', () => this.#wake(), { once: true });
  }

  /** Speaks once there is a way out; settled when it was said, or the way or the call ended. */
  async speak(mulaw: Uint8Array): Promise<void> {
    await (await this.#connected())?.speak(mulaw);
  }

  async press(digits: string): Promise<void> {
    await (await this.#connected())?.press(digits);
  }

  /** The microphone leads there from now on. */
  connect(microphone: Microphone): void {
    this.#microphone = microphone;
    this.#wake();
  }

  /** The microphone leads nowhere, if it led there. */
  disconnect(microphone: Microphone | undefined): void {
    if (this.#microphone === microphone) this.#microphone = undefined;
  }

  /**
   * Connects the microphone to whoever takes its frames and keys, until `signal` is aborted.
   * @param sink.onFrame 20 ms of µ-law, silence included; the bytes must not be kept
   */
  open(sink: { onFrame?: (mulaw: Uint8Array) => void; onKey?: (digit: string) => void }, signal: AbortSignal): void {
    if (signal.aborted) return;
    const microphone = new CallerUplink(
      { ...this.#options, signal },
      {
        onFrame: (mulaw) => sink.onFrame?.(mulaw),
        onKey: (digit) => {
          this.#emit({ type: 'dtmf', digit });
          sink.onKey?.(digit);
        },
        onSpeech: (phase) => this.#emit({ type: 'caller-audio', phase }),
      },
    );
    signal.addEventListener('abort', () => this.disconnect(microphone), { once: true });
    this.connect(microphone);
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  /** The way out that there is, or the next one; undefined when the call ends without. */
  async #connected(): Promise<Microphone | undefined> {
    if (!this.#over.aborted && !this.#microphone) await new Promise<void>((resolve) => this.#waiting.add(resolve));
    return this.#microphone;
  }
}
