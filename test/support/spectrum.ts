/** What is left of a signal when a sine of known frequency has been fitted to it, and how large the sine is. */
export interface ToneFit {
  amplitude: number;
  /** Sine over everything else: noise, distortion, images. A constant counts as noise. */
  sinadDb: number;
}

/** Fits a sine by least squares; unlike a transform's bins it needs no whole number of periods. */
export function fitTone(samples: ArrayLike<number>, hz: number, rateHz: number): ToneFit {
  let ss = 0;
  let sc = 0;
  let cc = 0;
  let xs = 0;
  let xc = 0;
  let power = 0;
  for (let i = 0; i < samples.length; i++) {
    const s = Math.sin((2 * Math.PI * hz * i) / rateHz);
    const c = Math.cos((2 * Math.PI * hz * i) / rateHz);
    const x = samples[i]!;
    ss += s * s;
    sc += s * c;
    cc += c * c;
    xs += x * s;
    xc += x * c;
    power += x * x;
  }
  const determinant = ss * cc - sc * sc;
  const a = (xs * cc - xc * sc) / determinant;
  const b = (xc * ss - xs * sc) / determinant;
  const tonePower = a * xs + b * xc;
  return { amplitude: Math.hypot(a, b), sinadDb: 10 * Math.log10(tonePower / (power - tonePower)) };
}

/** A sine in 16-bit samples; −6 dBFS unless told. */
export function tone(hz: number, rateHz: number, count: number, amplitude = 16_384): Int16Array {
  return Int16Array.from({ length: count }, (_, i) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * hz * i) / rateHz)),
  );
}

/** Noise with a flat spectrum, the same each time, of the given peak. */
export function whiteNoise(count: number, peak: number): Int16Array {
  let state = 1;
  return Int16Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.round((state / 2 ** 31 - 1) * peak);
  });
}

export function rms(samples: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += samples[i]! ** 2;
  return Math.sqrt(sum / samples.length);
}

export function decibels(ratio: number): number {
  return 20 * Math.log10(ratio);
}

/** One signal of several pieces. */
export function concat(pieces: Int16Array[]): Int16Array {
  const whole = new Int16Array(pieces.reduce((total, piece) => total + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Cuts into pieces of the given lengths, in turn, again and again; zero lengths give empty pieces. */
export function cut<T extends Int16Array | Uint8Array>(signal: T, lengths: number[]): T[] {
  const pieces: T[] = [];
  for (let at = 0, i = 0; at < signal.length; i++) {
    const length = lengths[i % lengths.length]!;
    pieces.push(signal.subarray(at, at + length) as T);
    at += length;
  }
  return pieces;
}
