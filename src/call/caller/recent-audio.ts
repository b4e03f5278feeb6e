/** µ-law at 8 kHz: eight bytes a millisecond. */
const BYTES_PER_MS = 8;

/** The latest of an endless signal, µ-law at 8 kHz. */
export class RecentAudio {
  readonly #ring: Uint8Array;
  #written = 0;

  constructor(keptMs: number) {
    this.#ring = new Uint8Array(keptMs * BYTES_PER_MS);
  }

  push(mulaw: Uint8Array): void {
    const size = this.#ring.length;
    for (let start = 0; start < mulaw.length;) {
      const at = this.#written % size;
      const count = Math.min(size - at, mulaw.length - start);
      this.#ring.set(mulaw.subarray(start, start + count), at);
      this.#written += count;
      start += count;
    }
  }

  /** A copy of the last so many milliseconds, or of as much as there is. */
  last(ms: number): Uint8Array {
    const size = this.#ring.length;
    const count = Math.min(ms * BYTES_PER_MS, this.#written, size);
    const copy = new Uint8Array(count);
    const from = (this.#written - count) % size;
    const head = Math.min(count, size - from);
    copy.set(this.#ring.subarray(from, from + head));
    copy.set(this.#ring.subarray(0, count - head), head);
    return copy;
  }
}
