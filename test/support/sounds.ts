/** Something that a detector by energy takes for speech: noise that swells and fades as syllables do. */
export function speechLike(durationMs: number, sampleRateHz = 16_000): Int16Array {
  let state = 1;
  return Int16Array.from({ length: (durationMs / 1000) * sampleRateHz }, (_, index) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    const envelope = 0.6 + 0.4 * Math.sin((2 * Math.PI * 4 * index) / sampleRateHz);
    return Math.round((state / 2 ** 30 - 1) * 8_000 * envelope);
  });
}

export function silence(durationMs: number, sampleRateHz = 16_000): Int16Array {
  return new Int16Array((durationMs / 1000) * sampleRateHz);
}
