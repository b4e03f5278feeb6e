/** How alike two signals are where they fit best: the normalised correlation, and where `part` begins in `whole`. */
export function bestFit(whole: Int16Array, part: Int16Array): { correlation: number; at: number } {
  let best = { correlation: -1, at: 0 };
  // Coarse first, on every eighth sample of the part; then every place around the best.
  const coarse = scan(whole, part, 0, whole.length - part.length, 2, 8);
  for (let at = coarse - 4; at <= coarse + 4; at += 1) {
    const correlation = correlate(whole, part, at, 1);
    if (correlation > best.correlation) best = { correlation, at };
  }
  return best;
}

function scan(whole: Int16Array, part: Int16Array, from: number, to: number, step: number, stride: number): number {
  let best = { correlation: -1, at: from };
  for (let at = from; at <= to; at += step) {
    const correlation = correlate(whole, part, at, stride);
    if (correlation > best.correlation) best = { correlation, at };
  }
  return best.at;
}

function correlate(whole: Int16Array, part: Int16Array, at: number, stride: number): number {
  let product = 0;
  let wholePower = 0;
  let partPower = 0;
  for (let index = 0; index < part.length; index += stride) {
    const a = whole[at + index] ?? 0;
    const b = part[index] ?? 0;
    product += a * b;
    wholePower += a * a;
    partPower += b * b;
  }
  return wholePower === 0 || partPower === 0 ? 0 : product / Math.sqrt(wholePower * partPower);
}
