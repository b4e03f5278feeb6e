/** One key as a receiver heard it. */
export interface HeardKey {
  key: string;
  atMs: number;
  toneMs: number;
  /** Since the tone before; undefined for the first. */
  pauseMs: number | undefined;
  /** Levels of the two groups, dBm0: a sine of 32124 is +3.17. */
  lowDbm0: number;
  highDbm0: number;
}

const LOW = [697, 770, 852, 941];
const HIGH = [1_209, 1_336, 1_477, 1_633];
const LAYOUT = ['1', '2', '3', 'A', '4', '5', '6', 'B', '7', '8', '9', 'C', '*', '0', '#', 'D'];

/** 205 samples at 8 kHz are the length at which the eight frequencies lie nearest to whole bins. */
const BLOCK = 205;
const STEP = 40;

/** A receiver by Goertzel's algorithm with the limits of ITU-T Q.24: levels, twist, 40 ms of tone, 40 ms of pause. */
export function decodeDtmf(samples: Int16Array): HeardKey[] {
  const keys: HeardKey[] = [];
  let current: { key: string; firstAt: number; lastAt: number; low: number; high: number } | undefined;
  const close = () => {
    if (!current) return;
    // A block says a key when most of it is tone: the tone is longer than the run of such blocks by about one block.
    const toneMs = (current.lastAt - current.firstAt + BLOCK) / 8;
    const atMs = current.firstAt / 8;
    const last = keys.at(-1);
    if (toneMs >= 40) {
      const { key, low: lowDbm0, high: highDbm0 } = current;
      const pauseMs = last && atMs - (last.atMs + last.toneMs);
      keys.push({ key, atMs, toneMs, pauseMs, lowDbm0, highDbm0 });
    }
    current = undefined;
  };
  for (let at = 0; at + BLOCK <= samples.length; at += STEP) {
    const block = samples.subarray(at, at + BLOCK);
    const heard = keyOf(block);
    if (!heard || heard.key !== current?.key) close();
    if (!heard) continue;
    current ??= { key: heard.key, firstAt: at, lastAt: at, low: -99, high: -99 };
    current.lastAt = at;
    current.low = Math.max(current.low, heard.low);
    current.high = Math.max(current.high, heard.high);
  }
  close();
  return keys;
}

/** Everything but its tones, at most 20 dB below them, makes a block no key. */
function keyOf(block: Int16Array): { key: string; low: number; high: number } | undefined {
  const lows = LOW.map((hz) => power(block, hz));
  const highs = HIGH.map((hz) => power(block, hz));
  const row = lows.indexOf(Math.max(...lows));
  const column = highs.indexOf(Math.max(...highs));
  const [low = 0, high = 0] = [lows[row], highs[column]];
  const [lowDb, highDb] = [dbm0(low), dbm0(high)];
  if (lowDb < -25 || highDb < -25 || highDb - lowDb > 4 || lowDb - highDb > 8) return undefined;
  const others = [...lows.filter((_, index) => index !== row), ...highs.filter((_, index) => index !== column)];
  if (others.some((other) => other > Math.max(low, high) / 10)) return undefined;
  const total = block.reduce((sum, sample) => sum + sample * sample, 0) / block.length;
  if ((low + high) / 2 < total * 0.8) return undefined;
  return { key: LAYOUT[row * 4 + column]!, low: lowDb, high: highDb };
}

/** The squared amplitude of one frequency in a block. */
function power(block: Int16Array, hz: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / 8_000);
  let [before, last] = [0, 0];
  for (const sample of block) [before, last] = [last, sample + coefficient * last - before];
  const squared = before * before + last * last - coefficient * before * last;
  return (4 * squared) / block.length ** 2;
}

function dbm0(squaredAmplitude: number): number {
  return 10 * Math.log10(Math.max(squaredAmplitude, 1) / 32_124 ** 2) + 3.17;
}
