import { ReadBuffer } from '@modelcontextprotocol/client';
import { LivelineError } from '../errors.js';

/** Largest message of a program that is read: as large as a response of a server by url. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;
/** A larger one is dropped; one that is larger than this has no end. */
const MAX_DROPPED_BYTES = 64 * 1024 * 1024;
/** Of a message that is dropped, so much of its beginning and of its end is kept, to tell whose answer it is. */
const EDGE_BYTES = 256;
const NEWLINE = 10;
const ID = String.raw`"id"\s*:\s*(\d+)`;
const VERSION = String.raw`"jsonrpc"\s*:\s*"2\.0"`;
const KIND = String.raw`"(?:result|error)"\s*:`;
/** An answer with its id before what it says … */
const ID_FIRST = new RegExp(String.raw`^\s*\{\s*(?:${VERSION}\s*,\s*)?${ID}\s*,\s*(?:${VERSION}\s*,\s*)?${KIND}`);
/** … and one with its id behind that. */
const SAID_FIRST = new RegExp(String.raw`^\s*\{\s*(?:${VERSION}\s*,\s*)?${KIND}`);
const ID_LAST = new RegExp(String.raw`[}\]]\s*,\s*(?:${VERSION}\s*,\s*)?${ID}\s*(?:,\s*${VERSION}\s*)?\}\s*$`);

/** The error that stands for an answer that is dropped; its code is one of those that JSON-RPC leaves to a server. */
const DROPPED = { code: -32_050, message: 'the server answered with more than can be read' };

/**
 * What a program writes, in messages of 4 MiB at most: a larger answer is read as an error with its id, so that only
 * the request fails that it belongs to.
 */
export class McpMessageBuffer extends ReadBuffer {
  #pieces: Buffer[] = [];
  #bytes = 0;

  constructor() {
    // What is handed on is whole, and taken at once.
    super({ maxBufferSize: Infinity });
  }

  /** @throws LivelineError INTERNAL when a message has no end */
  override append(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, end + 1));
      super.append(this.#taken());
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
  }

  override clear(): void {
    this.#pieces = [];
    this.#bytes = 0;
    super.clear();
  }

  #keep(piece: Buffer): void {
    this.#bytes += piece.length;
    this.#pieces.push(piece);
    if (this.#bytes > MAX_DROPPED_BYTES) throw new LivelineError('INTERNAL', 'a message without end');
    if (this.#bytes <= MAX_MESSAGE_BYTES) return;
    const whole = Buffer.concat(this.#pieces);
    this.#pieces = [Buffer.from(whole.subarray(0, EDGE_BYTES)), Buffer.from(whole.subarray(-EDGE_BYTES))];
  }

  /** The message that has ended here, or what stands for it. */
  #taken(): Buffer {
    const [pieces, bytes] = [this.#pieces, this.#bytes];
    this.#pieces = [];
    this.#bytes = 0;
    if (bytes <= MAX_MESSAGE_BYTES) return Buffer.concat(pieces);
    const [first = '', last = ''] = pieces.map(String);
    const id = ID_FIRST.exec(first)?.[1] ?? (SAID_FIRST.test(first) ? ID_LAST.exec(last)?.[1] : undefined);
    // Whose it is cannot be told: the one who waits for it learns by the time.
    if (id === undefined) return Buffer.from('\n');
    return Buffer.from(`${JSON.stringify({ jsonrpc: '2.0', id: Number(id), error: DROPPED })}\n`);
  }
}

/** Whether the error stands for an answer that was dropped. */
export function isDropped({ code, message }: { code: unknown; message: string }): boolean {
  return code === DROPPED.code && message === DROPPED.message;
}
