import type { CallerTimelineSink } from './caller-timeline.js';

/** µ-law at 8 kHz: eight bytes a millisecond. */
const BYTES_PER_MS = 8;
/** As long as the slowest tool may take: no word is lost while one runs. */
const MAX_KEPT_BYTES = 60_000 * BYTES_PER_MS;

/**
 * Keeps the caller's audio back while the model waits for a tool, where the model suffers from hearing it then: it goes
 * out, all of it and in order, when the tool has answered.
 */
export class MicrophoneGate implements CallerTimelineSink {
  readonly #sink: CallerTimelineSink;
  readonly #onDropped: (ms: number) => void;
  #closed = false;
  #kept: Uint8Array[] = [];
  #keptBytes = 0;
  #droppedBytes = 0;
  #paused = false;

  /** @param onDropped told when the gate opens: so much of the beginning of what was kept had to go */
  constructor(sink: CallerTimelineSink, onDropped: (ms: number) => void) {
    this.#sink = sink;
    this.#onDropped = onDropped;
  }

  onAudio(mulaw: Uint8Array): void {
    if (!this.#closed) {
      this.#sink.onAudio(mulaw);
      return;
    }
    this.#paused = false;
    // Not `slice`: of a Buffer, which the bytes may be, that is a view of the same memory.
    this.#kept.push(new Uint8Array(mulaw));
    this.#keptBytes += mulaw.length;
    while (this.#keptBytes > MAX_KEPT_BYTES) {
      const oldest = this.#kept.shift();
      if (!oldest) break;
      this.#keptBytes -= oldest.length;
      this.#droppedBytes += oldest.length;
    }
  }

  onPaused(): void {
    if (this.#closed) this.#paused = true;
    else this.#sink.onPaused();
  }

  /** Opening it lets everything through that was kept. */
  set(closed: boolean): void {
    this.#closed = closed;
    if (closed) return;
    for (const mulaw of this.#kept.splice(0)) this.#sink.onAudio(mulaw);
    this.#keptBytes = 0;
    if (this.#paused) this.#sink.onPaused();
    this.#paused = false;
    const droppedBytes = this.#droppedBytes;
    this.#droppedBytes = 0;
    if (droppedBytes > 0) this.#onDropped(droppedBytes / BYTES_PER_MS);
  }
}
