import { encodeMulaw } from '../audio/mulaw.js';
import type { Clock, Timer } from '../clock.js';
import type { Playout } from './playout.js';

const SAMPLE_RATE_HZ = 8_000;
/** A shorter interruption is not worth a word. */
const SILENT_MS = 2_000;
const EVERY_MS = 2_000;

/** Two soft notes, far below the loudness of speech: somebody is still there. */
const NOTES = [
  { hz: 440, ms: 160 },
  { hz: 554, ms: 240 },
];
const AMPLITUDE = 900;

let tone: Uint8Array | undefined;

/** Tells a caller who would otherwise hear nothing that the line has not gone dead. */
export class HoldTone {
  readonly #clock: Clock;
  readonly #playout: Pick<Playout, 'audible' | 'playOwn'>;
  #timer: Timer | undefined;

  constructor(clock: Clock, playout: Pick<Playout, 'audible' | 'playOwn'>) {
    this.#clock = clock;
    this.#playout = playout;
  }

  /** The agent is away from now on. */
  start(): void {
    this.#timer?.cancel();
    this.#timer = this.#clock.after(SILENT_MS, () => this.#sound());
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #sound(): void {
    this.#timer = this.#clock.after(EVERY_MS, () => this.#sound());
    if (this.#playout.audible) return;
    tone ??= encodeMulaw(makeTone());
    this.#playout.playOwn(tone);
  }
}

/** Each note rises and falls like half a sine, so that none begins with a click. */
function makeTone(): Int16Array {
  return Int16Array.from(
    NOTES.flatMap(({ hz, ms }) => {
      const length = (ms * SAMPLE_RATE_HZ) / 1_000;
      return Array.from({ length }, (_, index) => {
        const envelope = Math.sin((Math.PI * index) / length);
        return Math.round(AMPLITUDE * envelope * Math.sin((2 * Math.PI * hz * index) / SAMPLE_RATE_HZ));
      });
    }),
  );
}
