import type { WebSocket } from 'ws';
import type { Clock } from '../clock.js';
import type { LiveActivity } from './activity.js';
import type { Refusal } from './client-frame.js';
import type { FaultPlan } from './faults.js';
import type { Fault, FaultMoment, WireSettings } from './script-schema.js';

/** RFC 6455 §5.5: a control frame holds 125 bytes, two of them the code. */
const MAX_REASON_BYTES = 123;

export type ServerMessage = Record<string, unknown>;

export interface LiveConnectionOptions {
  socket: WebSocket;
  clock: Clock;
  wire: WireSettings;
  faults: FaultPlan;
  report: (activity: LiveActivity) => void;
}

/** A client's socket as the session sees it: messages go out the way the script says, and faults strike here. */
export class LiveConnection {
  readonly #options: LiveConnectionOptions;
  readonly #gone = new AbortController();
  #stalled = false;

  constructor(options: LiveConnectionOptions) {
    this.#options = options;
    options.socket.once('close', (code) => {
      this.#gone.abort();
      options.report({ type: 'session-closed', code });
    });
    // `close` follows, and says all that a session needs to know.
    options.socket.on('error', () => undefined);
  }

  /** Aborted when the socket is closed. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  /** Something can still be said and heard. */
  get usable(): boolean {
    return !this.#stalled && this.#options.socket.readyState === this.#options.socket.OPEN;
  }

  /** Sends a message as the service writes it: indented JSON, in a binary frame unless the script wants text. */
  send(message: ServerMessage): void {
    this.#write(`${JSON.stringify(message, null, 2)}\n`);
  }

  refuse({ code, reason }: Refusal): void {
    if (!this.usable) return;
    this.#options.report({ type: 'refused', code, reason });
    this.#close(code, reason);
  }

  /** Does what the script's faults do at this moment. @returns whether the session can go on */
  strike(moment: Exclude<FaultMoment, 'audio'>): boolean {
    for (const fault of this.#options.faults.strike(moment)) this.#apply(fault);
    return this.usable;
  }

  /** The same for a reply whose speech has grown. */
  strikeAudio(fromMs: number, toMs: number): void {
    for (const fault of this.#options.faults.strikeAudio(fromMs, toMs)) this.#apply(fault);
  }

  #apply(fault: Fault): void {
    if (fault.delay_ms === 0) this.#act(fault);
    else this.#options.clock.after(fault.delay_ms, () => this.#act(fault), this.signal);
  }

  #act({ close, drop, stall, send }: Fault): void {
    if (typeof send === 'string') this.#write(send);
    else if (send) this.send(send);
    if (close) this.#close(close.code, close.reason);
    if (drop) this.#options.socket.terminate();
    if (stall) this.#stalled = true;
  }

  #write(text: string): void {
    if (this.usable) this.#options.socket.send(text, { binary: this.#options.wire.frames === 'binary' });
  }

  #close(code: number, reason: string): void {
    this.#options.socket.close(code, truncate(reason));
  }
}

/** Cuts at a character, not inside one. */
function truncate(reason: string): string {
  const bytes = Buffer.from(reason);
  if (bytes.length <= MAX_REASON_BYTES) return reason;
  return bytes
    .subarray(0, MAX_REASON_BYTES)
    .toString('utf8')
    .replace(/\uFFFD+$/u, '');
}
