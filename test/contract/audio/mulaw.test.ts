import { describe, expect, it } from 'vitest';
import { decodeMulaw, encodeMulaw, MULAW_SILENCE, MULAW_TO_PCM, PCM_TO_MULAW } from '../../../src/audio/mulaw.js';

/**
 * ITU-T G.711, table 2: decision values rise in eight segments of sixteen intervals, each segment's twice as wide; the
 * first interval is half. They count in 14 bits, hence the four. Interval n is coded as n and read as its middle.
 */
function g711DecisionValues(): number[] {
  const values = [0, 1];
  for (let segment = 0; segment < 8; segment++) {
    for (let interval = segment === 0 ? 1 : 0; interval < 16; interval++)
      values.push(values.at(-1)! + 2 * 2 ** segment);
  }
  return values.map((value) => 4 * value);
}

const decisions = g711DecisionValues();

function g711Encode(sample: number): number {
  const magnitude = Math.abs(sample);
  const above = decisions.findIndex((value) => value > magnitude);
  const interval = above === -1 ? 127 : above - 1;
  // All bits are inverted on the line; the sign bit is 1 for positive values.
  return (sample < 0 ? 0x7f : 0xff) - interval;
}

function g711Decode(code: number): number {
  const interval = (code < 0x80 ? 0x7f : 0xff) - code;
  const middle = interval === 0 ? 0 : (decisions[interval]! + decisions[interval + 1]!) / 2;
  return code < 0x80 ? 0 - middle : middle;
}

describe('µ-law', () => {
  it('has the decision values that G.711 prints', () => {
    expect(decisions.length).toBe(129);
    expect([16, 32, 48, 64, 80, 96, 112, 128].map((n) => decisions[n]! / 4)).toEqual([
      31, 95, 223, 479, 991, 2015, 4063, 8159,
    ]);
  });

  it('reads every code as G.711 says', () => {
    const codes = Array.from({ length: 256 }, (_, code) => code);
    expect([...MULAW_TO_PCM]).toEqual(codes.map(g711Decode));
  });

  it('codes every sample as G.711 says', () => {
    const wrong: number[] = [];
    for (let sample = -32_768; sample < 32_768; sample++) {
      if (PCM_TO_MULAW[sample & 0xffff] !== g711Encode(sample)) wrong.push(sample);
    }
    expect(wrong).toEqual([]);
  });

  it('gives back every code but negative zero', () => {
    const codes = Uint8Array.from({ length: 256 }, (_, code) => code);
    const again = encodeMulaw(decodeMulaw(codes));
    expect([...codes].filter((code) => again[code] !== code)).toEqual([0x7f]);
    expect(again[0x7f]).toBe(MULAW_SILENCE);
  });

  it('clips the loudest samples to the outermost codes', () => {
    expect([...encodeMulaw(Int16Array.of(32_635, 32_767, -32_635, -32_768))]).toEqual([0x80, 0x80, 0x00, 0x00]);
  });
});
