// Makes assets/speech anew: `npx tsx test/support/render-shipped-speech.ts`, after a change of the default script.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { resampleWhole, toPcm16 } from '../../src/audio/resample-whole.js';
import { writeWav } from '../../src/audio/wav.js';
import { DEFAULT_SCRIPT_URL, loadScript } from '../../src/emulator/script.js';
import { FliteSpeech } from '../../src/emulator/speech/flite-speech.js';
import { NEUTRAL_LINE, shippedSpeechUrl } from '../../src/emulator/speech/shipped-speech.js';
import { SPEECH_HZ } from '../../src/emulator/speech/speech-source.js';
import { fixedSentences } from './fixed-sentences.js';

/** The telephone's rate: nobody hears more of it. */
const SHIPPED_HZ = 8_000;

await using speech = new FliteSpeech();
await rm(new URL('.', shippedSpeechUrl('')), { recursive: true, force: true });
await mkdir(new URL('.', shippedSpeechUrl('')), { recursive: true });
for (const sentence of new Set([...fixedSentences(loadScript(DEFAULT_SCRIPT_URL)), NEUTRAL_LINE])) {
  const samples = Float32Array.from(await speech.speak(sentence), (sample) => sample / 32_768);
  await writeFile(
    shippedSpeechUrl(sentence),
    writeWav(toPcm16(resampleWhole(samples, SPEECH_HZ, SHIPPED_HZ)), SHIPPED_HZ),
  );
}
