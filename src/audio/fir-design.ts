/** What a low-pass with its cut-off at 1/(2 · band) of the sampling rate must do. */
export interface NyquistLowpassSpec {
  /** 2 makes a half-band filter, 3 a third-band one. */
  band: number;
  /** From the end of the pass band to the start of the stop band, as a fraction of the sampling rate. */
  transition: number;
  /** Attenuation in the stop band; the ripple in the pass band has the same size. Between 50 and 120. */
  attenuationDb: number;
}

/**
 * Designs a symmetric low-pass by the window method: an ideal low-pass under a Kaiser window.
 *
 * The cut-off lies on 1/(2 · band) exactly, hence every tap a multiple of `band` away from the centre is exactly zero
 * (a Nyquist or M-th band filter), and whoever uses the filter can leave those out.
 *
 * Source: J. F. Kaiser, "Nonrecursive digital filter design using the I0-sinh window function", 1974; window shape and
 * length by Kaiser's formulas as in Oppenheim & Schafer, "Discrete-Time Signal Processing", §7.5.3 (3rd ed.).
 * @returns one side: `[0]` is the centre tap, `[d]` the tap `d` samples to either side of it
 */
export function designNyquistLowpass({ band, transition, attenuationDb }: NyquistLowpassSpec): Float64Array {
  const beta = 0.1102 * (attenuationDb - 8.7);
  const reach = Math.ceil((attenuationDb - 7.95) / (2.285 * 2 * Math.PI * transition) / 2);
  return Float64Array.from({ length: reach + 1 }, (_, d) => (sinc(d / band) / band) * kaiser(d / reach, beta));
}

/** sin(πx)/πx, exactly zero at whole numbers. */
function sinc(x: number): number {
  if (Number.isInteger(x)) return x === 0 ? 1 : 0;
  return Math.sin(Math.PI * x) / (Math.PI * x);
}

/** Kaiser's window at `x`, from 0 (its middle) to 1 (its edge). */
function kaiser(x: number, beta: number): number {
  return besselI0(beta * Math.sqrt(1 - x * x)) / besselI0(beta);
}

/** The modified Bessel function of order zero by its power series, to double precision. */
function besselI0(x: number): number {
  let sum = 1;
  for (let term = 1, k = 1; term > sum * Number.EPSILON; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
