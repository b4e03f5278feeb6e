/** s16le mono at 16 kHz. */
const BYTES_PER_MS = 32;
/** A word that has just begun; what is older the model may well have understood before its connection was lost. */
const KEPT_BYTES = 500 * BYTES_PER_MS;
/** Pieces of 8 ms fill it; they are 20 ms long, or longer. */
const MAX_PIECES = 64;

/** A piece of caller audio, s16le mono at 16 kHz, and its frame's number on its connection. */
export interface SentAudio {
  index: number;
  pcm16k: Uint8Array;
}

/** The last 500 ms of the caller's audio that was sent, by frames. To keep a frame is to copy it: nothing is allocated. */
export class UnconsumedAudio {
  readonly #ring = new Uint8Array(KEPT_BYTES);
  readonly #indexes = new Uint32Array(MAX_PIECES);
  readonly #lengths = new Uint32Array(MAX_PIECES);
  /** The oldest piece's place in the tables, and that of its first byte in the ring. */
  #first = 0;
  #from = 0;
  #pieces = 0;
  #bytes = 0;

  /** @param pcm16k copied; of a piece that is longer than all that is kept, the end */
  keep(index: number, pcm16k: Uint8Array): void {
    const piece = pcm16k.length > KEPT_BYTES ? pcm16k.subarray(pcm16k.length - KEPT_BYTES) : pcm16k;
    const { length } = piece;
    while (this.#pieces === MAX_PIECES || this.#bytes + length > KEPT_BYTES) this.#dropOldest();
    const at = (this.#from + this.#bytes) % KEPT_BYTES;
    const head = KEPT_BYTES - at;
    if (length <= head) this.#ring.set(piece, at);
    else {
      this.#ring.set(piece.subarray(0, head), at);
      this.#ring.set(piece.subarray(head), 0);
    }
    const place = (this.#first + this.#pieces) % MAX_PIECES;
    this.#indexes[place] = index;
    this.#lengths[place] = length;
    this.#pieces += 1;
    this.#bytes += length;
  }

  /** Forgets everything up to this frame. */
  consumed(index: number): void {
    while (this.#pieces > 0 && (this.#indexes[this.#first] ?? 0) <= index) this.#dropOldest();
  }

  clear(): void {
    this.#pieces = 0;
    this.#bytes = 0;
  }

  /** What is kept, oldest first, in copies; it is kept no longer. */
  take(): SentAudio[] {
    const taken: SentAudio[] = [];
    while (this.#pieces > 0) {
      const index = this.#indexes[this.#first] ?? 0;
      const pcm16k = new Uint8Array(this.#lengths[this.#first] ?? 0);
      const end = this.#from + pcm16k.length;
      pcm16k.set(this.#ring.subarray(this.#from, end));
      if (end > KEPT_BYTES) pcm16k.set(this.#ring.subarray(0, end - KEPT_BYTES), KEPT_BYTES - this.#from);
      taken.push({ index, pcm16k });
      this.#dropOldest();
    }
    return taken;
  }

  #dropOldest(): void {
    const length = this.#lengths[this.#first] ?? 0;
    this.#first = (this.#first + 1) % MAX_PIECES;
    this.#from = (this.#from + length) % KEPT_BYTES;
    this.#pieces -= 1;
    this.#bytes -= length;
  }
}
