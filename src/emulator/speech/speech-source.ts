/** Turns text into speech, offline. */
export interface SpeechSource extends AsyncDisposable {
  /**
   * @returns s16 samples, 24 kHz, mono; shared and not to be changed
   * @throws LivelineError SPEECH_UNAVAILABLE when it cannot be made
   */
  speak(text: string): Promise<Int16Array>;
}

/** What a Live model speaks: 24 kHz, mono. Source: Live API, audio formats. */
export const SPEECH_HZ = 24_000;
