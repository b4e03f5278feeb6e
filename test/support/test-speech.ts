import { SPEECH_HZ, type SpeechSource } from '../../src/emulator/speech/speech-source.js';

const MS_PER_CHARACTER = 55;

/**
 * Speech for tests, made at once and always the same: syllables of a few harmonics in the telephone band,
 * about as long as the text would take to say, different for different texts.
 */
export function createTestSpeech(): SpeechSource {
  return {
    speak: (text) => Promise.resolve(syllables(text)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function syllables(text: string): Int16Array {
  const samples = new Int16Array(Math.round((text.length * MS_PER_CHARACTER * SPEECH_HZ) / 1_000));
  const perCharacter = samples.length / Math.max(1, text.length);
  for (let index = 0; index < samples.length; index += 1) {
    const character = text.charCodeAt(Math.floor(index / perCharacter));
    const time = index / SPEECH_HZ;
    const pitchHz = 110 + (character % 32) * 4;
    const envelope = 0.55 + 0.45 * Math.sin(2 * Math.PI * 4 * time);
    let value = 0;
    for (let harmonic = 2; harmonic <= 12; harmonic += 1) {
      value += Math.sin(2 * Math.PI * pitchHz * harmonic * time + harmonic) / harmonic;
    }
    samples[index] = Math.round(6_000 * envelope * value);
  }
  return samples;
}

/** The same for a caller: s16 samples at 8 kHz. */
export async function callerSpeech(ms: number): Promise<Int16Array> {
  const speech = await createTestSpeech().speak('x'.repeat(Math.ceil(ms / MS_PER_CHARACTER)));
  return speech.filter((_, index) => index % 3 === 0).slice(0, ms * 8);
}
