import type { ClientMessage } from './client-messages.js';
import { type SentAudio, UnconsumedAudio } from './unconsumed-audio.js';

/** What waits for the service to take it in is a few lines and answers; more is a service that takes in nothing. */
const MAX_FRAMES = 64;
const MAX_CHARACTERS = 256 * 1024;

interface SentMessage {
  /** Its number on its connection; the setup is 0. */
  index: number;
  message: ClientMessage;
}

interface SentFrame extends SentMessage {
  characters: number;
}

/**
 * What was sent on a session's connection and may be lost with it: the service numbers what it has taken in, and the
 * next connection sends the rest again, first: lines, answers, and the last of the caller's audio. What the model has
 * reacted to is not sent again either: it would react again.
 */
export class UnconsumedFrames {
  readonly #audio = new UnconsumedAudio();
  #lastIndex = 0;
  /** The model reacts to what was said before; what the caller says meanwhile may cut in. */
  #replying = false;
  #frames: SentFrame[] = [];
  #characters = 0;
  /** Function calls that the newest handle does not know of: their answers would be refused. */
  #unknownCalls = new Set<string>();

  /**
   * A connection stands; its frames are counted from 1.
   * @param sameSession it takes up the session of the last one
   * @returns what is to be sent again, in this order, before anything else
   */
  begin(sameSession: boolean): (SentMessage | SentAudio)[] {
    const messages = this.#frames.flatMap((frame) => this.#withoutUnknownCalls(frame));
    const again = sameSession ? [...messages, ...this.#audio.take()].sort((a, b) => a.index - b.index) : [];
    this.#lastIndex = 0;
    this.#replying = false;
    this.#clear();
    this.#audio.clear();
    this.#unknownCalls.clear();
    return again;
  }

  /** A frame was sent that is not kept. */
  passed(): void {
    this.#lastIndex += 1;
  }

  /** Caller audio was sent. It runs for every frame. */
  heard(pcm16k: Uint8Array): void {
    this.#lastIndex += 1;
    this.#audio.keep(this.#lastIndex, pcm16k);
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
    if (this.#replying) return;
    this.#replying = true;
    this.#audio.clear();
  }

  /** The model's turn is over, or was cut off. */
  turnOver(): void {
    this.#replying = false;
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
    this.#audio.consumed(index ?? this.#lastIndex);
    const kept = this.#frames.filter((frame) => index !== undefined && frame.index > index);
    this.#clear();
    this.#frames = kept;
    this.#characters = kept.reduce((sum, { characters }) => sum + characters, 0);
  }

  #clear(): void {
    this.#frames = [];
    this.#characters = 0;
  }

  #withoutUnknownCalls({ index, message }: SentMessage): SentMessage[] {
    const responses = message.toolResponse?.functionResponses;
    if (!responses) return [{ index, message }];
    const known = responses.filter(({ id }) => id === undefined || !this.#unknownCalls.has(id));
    return known.length === 0 ? [] : [{ index, message: { toolResponse: { functionResponses: known } } }];
  }
}
