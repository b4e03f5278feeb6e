/** Up to a second of any audio here; what is longer is rare, and gets bytes of its own. */
const CAPACITY_BYTES = 64 * 1024;
const PADDING = 0x3d;

/** Decodes base64 into bytes that are used up before the next ones are made. */
export class Base64Decoder {
  // Not from Node's pool, which others write into.
  readonly #scratch = Buffer.allocUnsafeSlow(CAPACITY_BYTES);
  #decoded = this.#scratch.subarray(0, 0);

  /**
   * Both alphabets, with padding or without.
   * @returns what `text` says, valid until the next decoding; undefined when anything in it is not base64
   */
  decode(text: string): Uint8Array | undefined {
    let symbols = text.length;
    for (let padding = 0; padding < 2 && text.charCodeAt(symbols - 1) === PADDING; padding++) symbols--;
    const bytes = (symbols * 3) >> 2;
    // Node skips what is not base64 instead of saying so; what it skipped is then missing from the length.
    if (symbols % 4 === 1) return undefined;
    if (bytes > CAPACITY_BYTES) {
      const decoded = Buffer.from(text, 'base64');
      return decoded.length === bytes ? decoded : undefined;
    }
    if (this.#scratch.write(text, 'base64') !== bytes) return undefined;
    // Frames are of one length nearly always, and even a view is worth keeping.
    if (this.#decoded.length !== bytes) this.#decoded = this.#scratch.subarray(0, bytes);
    return this.#decoded;
  }
}
