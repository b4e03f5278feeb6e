import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { readWav } from '../../audio/wav.js';
import { resampleWhole, toPcm16 } from '../../audio/resample-whole.js';
import { LivelineError } from '../../errors.js';
import { SPEECH_HZ, type SpeechSource } from './speech-source.js';

const SPEECH_DIRECTORY_URL = new URL('../../../assets/speech/', import.meta.url);

/** What is heard for a text that nobody recorded. */
export const NEUTRAL_LINE = 'All right. Is there anything else?';

/** Where the recording of a sentence lies; named by its text, so that there is no list to keep. */
export function shippedSpeechUrl(sentence: string): URL {
  const name = createHash('sha256').update(sentence).digest('hex').slice(0, 16);
  return new URL(`${name}.wav`, SPEECH_DIRECTORY_URL);
}

/** Speech without an engine: the recorded lines of the default script, and a neutral one for any other text. */
export class ShippedSpeech implements SpeechSource {
  async speak(text: string): Promise<Int16Array> {
    const wav = await readFile(shippedSpeechUrl(text)).catch(() => readFile(shippedSpeechUrl(NEUTRAL_LINE)));
    try {
      const { samples, sampleRateHz } = readWav(wav);
      return toPcm16(resampleWhole(samples, sampleRateHz, SPEECH_HZ));
    } catch (error) {
      throw new LivelineError('SPEECH_UNAVAILABLE', 'a shipped recording cannot be read', { cause: error });
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
