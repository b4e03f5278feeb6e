import type { WireSettings } from './script-schema.js';

/** Writes what the caller said, in pieces that are appended verbatim, as soon as the script lets it. */
export class CallerTranscript {
  readonly #mode: WireSettings['transcripts'];
  readonly #send: (text: string) => void;
  #late: string[] = [];

  constructor({ transcripts }: WireSettings, send: (text: string) => void) {
    this.#mode = transcripts;
    this.#send = send;
  }

  write(transcript: string): void {
    const deltas = transcript.match(/\s*\S+(?:\s+\S+){0,2}/g) ?? [];
    this.#late.push(...deltas.flatMap((delta) => (this.#mode === 'twice' ? [delta, delta] : [delta])));
    if (this.#mode !== 'late') this.flush();
  }

  /** Writes what is late. */
  flush(): void {
    for (const text of this.#late.splice(0)) this.#send(text);
  }
}
