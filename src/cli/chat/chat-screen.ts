import type { CallEvent } from '../../call/events.js';
import { describeServerEvent, speakerLine } from '../call/call-timeline.js';

/** Up to the end of a sentence that something follows. */
const SENTENCE = /^[^]*?[.!?…。！？]["'”’)\]]*(?=\s)/u;

/** Events that say nothing to who reads and types. */
const UNTOLD: ReadonlySet<CallEvent['type']> = new Set<CallEvent['type']>(['model-ready', 'interrupted']);

/** Shows a call to who reads: the agent's words a sentence a line, as they come, and all else as `liveline call` tells it. */
export class ChatScreen {
  readonly #print: (text: string) => void;
  readonly #echo: boolean;
  /** Words of the agent that are no sentence yet. */
  #words = '';

  /** @param echo what was typed is not on the screen already */
  constructor(print: (text: string) => void, { echo }: { echo: boolean }) {
    this.#print = print;
    this.#echo = echo;
  }

  readonly onEvent = (event: CallEvent): void => {
    switch (event.type) {
      case 'transcript':
        if (event.speaker === 'agent') this.#say(event.pii.text);
        return;
      case 'turn':
        if (event.speaker === 'agent') this.#endSentence(event.cutOff === true ? ' …' : '');
        return;
      case 'said':
        this.#endSentence();
        if (this.#echo) this.#tell(event);
        return;
      case 'digits-collecting':
        this.#tell(event);
        this.#print(speakerLine('line', 'keys are typed as “/keys 12#”'));
        return;
      case 'ended':
        this.#endSentence();
        this.#tell(event);
        this.#print(speakerLine('line', `ended: ${event.reason}`));
        return;
      default:
        if (event.type === 'tool') this.#endSentence();
        if (!UNTOLD.has(event.type)) this.#tell(event);
    }
  };

  #tell(event: CallEvent): void {
    const told = describeServerEvent(event);
    if (told) this.#print(speakerLine(...told));
  }

  #say(piece: string): void {
    this.#words += piece;
    for (;;) {
      const sentence = SENTENCE.exec(this.#words)?.[0];
      if (sentence === undefined) return;
      this.#words = this.#words.slice(sentence.length);
      this.#print(speakerLine('agent', plain(sentence)));
    }
  }

  #endSentence(suffix = ''): void {
    const rest = this.#words.trim();
    this.#words = '';
    if (rest !== '') this.#print(speakerLine('agent', plain(rest) + suffix));
  }
}

/** A model's words do not steer the terminal. */
function plain(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim();
}
