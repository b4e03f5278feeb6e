import type { WireSettings } from './script-schema.js';
import type { SessionSettings } from './session-settings.js';

/** How long each word is said to have taken: nothing here recognises speech. */
const WORD_MS = 300;

/** Writes what the caller said, in pieces that are appended verbatim, as soon as the script lets it. */
export class CallerTranscript {
  readonly #mode: WireSettings['transcripts'];
  readonly #settings: Pick<SessionSettings, 'wordTimes' | 'speakers'>;
  readonly #send: (transcription: Record<string, unknown>) => void;
  #late: string[] = [];
  #words = 0;

  constructor(
    { transcripts }: WireSettings,
    settings: Pick<SessionSettings, 'wordTimes' | 'speakers'>,
    send: (transcription: Record<string, unknown>) => void,
  ) {
    this.#mode = transcripts;
    this.#settings = settings;
    this.#send = send;
  }

  write(transcript: string): void {
    const deltas = transcript.match(/\s*\S+(?:\s+\S+){0,2}/g) ?? [];
    this.#late.push(...deltas.flatMap((delta) => (this.#mode === 'twice' ? [delta, delta] : [delta])));
    if (this.#mode !== 'late') this.flush();
  }

  /** Writes what is late. */
  flush(): void {
    for (const text of this.#late.splice(0)) this.#send({ text, ...this.#details(text) });
  }

  #details(text: string): Record<string, unknown> {
    const { wordTimes, speakers } = this.#settings;
    return { ...(wordTimes ? { words: this.#timed(text) } : {}), ...(speakers ? { speakerLabel: 'spk_1' } : {}) };
  }

  #timed(text: string): Record<string, unknown>[] {
    return text
      .trim()
      .split(/\s+/)
      .map((word) => {
        const startMs = this.#words * WORD_MS;
        this.#words += 1;
        return { word, startOffset: `${startMs / 1_000}s`, endOffset: `${(startMs + WORD_MS) / 1_000}s` };
      });
  }
}
