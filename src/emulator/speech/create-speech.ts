import { CachedSpeech } from './cached-speech.js';
import { FliteSpeech, isFliteInstalled } from './flite-speech.js';
import { ShippedSpeech } from './shipped-speech.js';
import type { SpeechSource } from './speech-source.js';

/** The best speech there is here: flite, or the shipped recordings where it is not installed. Starts nothing yet. */
export function createSpeech(): SpeechSource {
  return new CachedSpeech(isFliteInstalled() ? new FliteSpeech() : new ShippedSpeech());
}
