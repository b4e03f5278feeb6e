import { describe, expect, it } from 'vitest';
import { encodeMulaw } from '../../../src/audio/mulaw.js';
import { isTelephoneTone } from '../../../src/audio/telephone-tones.js';
import { loadVoiceDetector, type Strictness, VOICE_FRAME_BYTES } from '../../../src/audio/voice-detector.js';
import { concat, cut, whiteNoise } from '../../support/spectrum.js';
import { chord, mix, shippedSpeech } from '../../support/telephone-sounds.js';

const create = await loadVoiceDetector();

/** Synthesised speech at 8 kHz, some −20 dBFS. */
const sentences = shippedSpeech();

const samplesIn = (ms: number) => ms * 8;
const silence = (ms: number) => new Int16Array(samplesIn(ms));
/** dB full scale of its power; uniform noise of peak p has the power p²/3. */
const noise = (ms: number, levelDb: number) => whiteNoise(samplesIn(ms), 32_768 * 10 ** (levelDb / 20) * Math.sqrt(3));

/** Of each whole frame, whether there is voice in it. */
function voicedIn(pcm: Int16Array, strictness: Strictness = 'usual'): boolean[] {
  const detector = create(strictness);
  const frames = cut(pcm, [VOICE_FRAME_BYTES]).filter((frame) => frame.length === VOICE_FRAME_BYTES);
  const voiced = frames.map((frame) => detector.hear(encodeMulaw(frame)) > -Infinity);
  detector.dispose();
  return voiced;
}

const voicedMs = (...heard: Parameters<typeof voicedIn>) => voicedIn(...heard).filter(Boolean).length * 20;

/** The longest voice without a break. */
function longestMs(pcm: Int16Array): number {
  let runMs = 0;
  return Math.max(...voicedIn(pcm).map((voiced) => (runMs = voiced ? runMs + 20 : 0)));
}

describe('the voice detector', () => {
  it('hears a sentence from its beginning to its end, in a quiet line and in noise', () => {
    const quiet = noise(10_000, -60);
    for (const sentence of sentences) {
      const said = concat([silence(500), sentence, silence(500)]);
      for (const line of [said, mix(said, quiet)]) {
        const voiced = voicedIn(line);
        const spokenMs = sentence.length / 8;
        expect(voiced.indexOf(true) * 20).toBeLessThan(500 + 80);
        expect(voiced.lastIndexOf(true) * 20).toBeGreaterThan(500 + spokenMs - 150);
        expect(voiced.lastIndexOf(true) * 20).toBeLessThan(500 + spokenMs + 60);
        expect(voiced.filter(Boolean).length * 20).toBeGreaterThan(spokenMs * 0.5);
      }
    }
  });

  const keys = [697, 770, 852, 941].flatMap((low) => [1_209, 1_336, 1_477, 1_633].map((high) => [low, high] as const));

  it.each(keys)('takes no key for a voice: %i and %i Hz', (low, high) => {
    for (const off of [0.985, 1, 1.015]) {
      const pressed = concat([silence(500), chord(200, low * off, high * off), silence(300)]);
      // Where it begins and ends in the middle of a frame it is no whole tone.
      expect(voicedMs(concat([silence(7), pressed]))).toBeLessThanOrEqual(40);
      expect(voicedMs(mix(pressed, noise(1_100, -50)))).toBeLessThanOrEqual(40);
    }
  });

  it.each([
    ['North American ringing', [440, 480], 2_000],
    ['North American dialling', [350, 440], 2_000],
    ['North American busy', [480, 620], 500],
    ['British ringing', [400, 450], 400],
    ['European ringing', [425], 1_000],
    ['European busy', [425], 480],
  ] as const)('takes no tone of an exchange for a voice: %s', (_name, hz, ms) => {
    const period = concat([chord(ms, ...hz), silence(ms)]);
    const line = concat([silence(507), period, period, period]);
    expect(longestMs(line)).toBeLessThanOrEqual(60);
    expect(longestMs(mix(line, noise(line.length / 8, -50)))).toBeLessThanOrEqual(60);
  });

  it('takes no speech for a tone', () => {
    const frames = sentences.flatMap((sentence) => cut(sentence, [320]).filter((two) => two.length === 320));
    expect(frames.length).toBeGreaterThan(1_000);
    expect(frames.filter((two) => two.some((sample) => Math.abs(sample) > 500) && isTelephoneTone(two))).toEqual([]);
  });

  it.each([-60, -50, -40])('takes no noise of %i dBFS for a voice, not even when it begins', (levelDb) => {
    expect(voicedMs(noise(5_000, levelDb))).toBe(0);
  });

  it('hears the more in a loud noise, the less strict it is', () => {
    const loud = noise(5_000, -30);
    expect(voicedMs(loud, 'strict')).toBeLessThan(100);
    expect(voicedMs(loud, 'lenient')).toBeGreaterThan(4_000);
  });

  it('ignores the first 200 ms, tells how loud a voice is, and keeps detectors apart', () => {
    const loud = encodeMulaw(sentences[0]!.subarray(0, samplesIn(600)));
    const frames = cut(Int16Array.from(loud), [VOICE_FRAME_BYTES]).map((frame) => Uint8Array.from(frame));
    const one = create('usual');
    const other = create('usual');
    const levels = frames.map((frame) => {
      other.hear(new Uint8Array(VOICE_FRAME_BYTES).fill(0xff));
      return one.hear(frame);
    });
    expect(levels.slice(0, 10).every((level) => level === -Infinity)).toBe(true);
    const loudest = Math.max(...levels);
    expect(loudest).toBeGreaterThan(-30);
    expect(loudest).toBeLessThan(-3);
    one.dispose();
    other.dispose();
  });

  it('leaves no memory behind', () => {
    for (let i = 0; i < 50_000; i += 1) create('usual').dispose();
    expect(voicedMs(concat([silence(400), sentences[0]!]))).toBeGreaterThan(500);
  });
});
