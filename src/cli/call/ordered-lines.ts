/** How late the server's word of an event may come after the wire's own. */
const PATIENCE_MS = 250;

/** Lines from two sources, printed in the order of what they tell of rather than of their arrival. */
export class OrderedLines {
  readonly #print: (text: string) => void;
  #waiting: { atMs: number; arrivedMs: number; text: string }[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(print: (text: string) => void) {
    this.#print = print;
  }

  /** @param atMs when it happened */
  add(atMs: number, text: string): void {
    // Almost always the latest; a stable place behind what happened at the same moment.
    const index = this.#waiting.findLastIndex((line) => line.atMs <= atMs);
    this.#waiting.splice(index + 1, 0, { atMs, arrivedMs: performance.now(), text });
    this.#timer ??= setTimeout(() => this.#release(), PATIENCE_MS);
  }

  /** Prints what still waits: nothing more will come. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const { text } of this.#waiting.splice(0)) this.#print(text);
  }

  /** Whatever stands before a line that has waited long enough goes with it. */
  #release(): void {
    const dueMs = performance.now() - PATIENCE_MS;
    const count = this.#waiting.findLastIndex((line) => line.arrivedMs <= dueMs + 1) + 1;
    for (const { text } of this.#waiting.splice(0, count)) this.#print(text);
    this.#timer = this.#waiting.length > 0 ? setTimeout(() => this.#release(), PATIENCE_MS) : undefined;
  }
}
