import type { WebSocket } from 'ws';
import { mediaFrame } from '../src/twilio/wire.js';
import { callerMessage, INTERRUPTED, type ModelChunk, TURN_COMPLETE } from './messages.js';

/** Milliseconds that messages took. */
export interface Latencies {
  toModel: number[];
  toCaller: number[];
  clear: number[];
}

/** Messages under way are found again by their number; more than this many are never under way. */
const UNDER_WAY = 1_024;
/** Of base64 in a millisecond of µ-law at 8 kHz. */
const CHARS_PER_MS = (8 * 4) / 3;
/** Shorter messages carry no audio. */
const MIN_AUDIO_BYTES = 200;
/** Four zero bytes of base64: the bridge's own silence, which stands in for a caller who pauses. */
const ZEROS = 0x41414141;

/** One call as both fakes see it: messages are counted on their way in and out, in order, on one clock. */
export class BenchCall {
  readonly callSid: string;
  readonly #streamSid: string;
  /** What a frame to the caller has besides its audio. */
  readonly #frameChars: number;
  /** Set while latencies are recorded. */
  #latencies: Latencies | undefined;
  readonly #toModelSentMs = new Float64Array(UNDER_WAY);
  readonly #toCallerSentMs = new Float64Array(UNDER_WAY);
  readonly #marks: { text: string; dueMs: number }[] = [];
  #caller: WebSocket | undefined;
  #model: WebSocket | undefined;
  #toModelSent = 0;
  #toModelReceived = 0;
  #toCallerSent = 0;
  #toCallerReceived = 0;
  #interruptedMs: number | undefined;
  /** When the telephone runs out of audio. */
  #playedOutMs = 0;

  constructor(callSid: string) {
    this.callSid = callSid;
    this.#streamSid = `MZ${callSid.slice(2)}`;
    this.#frameChars = mediaFrame(this.#streamSid, '').length;
  }

  /** Latencies go there from now on; nowhere without an argument. */
  record(latencies?: Latencies): void {
    this.#latencies = latencies;
  }

  /**
   * Whether as many messages arrived as were sent. Not so when the machine stood still for so long that the bridge filled
   * the pause with silence: then they can no longer be told apart.
   */
  get isMatched(): boolean {
    return this.#toModelSent === this.#toModelReceived && this.#toCallerSent === this.#toCallerReceived;
  }

  attachCaller(socket: WebSocket): void {
    this.#caller = socket;
    socket.on('message', (data: Buffer) => this.#callerReceives(data));
  }

  attachModel(socket: WebSocket): void {
    this.#model = socket;
    socket.on('message', (data: Buffer) => this.#modelReceives(data));
  }

  /** The caller's next 20 ms; marks that were played by now go back with it. */
  speak(): void {
    const now = performance.now();
    while (this.#marks[0] && this.#marks[0].dueMs <= now) this.#caller?.send(this.#marks.shift()!.text);
    this.#toModelSentMs[this.#toModelSent % UNDER_WAY] = performance.now();
    this.#caller?.send(callerMessage(this.#streamSid, this.#toModelSent++));
  }

  /** The model's next chunk. */
  answer(chunk: ModelChunk): void {
    this.#toCallerSentMs[this.#toCallerSent++ % UNDER_WAY] = performance.now();
    this.#model?.send(chunk.message);
  }

  /** The caller cuts in, and the model begins a new turn. */
  interrupt(): void {
    this.#interruptedMs = performance.now();
    this.#model?.send(INTERRUPTED);
    this.#model?.send(TURN_COMPLETE);
  }

  #modelReceives(data: Buffer): void {
    if (data.length < MIN_AUDIO_BYTES || data.readUInt32LE(data.length >> 1) === ZEROS) return;
    const sentMs = this.#toModelSentMs[this.#toModelReceived++ % UNDER_WAY]!;
    this.#latencies?.toModel.push(performance.now() - sentMs);
  }

  #callerReceives(data: Buffer): void {
    if (data.length >= MIN_AUDIO_BYTES) {
      const now = performance.now();
      const sentMs = this.#toCallerSentMs[this.#toCallerReceived++ % UNDER_WAY]!;
      this.#latencies?.toCaller.push(now - sentMs);
      this.#playedOutMs = Math.max(this.#playedOutMs, now) + (data.length - this.#frameChars) / CHARS_PER_MS;
      return;
    }
    const text = data.toString('latin1');
    if (text.startsWith('{"event":"mark"')) {
      // It comes back when everything before it has been played.
      this.#marks.push({ text, dueMs: this.#playedOutMs });
    } else if (this.#interruptedMs !== undefined && !text.startsWith('{"event":"media"')) {
      // From the bridge a `clear`, from the relay the very message.
      this.#latencies?.clear.push(performance.now() - this.#interruptedMs);
      this.#interruptedMs = undefined;
      this.#playedOutMs = 0;
      for (const mark of this.#marks.splice(0)) this.#caller?.send(mark.text);
    }
  }
}
