/** Up to a second of any audio here; what is longer is rare, and gets an array of its own. */
const CAPACITY_BYTES = 64 * 1024;

/**
 * Bytes that are used up before the next ones are made. A fresh array a frame, and its collection, would cost about as
 * much as filtering the frame does.
 */
export class ScratchBytes {
  readonly #bytes: Uint8Array;
  #view: Uint8Array;

  /** @param bytes where they stand; by default, in an array of their own */
  constructor(bytes: Uint8Array = new Uint8Array(CAPACITY_BYTES)) {
    this.#bytes = bytes;
    this.#view = bytes.subarray(0, 0);
  }

  /** So many bytes with anything in them, valid until the next `take`. */
  take(lengthBytes: number): Uint8Array {
    // Frames are of one length nearly always, and even a view is worth keeping.
    if (lengthBytes === this.#view.length) return this.#view;
    if (lengthBytes > this.#bytes.length) return new Uint8Array(lengthBytes);
    this.#view = this.#bytes.subarray(0, lengthBytes);
    return this.#view;
  }
}
