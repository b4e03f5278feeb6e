import { MULAW_SILENCE } from '../../audio/mulaw.js';
import type { Clock, Timer } from '../../clock.js';

/** µ-law is 8 kHz, one byte a sample. */
export const MULAW_BYTES_PER_MS = 8;
/** What Twilio queues before it discards. Source: Twilio, warning 31931. */
const QUEUE_LIMIT_BYTES = 10 * 60_000 * MULAW_BYTES_PER_MS;
const INITIAL_BYTES = 30_000 * MULAW_BYTES_PER_MS;

export interface PlayoutHandlers {
  /** What was played, or cleared, up to this mark. In the order the marks were set. */
  onMarkReached(name: string, cleared: boolean): void;
  /** @param atMs where in the recording it begins; it may lie a moment ahead of the clock, never behind a sample heard */
  onAudioStarted(atMs: number): void;
  onAudioEnded(atMs: number, cut: boolean): void;
}

/**
 * The far end of the line: plays queued audio in real time from the moment it is created, and keeps every sample
 * the caller hears. A place in the recording *is* a moment: audio lies where its playing starts, silence where
 * nothing was queued, so queue, marks and clear are arithmetic on one number.
 */
export class PlayoutClock {
  readonly #clock: Clock;
  readonly #handlers: PlayoutHandlers;
  readonly #originMs: number;
  #recording = new Uint8Array(INITIAL_BYTES).fill(MULAW_SILENCE);
  /** Where the audio queued so far ends. */
  #endBytes = 0;
  /** Where the recording ends, once it was stopped. */
  #stoppedBytes: number | undefined;
  #marks: { name: string; atBytes: number }[] = [];
  #playing = false;
  #timer: Timer | undefined;

  constructor(clock: Clock, handlers: PlayoutHandlers) {
    this.#clock = clock;
    this.#handlers = handlers;
    this.#originMs = clock.nowMs();
  }

  /** Milliseconds of audio that were received and not heard yet. */
  get queuedMs(): number {
    return Math.max(0, this.#endBytes - this.#nowBytes) / MULAW_BYTES_PER_MS;
  }

  /** Marks that were set and not reached yet. */
  get pendingMarks(): number {
    return this.#marks.length;
  }

  /** How long the caller has been listening. */
  get heardMs(): number {
    return this.#nowBytes / MULAW_BYTES_PER_MS;
  }

  /** What the caller heard up to now, µ-law. */
  get heard(): Uint8Array {
    this.#reserve(this.#nowBytes);
    return this.#recording.slice(0, this.#nowBytes);
  }

  get #nowBytes(): number {
    return this.#stoppedBytes ?? Math.floor((this.#clock.nowMs() - this.#originMs) * MULAW_BYTES_PER_MS);
  }

  /**
   * Queues audio behind what is queued already.
   * @param delayMs how much later it is heard where nothing is
   * @returns how many bytes found room; the rest was discarded
   */
  play(mulaw: Uint8Array, delayMs = 0): number {
    const nowBytes = this.#nowBytes;
    this.#advance(nowBytes);
    const startBytes = Math.max(this.#endBytes, nowBytes + (this.#playing ? 0 : delayMs * MULAW_BYTES_PER_MS));
    const acceptedBytes = Math.min(mulaw.length, nowBytes + QUEUE_LIMIT_BYTES - startBytes);
    if (acceptedBytes <= 0 || this.#stoppedBytes !== undefined) return 0;
    this.#reserve(startBytes + acceptedBytes);
    this.#recording.set(mulaw.subarray(0, acceptedBytes), startBytes);
    this.#endBytes = startBytes + acceptedBytes;
    if (!this.#playing) {
      this.#playing = true;
      this.#handlers.onAudioStarted(startBytes / MULAW_BYTES_PER_MS);
    }
    this.#arm();
    return acceptedBytes;
  }

  /** Reports `name` when everything queued before has been played: at once if nothing is. */
  mark(name: string): void {
    this.#marks.push({ name, atBytes: this.#endBytes });
    this.#advance(this.#nowBytes);
    this.#arm();
  }

  /** Drops what was not heard yet and reports every pending mark at once. */
  clear(): void {
    const nowBytes = this.#nowBytes;
    this.#advance(nowBytes);
    this.#cut(nowBytes);
  }

  /** Ends one stream: what is queued is lost, its marks are never reached. The recording goes on. */
  drop(): void {
    const nowBytes = this.#nowBytes;
    this.#marks = [];
    this.#advance(nowBytes);
    this.#cut(nowBytes);
  }

  /** The caller is gone: the recording ends here. */
  stop(): void {
    this.drop();
    this.#stoppedBytes = this.#nowBytes;
  }

  #cut(nowBytes: number): void {
    const cut = this.#endBytes > nowBytes;
    const marks = this.#marks;
    this.#marks = [];
    if (cut) {
      this.#recording.fill(MULAW_SILENCE, nowBytes, this.#endBytes);
      this.#endBytes = nowBytes;
    }
    this.#timer?.cancel();
    if (this.#playing) this.#finish(nowBytes, cut);
    for (const { name } of marks) this.#handlers.onMarkReached(name, true);
  }

  /** Reports everything that has happened up to `nowBytes`. */
  #advance(nowBytes: number): void {
    while (this.#marks[0] && this.#marks[0].atBytes <= nowBytes) {
      const { name } = this.#marks[0];
      this.#marks.shift();
      this.#handlers.onMarkReached(name, false);
    }
    if (this.#playing && this.#endBytes <= nowBytes) this.#finish(this.#endBytes, false);
  }

  #finish(atBytes: number, cut: boolean): void {
    this.#playing = false;
    this.#handlers.onAudioEnded(atBytes / MULAW_BYTES_PER_MS, cut);
  }

  /** Wakes up at the next mark, or else at the end of the queue. */
  #arm(): void {
    this.#timer?.cancel();
    const nextBytes = this.#marks[0]?.atBytes ?? (this.#playing ? this.#endBytes : undefined);
    if (nextBytes === undefined || this.#stoppedBytes !== undefined) return;
    // Rounded up: a timer that fires a fraction early would find nothing reached and spin.
    const delayMs = Math.ceil(this.#originMs + nextBytes / MULAW_BYTES_PER_MS - this.#clock.nowMs());
    this.#timer = this.#clock.after(Math.max(1, delayMs), () => {
      this.#advance(this.#nowBytes);
      this.#arm();
    });
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#recording.length) return;
    const larger = new Uint8Array(Math.max(bytes, this.#recording.length * 2)).fill(MULAW_SILENCE);
    larger.set(this.#recording);
    this.#recording = larger;
  }
}
