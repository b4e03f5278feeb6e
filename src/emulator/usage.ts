import type { Dialect } from './dialect.js';

/** Source: Live API pages, tokens a second of audio. */
const AUDIO_TOKENS_PER_SECOND = 25;
/** The usual rule of thumb for English. */
const CHARS_PER_TOKEN = 4;

/** Counts a session's tokens; like the service's, a turn's prompt is the whole context again. */
export class TokenMeter {
  #textTokens = 0;
  #audioTokens = 0;

  addText(text: string): void {
    this.#textTokens += Math.ceil(text.length / CHARS_PER_TOKEN);
  }

  addAudio(durationMs: number): void {
    this.#audioTokens += (durationMs / 1000) * AUDIO_TOKENS_PER_SECOND;
  }

  /** The `usageMetadata` of a turn that ends here; what was spoken becomes part of the context. */
  completeTurn(dialect: Dialect, spoken: { audioMs: number; text: string }): Record<string, unknown> {
    const textTokens = Math.max(1, this.#textTokens);
    const audioTokens = Math.round(this.#audioTokens);
    const promptTokens = textTokens + audioTokens;
    const isAudio = spoken.audioMs > 0;
    const responseTokens = Math.max(
      1,
      isAudio
        ? Math.round((spoken.audioMs / 1000) * AUDIO_TOKENS_PER_SECOND)
        : Math.ceil(spoken.text.length / CHARS_PER_TOKEN),
    );
    if (isAudio) this.addAudio(spoken.audioMs);
    else this.addText(spoken.text);
    return {
      promptTokenCount: promptTokens,
      promptTokensDetails: [
        { modality: 'TEXT', tokenCount: textTokens },
        ...(audioTokens > 0 ? [{ modality: 'AUDIO', tokenCount: audioTokens }] : []),
      ],
      [`${dialect.usageNames}TokenCount`]: responseTokens,
      [`${dialect.usageNames}TokensDetails`]: [{ modality: isAudio ? 'AUDIO' : 'TEXT', tokenCount: responseTokens }],
      totalTokenCount: promptTokens + responseTokens,
      ...(dialect.backend === 'vertex-ai' ? { trafficType: 'ON_DEMAND' } : {}),
    };
  }
}
