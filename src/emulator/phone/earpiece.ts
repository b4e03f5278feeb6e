import { decodeMulaw, MULAW_SILENCE } from '../../audio/mulaw.js';
import type { Clock } from '../../clock.js';
import type { PhoneEventBody } from './phone-event.js';
import { PlayoutClock } from './playout-clock.js';

/** What another telephone says is heard so much later: its frames are never exactly on time. */
const BRIDGE_DELAY_MS = 60;

/** What the caller hears of a call, over all of its streams, told as events. */
export class Earpiece {
  readonly #clock: Clock;
  readonly #emit: (event: PhoneEventBody) => void;
  #playout: PlayoutClock | undefined;
  #echo: (mark: string) => void = () => undefined;

  constructor(clock: Clock, emit: (event: PhoneEventBody) => void) {
    this.#clock = clock;
    this.#emit = emit;
  }

  /** s16 samples, 8 kHz, from the first `start` up to now. */
  get heard(): Int16Array {
    return decodeMulaw(this.#playout?.heard ?? new Uint8Array());
  }

  get heardMs(): number {
    return this.#playout?.heardMs ?? 0;
  }

  /**
   * A stream starts, or a bridge to another telephone; the first one starts the recording.
   * @param echo sends a mark back on this stream
   */
  connect(echo: (mark: string) => void): void {
    this.#echo = echo;
    this.#playout ??= new PlayoutClock(this.#clock, {
      onMarkReached: (name, cleared) => {
        this.#echo(name);
        this.#emit({ type: 'mark', phase: 'reached', name, cleared });
      },
      onAudioStarted: (heardMs) => this.#emit({ type: 'agent-audio', phase: 'started', heardMs }),
      onAudioEnded: (heardMs, cut) => this.#emit({ type: 'agent-audio', phase: 'ended', heardMs, cut }),
    });
  }

  /** @returns whether all of it found room */
  play(mulaw: Uint8Array): boolean {
    this.#emit({ type: 'media', bytes: mulaw.length, queuedMs: this.#playout?.queuedMs ?? 0 });
    return this.#playout?.play(mulaw) === mulaw.length;
  }

  /** What another telephone says: a frame as it comes. Its silence is no speech. */
  hear(mulaw: Uint8Array): void {
    if (mulaw.some((byte) => byte !== MULAW_SILENCE)) this.#playout?.play(mulaw, BRIDGE_DELAY_MS);
  }

  mark(name: string): void {
    this.#emit({ type: 'mark', phase: 'received', name, queuedMs: this.#playout?.queuedMs ?? 0 });
    this.#playout?.mark(name);
  }

  clear(): void {
    const { queuedMs: droppedMs = 0, pendingMarks: marks = 0 } = this.#playout ?? {};
    this.#emit({ type: 'clear', droppedMs, marks });
    this.#playout?.clear();
  }

  /** The stream is gone: what was not heard yet is lost. */
  disconnect(): void {
    this.#playout?.drop();
  }

  /** The caller is gone: the recording ends here. */
  hangUp(): void {
    this.#playout?.stop();
  }
}
