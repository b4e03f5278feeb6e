import type { CallEventBody } from '../events.js';
import type { ModelLeg, ImageFile } from '../ports.js';

/** A text message that the caller sent to the number during the call. */
export interface CallerMessage {
  /** May be empty. */
  text: string;
  images: readonly ImageFile[];
  /** Pictures that came and cannot be shown. */
  unseenImages: number;
  /** What came with it and is no picture. */
  otherFiles: number;
}

/** Messages that wait for a session; more are refused. With their pictures they are the largest thing that a call keeps. */
const MAX_WAITING = 2;

export interface CallerMessagesOptions {
  /** Runs `give`, which gives the model a line, when that does no harm; at most once. */
  whenHarmless: (give: () => void) => void;
  /** A line for the model as if the caller had typed it. */
  say: (text: string) => void;
  emit: (event: CallEventBody) => void;
}

/**
 * Shows the model what the caller sends by text message. Pictures are shown at once; the agent is told of the message when
 * that does no harm, because a message is no interruption.
 */
export class CallerMessages {
  readonly #options: CallerMessagesOptions;
  #model: ModelLeg | undefined;
  #waiting: CallerMessage[] = [];

  constructor(options: CallerMessagesOptions) {
    this.#options = options;
  }

  /** @returns false when too many wait for a session already */
  receive(message: CallerMessage): boolean {
    if (this.#model) this.#show(message, this.#model);
    else if (this.#waiting.length < MAX_WAITING) this.#waiting.push(message);
    else return false;
    return true;
  }

  attach(model: ModelLeg): void {
    this.#model = model;
    for (const message of this.#waiting.splice(0)) this.#show(message, model);
  }

  detach(): void {
    this.#model = undefined;
  }

  #show({ text, images, unseenImages, otherFiles }: CallerMessage, model: ModelLeg): void {
    const shown = images.filter((image) => model.sendImage(image)).length;
    const unseen = images.length - shown + unseenImages;
    this.#options.emit({ type: 'message-received', images: shown, unseen: unseen + otherFiles, pii: { text } });
    const line = lineOf(text, [
      counted(shown, 'a picture', 'pictures'),
      counted(unseen, 'a picture that you cannot see', 'pictures that you cannot see'),
      counted(otherFiles, 'a file that you cannot open', 'files that you cannot open'),
    ]);
    this.#options.whenHarmless(() => this.#options.say(line));
  }
}

function lineOf(text: string, things: readonly string[]): string {
  const sent = things.filter((thing) => thing !== '');
  const last = sent.pop();
  const words = JSON.stringify(text);
  if (last === undefined) return `The caller has sent a text message: ${words}`;
  const list = sent.length === 0 ? last : `${sent.join(', ')} and ${last}`;
  return `The caller has sent ${list}.${text === '' ? '' : ` With it came the words: ${words}`}`;
}

function counted(count: number, one: string, many: string): string {
  if (count === 0) return '';
  return count === 1 ? one : `${count} ${many}`;
}
