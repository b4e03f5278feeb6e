import { CallerToModelTranscoder } from '../../audio/transcoder.js';

/** µ-law at 8 kHz: eight bytes a millisecond. */
const BYTES_PER_MS = 8;
/** What is kept of the caller while no session listens: enough for a sentence spoken into the set-up. */
const MAX_HELD_BYTES = 5_000 * BYTES_PER_MS;

/** The caller's audio on its way to the model: batched while a session listens, kept (bounded) while none does. */
export class Uplink {
  readonly #transcoder = new CallerToModelTranscoder();
  readonly #batch: Uint8Array;
  readonly #onDropped: (ms: number) => void;
  #send: ((pcm16k: Uint8Array) => void) | undefined;
  #batchedBytes = 0;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #droppedBytes = 0;

  /**
   * @param batchMs caller audio in one message to the model
   * @param onDropped told when what was kept is taken: so much of its beginning had to go
   */
  constructor(batchMs: number, onDropped: (ms: number) => void) {
    this.#batch = new Uint8Array(batchMs * BYTES_PER_MS);
    this.#onDropped = onDropped;
  }

  push(mulaw: Uint8Array): void {
    if (!this.#send) {
      this.#hold(mulaw);
      return;
    }
    if (this.#batchedBytes === 0 && mulaw.length === this.#batch.length) {
      this.#send(this.#transcoder.transcode(mulaw));
      return;
    }
    for (let start = 0; start < mulaw.length;) {
      const count = Math.min(this.#batch.length - this.#batchedBytes, mulaw.length - start);
      this.#batch.set(mulaw.subarray(start, start + count), this.#batchedBytes);
      this.#batchedBytes += count;
      start += count;
      if (this.#batchedBytes === this.#batch.length) this.flush();
    }
  }

  /** Sends what is batched without waiting for a full batch. */
  flush(): void {
    if (!this.#send || this.#batchedBytes === 0) return;
    const bytes = this.#batchedBytes;
    this.#batchedBytes = 0;
    this.#send(this.#transcoder.transcode(this.#batch.subarray(0, bytes)));
  }

  /** A session listens now. What was kept is not sent by itself: see `takeHeld`. */
  open(send: (pcm16k: Uint8Array) => void): void {
    this.#send = send;
  }

  /** No session listens: audio is kept from here on. */
  close(): void {
    this.#send = undefined;
    if (this.#batchedBytes > 0) this.#hold(this.#batch.subarray(0, this.#batchedBytes));
    this.#batchedBytes = 0;
  }

  /** What was kept while no session listened, oldest first; it is kept no longer. */
  takeHeld(): Uint8Array[] {
    const held = this.#held;
    const droppedBytes = this.#droppedBytes;
    this.#held = [];
    this.#heldBytes = 0;
    this.#droppedBytes = 0;
    if (droppedBytes > 0) this.#onDropped(droppedBytes / BYTES_PER_MS);
    return held;
  }

  #hold(mulaw: Uint8Array): void {
    // Not `slice`: of a Buffer, which the bytes may be, that is a view of the same memory.
    this.#held.push(new Uint8Array(mulaw));
    this.#heldBytes += mulaw.length;
    while (this.#heldBytes > MAX_HELD_BYTES) {
      const oldest = this.#held.shift();
      if (!oldest) break;
      this.#heldBytes -= oldest.length;
      this.#droppedBytes += oldest.length;
    }
  }
}
