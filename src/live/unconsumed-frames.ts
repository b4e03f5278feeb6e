import type { ClientMessage } from './client-messages.js';

/** What waits for the service to take it in is a few lines and answers; more is a service that takes in nothing. */
const MAX_FRAMES = 64;
const MAX_CHARACTERS = 256 * 1024;

interface SentFrame {
  /** Its number on its connection; the setup is 0. */
  index: number;
  message: ClientMessage;
  characters: number;
}

/**
 * What was sent on a session's connection and may be lost with it: the service numbers what it has taken in, and the
 * next connection sends the rest again, first. Lines and answers only: the caller's audio is kept where it comes from.
 * What the model has reacted to is not sent again either: it would react again.
 */
export class UnconsumedFrames {
  #lastIndex = 0;
  #frames: SentFrame[] = [];
  #characters = 0;
  /** Function calls that the newest handle does not know of: their answers would be refused. */
  #unknownCalls = new Set<string>();

  /**
   * A connection stands; its frames are counted from 1.
   * @param sameSession it takes up the session of the last one
   * @returns what is to be sent again, before anything else
   */
  begin(sameSession: boolean): ClientMessage[] {
    const again = sameSession ? this.#frames.flatMap(({ message }) => this.#withoutUnknownCalls(message)) : [];
    this.#lastIndex = 0;
    this.#clear();
    this.#unknownCalls.clear();
    return again;
  }

  /** A frame was sent that is not kept: the caller's audio. */
  passed(): void {
    this.#lastIndex += 1;
  }

  sent(message: ClientMessage, characters: number): void {
    this.#lastIndex += 1;
    this.#frames.push({ index: this.#lastIndex, message, characters });
    this.#characters += characters;
    while (this.#frames.length > MAX_FRAMES || this.#characters > MAX_CHARACTERS) {
      this.#characters -= this.#frames.shift()?.characters ?? 0;
    }
  }

  /** The model speaks or calls: it has taken in what was sent before. */
  reacted(): void {
    if (this.#frames.length > 0) this.#clear();
  }

  called(ids: readonly string[]): void {
    for (const id of ids) this.#unknownCalls.add(id);
  }

  /**
   * A handle was issued. @param index the last frame that is part of it; undefined: the service does not say, and
   * nothing can be told to be lost
   */
  consumed(index: number | undefined): void {
    this.#unknownCalls.clear();
    const kept = this.#frames.filter((frame) => index !== undefined && frame.index > index);
    this.#clear();
    this.#frames = kept;
    this.#characters = kept.reduce((sum, { characters }) => sum + characters, 0);
  }

  #clear(): void {
    this.#frames = [];
    this.#characters = 0;
  }

  #withoutUnknownCalls(message: ClientMessage): ClientMessage[] {
    const responses = message.toolResponse?.functionResponses;
    if (!responses) return [message];
    const known = responses.filter(({ id }) => id === undefined || !this.#unknownCalls.has(id));
    return known.length === 0 ? [] : [{ toolResponse: { functionResponses: known } }];
  }
}
