/** What counts as a sound, of full scale: −44 dB. */
const AUDIBLE = 200 / 32_768;
const FRAME_MS = 20;

/** A time in which something is heard. */
export interface Span {
  fromMs: number;
  toMs: number;
}

/** Where a recording, which begins at `fromMs`, can be heard; its samples are between −1 and 1. */
export function soundsOf(samples: Float32Array, rateHz: number, fromMs = 0): Span[] {
  const frame = (FRAME_MS * rateHz) / 1_000;
  const spans: Span[] = [];
  for (let at = 0; at < samples.length; at += frame) {
    if (!samples.subarray(at, at + frame).some((sample) => Math.abs(sample) > AUDIBLE)) continue;
    const beganMs = fromMs + (at * 1_000) / rateHz;
    spans.push({ fromMs: beganMs, toMs: beganMs + FRAME_MS });
  }
  return spans;
}

/** Where nothing was heard from `fromMs` on for longer than a caller should wait. */
export function silencesIn(sounds: readonly Span[], fromMs: number, longestMs: number): string[] {
  const found: string[] = [];
  let quietSinceMs = fromMs;
  for (const sound of sounds.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const silentMs = sound.fromMs - quietSinceMs;
    if (silentMs > longestMs) found.push(`${Math.round(silentMs)} ms before ${Math.round(sound.fromMs)} ms`);
    quietSinceMs = Math.max(quietSinceMs, sound.toMs);
  }
  return found;
}
