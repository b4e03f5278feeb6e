import { clearLine, createInterface, cursorTo, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** A line to type into, below everything that is printed meanwhile. */
export class ChatPrompt {
  readonly #input: Readable;
  readonly #output: Writable;
  #typing: Interface | undefined;

  constructor(input: Readable, output: Writable) {
    this.#input = input;
    this.#output = output;
  }

  /** @param handlers.onLeft Ctrl-C or Ctrl-D */
  open(handlers: { onLine: (line: string) => void; onLeft: () => void }): void {
    const typing = createInterface({ input: this.#input, output: this.#output, prompt: 'you     ', terminal: true });
    this.#typing = typing;
    typing.on('line', (line) => {
      handlers.onLine(line);
      typing.prompt();
    });
    typing.on('SIGINT', handlers.onLeft);
    typing.on('close', handlers.onLeft);
    typing.prompt();
  }

  /** Prints above what is being typed. */
  print(text: string): void {
    if (this.#typing) {
      cursorTo(this.#output, 0);
      clearLine(this.#output, 0);
    }
    this.#output.write(text);
    this.#typing?.prompt(true);
  }

  close(): void {
    const typing = this.#typing;
    this.#typing = undefined;
    typing?.close();
    cursorTo(this.#output, 0);
    clearLine(this.#output, 0);
  }
}
