import type { Dialect } from './dialect.js';

/** Source: Live API pages, tokens a second of audio. */
const AUDIO_TOKENS_PER_SECOND = 25;
/** Source: Gemini API, "Understand and count tokens": a picture, or one tile of a large one. */
const IMAGE_TOKENS = 258;
/** The usual rule of thumb for English. */
const CHARS_PER_TOKEN = 4;

export type Role = 'user' | 'model';

/** When the context is compressed, and how much is left of it then. */
export interface Compression {
  triggerTokens: number;
  targetTokens: number;
}

/** What one side said, until the other did. */
interface Turn {
  role: Role;
  text: string;
  textTokens: number;
  audioTokens: number;
  imageTokens: number;
}

/** What a session's model remembers, and how many tokens that is. */
export class ContextWindow {
  #instructionTokens = 0;
  /** All but the last are as they will stay: copies share them. The last grows with every piece of audio. */
  #turns: Turn[] = [];

  /** Takes the place of the instruction there was. */
  instruct(text: string): void {
    this.#instructionTokens = tokensOf(text);
  }

  addText(role: Role, text: string): void {
    this.#add(role, { text, textTokens: tokensOf(text) });
  }

  addAudio(role: Role, durationMs: number): void {
    this.#add(role, { audioTokens: (durationMs / 1000) * AUDIO_TOKENS_PER_SECOND });
  }

  addImage(role: Role): void {
    this.#add(role, { imageTokens: IMAGE_TOKENS });
  }

  /** What audio that was added says. */
  addTranscript(role: Role, text: string): void {
    this.#add(role, { text });
  }

  get tokens(): number {
    return Math.ceil(this.#instructionTokens + total(this.#turns));
  }

  get history(): { role: Role; text: string }[] {
    return this.#turns.map(({ role, text }) => ({ role, text }));
  }

  /**
   * Drops the oldest turns when there is too much; what is left begins with a turn of the user.
   * @returns how many turns were dropped
   */
  compress({ triggerTokens, targetTokens }: Compression): number {
    if (this.tokens <= triggerTokens) return 0;
    const starts = [...this.#turns.keys()].filter((index) => index > 0 && this.#turns[index]?.role === 'user');
    const isSmallEnough = (start: number): boolean =>
      this.#instructionTokens + total(this.#turns.slice(start)) <= targetTokens;
    const start = starts.find(isSmallEnough) ?? starts.at(-1) ?? 0;
    this.#turns = this.#turns.slice(start);
    return start;
  }

  /**
   * The `usageMetadata` of a turn that ends here; what was spoken becomes part of the context.
   * Like the service's, a turn's prompt is the whole context again.
   */
  completeTurn(dialect: Dialect, spoken: { audioMs: number; text: string }): Record<string, unknown> {
    const audioTokens = Math.round(this.#turns.reduce((sum, turn) => sum + turn.audioTokens, 0));
    const textTokens = Math.max(
      1,
      this.#turns.reduce((sum, turn) => sum + turn.textTokens, this.#instructionTokens),
    );
    const imageTokens = this.#turns.reduce((sum, turn) => sum + turn.imageTokens, 0);
    const promptTokens = textTokens + audioTokens + imageTokens;
    const isAudio = spoken.audioMs > 0;
    const responseTokens = Math.max(
      1,
      isAudio ? Math.round((spoken.audioMs / 1000) * AUDIO_TOKENS_PER_SECOND) : tokensOf(spoken.text),
    );
    if (isAudio) {
      this.addAudio('model', spoken.audioMs);
      this.addTranscript('model', spoken.text);
    } else if (spoken.text !== '') this.addText('model', spoken.text);
    return {
      promptTokenCount: promptTokens,
      promptTokensDetails: [
        { modality: 'TEXT', tokenCount: textTokens },
        ...(audioTokens > 0 ? [{ modality: 'AUDIO', tokenCount: audioTokens }] : []),
        ...(imageTokens > 0 ? [{ modality: 'IMAGE', tokenCount: imageTokens }] : []),
      ],
      [`${dialect.usageNames}TokenCount`]: responseTokens,
      [`${dialect.usageNames}TokensDetails`]: [{ modality: isAudio ? 'AUDIO' : 'TEXT', tokenCount: responseTokens }],
      totalTokenCount: promptTokens + responseTokens,
      ...(dialect.backend === 'vertex-ai' ? { trafficType: 'ON_DEMAND' } : {}),
    };
  }

  copy(): ContextWindow {
    const copy = new ContextWindow();
    copy.#instructionTokens = this.#instructionTokens;
    copy.#turns = this.#turns.map((turn, index) => (index === this.#turns.length - 1 ? { ...turn } : turn));
    return copy;
  }

  #add(role: Role, { text = '', textTokens = 0, audioTokens = 0, imageTokens = 0 }: Partial<Turn>): void {
    const last = this.#turns.at(-1);
    if (last?.role !== role) {
      this.#turns.push({ role, text, textTokens, audioTokens, imageTokens });
      return;
    }
    last.text += text;
    last.textTokens += textTokens;
    last.audioTokens += audioTokens;
    last.imageTokens += imageTokens;
  }
}

function total(turns: readonly Turn[]): number {
  return turns.reduce((sum, turn) => sum + turn.textTokens + turn.audioTokens + turn.imageTokens, 0);
}

function tokensOf(text: string): number {
  return Math.ceil(text.length / CHARS_PER_TOKEN);
}
