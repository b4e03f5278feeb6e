import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Base64Decoder } from '../../../src/audio/base64.js';

const decoder = new Base64Decoder();

function decode(text: string): Buffer | undefined {
  const decoded = decoder.decode(text);
  return decoded && Buffer.from(decoded);
}

describe('base64', () => {
  it('is read as Node reads it, in both alphabets, with its padding or without', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.constantFrom('base64', 'base64url'), (bytes, alphabet) => {
        expect(decode(Buffer.from(bytes).toString(alphabet))).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it('that holds anything else is not read', () => {
    const damaged = fc.tuple(fc.uint8Array({ minLength: 3, maxLength: 99 }), fc.nat(), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(damaged, (drawn) => {
        const [bytes, at, code] = drawn;
        const stranger = String.fromCharCode(code);
        fc.pre(!/[\w+/-]/.test(stranger));
        const text = Buffer.from(bytes).toString('base64url');
        const place = at % (text.length - 2);
        expect(decode(text.slice(0, place) + stranger + text.slice(place + 1))).toBeUndefined();
      }),
    );
  });

  it.each(['A', 'AAAAA', 'A=', 'A==', 'AA==='])('of a length that cannot be (%s) is not read', (text) => {
    expect(decode(text)).toBeUndefined();
  });

  it('that is longer than its scratch is read all the same, and refused all the same', () => {
    const bytes = Buffer.alloc(100_000, 'long');
    const text = bytes.toString('base64');
    expect(decode(text)).toEqual(bytes);
    expect(decode(`!${text.slice(1)}`)).toBeUndefined();
  });
});
