/* eslint-disable @typescript-eslint/no-non-null-assertion -- indices are loop-bounded; checks would cost in the hot path */
import type { ScratchBytes } from './scratch-bytes.js';

const PADDING = 0x3d;
/** A bit that no symbol's value has. */
const NO_SYMBOL = 0x80;

/** Value of a symbol; index is its ASCII code. Both alphabets. Source: RFC 4648 §4, §5. */
const VALUES = new Uint8Array(256).fill(NO_SYMBOL);
for (const alphabet of ['+/', '-_']) {
  const symbols = `ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789${alphabet}`;
  for (let value = 0; value < 64; value++) VALUES[symbols.charCodeAt(value)] = value;
}

/**
 * Decodes base64 that stands in `text` from `start` to `end`, straight from the bytes that came: no string is made.
 * @returns what it says, valid until the scratch is used again; undefined when anything in it is not base64
 */
export function decodeBase64(
  text: Uint8Array,
  start: number,
  end: number,
  scratch: ScratchBytes,
): Uint8Array | undefined {
  for (let padding = 0; padding < 2 && end > start && text[end - 1] === PADDING; padding++) end--;
  const rest = (end - start) % 4;
  if (rest === 1) return undefined;
  const decoded = scratch.take(((end - start) * 3) >> 2);
  // All symbols are looked at together in the end: a branch a symbol would cost more than the decoding.
  let seen = 0;
  let written = 0;
  let i = start;
  for (const wholeEnd = end - rest; i < wholeEnd; i += 4) {
    const a = VALUES[text[i]!]!;
    const b = VALUES[text[i + 1]!]!;
    const c = VALUES[text[i + 2]!]!;
    const d = VALUES[text[i + 3]!]!;
    seen |= a | b | c | d;
    decoded[written++] = (a << 2) | (b >> 4);
    decoded[written++] = (b << 4) | (c >> 2);
    decoded[written++] = (c << 6) | d;
  }
  if (rest > 0) {
    const a = VALUES[text[i]!]!;
    const b = VALUES[text[i + 1]!]!;
    const c = rest === 3 ? VALUES[text[i + 2]!]! : 0;
    seen |= a | b | c;
    decoded[written++] = (a << 2) | (b >> 4);
    if (rest === 3) decoded[written++] = (b << 4) | (c >> 2);
  }
  return (seen & NO_SYMBOL) === 0 ? decoded : undefined;
}
