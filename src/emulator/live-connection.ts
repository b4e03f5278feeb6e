import type { WebSocket } from 'ws';
import type { Clock } from '../clock.js';
import type { LiveActivity } from './activity.js';
import type { Refusal } from './client-frame.js';
import type { FaultPlan } from './faults.js';
import type { Fault, FaultMoment } from './fault-schema.js';
import type { WireSettings } from './script-schema.js';

/** RFC 6455 §5.5: a control frame holds 125 bytes, two of them the code. */
const MAX_REASON_BYTES = 123;

export type ServerMessage = Record<string, unknown>;

export interface LiveConnectionOptions {
  socket: WebSocket;
  clock: Clock;
  wire: WireSettings;
  faults: FaultPlan;
  report: (activity: LiveActivity) => void;
  /** How the service closes a connection whose time is up. */
  expiry: () => Refusal;
  /** A fault calls off every open function call. */
  onCancel: (repeats: boolean) => void;
}

/** A client's socket as the session sees it: messages go out the way the script says, and faults strike here. */
export class LiveConnection {
  readonly #options: LiveConnectionOptions;
  readonly #gone = new AbortController();
  #stalled = false;
  /** The last message, as it was written. */
  #last = '';

  constructor(options: LiveConnectionOptions) {
    this.#options = options;
    options.socket.once('close', (code) => {
      this.#gone.abort();
      options.report({ type: 'session-closed', code });
    });
    // `close` follows, and says all that a session needs to know.
    options.socket.on('error', () => undefined);
    // The socket answers no pings by itself.
    options.socket.on('ping', (data) => {
      if (options.wire.pong_ms === 0) this.#pong(data);
      else options.clock.after(options.wire.pong_ms, () => this.#pong(data), this.signal);
    });
  }

  /** Aborted when the socket is closed. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  /** Nobody has closed it. */
  get isOpen(): boolean {
    return this.#options.socket.readyState === this.#options.socket.OPEN;
  }

  /** Something can still be said and heard. */
  get usable(): boolean {
    return !this.#stalled && this.isOpen;
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

  /** Does what the script's faults do at this moment. @returns the faults, for who speaks to mind */
  strike(moment: Exclude<FaultMoment, 'audio'>): readonly Fault[] {
    return this.#applyAll(this.#options.faults.strike(moment));
  }

  /** The same for a reply whose speech has grown. */
  strikeAudio(fromMs: number, toMs: number): readonly Fault[] {
    return this.#applyAll(this.#options.faults.strikeAudio(fromMs, toMs));
  }

  #applyAll(faults: readonly Fault[]): readonly Fault[] {
    for (const fault of faults) {
      const last = this.#last;
      if (fault.delay_ms === 0) this.#act(fault, last);
      else this.#options.clock.after(fault.delay_ms, () => this.#act(fault, last), this.signal);
    }
    return faults;
  }

  #act({ close, drop, stall, send, go_away: goAway, cancel, repeat }: Fault, last: string): void {
    if (typeof send === 'string') this.#write(send);
    else if (send) this.send(send);
    if (repeat && last !== '') this.#write(last);
    if (goAway) this.#goAway(goAway);
    if (cancel) this.#options.onCancel(cancel === 'repeat');
    if (close) this.#close(close.code, close.reason);
    if (drop) this.#options.socket.terminate();
    if (stall) this.#stalled = true;
  }

  #goAway({ left_ms: leftMs, tell, close }: NonNullable<Fault['go_away']>): void {
    const { clock, expiry, report } = this.#options;
    this.send({ goAway: tell ? { timeLeft: `${leftMs / 1000}s` } : {} });
    report({ type: 'going-away', leftMs });
    clock.after(leftMs, () => this.refuse(close ?? expiry()), this.signal);
  }

  #pong(data: Buffer): void {
    if (this.usable) this.#options.socket.pong(data);
  }

  #write(text: string): void {
    if (!this.usable) return;
    this.#last = text;
    this.#options.socket.send(text, { binary: this.#options.wire.frames === 'binary' });
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
