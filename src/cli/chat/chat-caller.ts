import { randomBytes } from 'node:crypto';
import type { AcceptCallerLeg, CallerLeg, CallerLegCloseReason, CallerLegHandlers } from '../../call/ports.js';

/** Nobody's account; the form is Twilio's, so that everything downstream holds. */
const ACCOUNT_SID = `AC${'0'.repeat(32)}`;
const CALLER = 'client:terminal';

/** A caller who sits at the terminal: what is sent to be heard is dropped, and counts as heard at once. */
export class ChatCaller implements CallerLeg {
  readonly #agent: string;
  /** Until the connection is closed. */
  #handlers: CallerLegHandlers | undefined;

  constructor(agent: string) {
    this.#agent = agent;
  }

  readonly accept: AcceptCallerLeg = (handlers) => {
    this.#handlers = handlers;
    // Whoever accepts a leg has it before the leg speaks.
    queueMicrotask(() =>
      this.#handlers?.onStarted({
        callSid: `CA${randomBytes(16).toString('hex')}`,
        accountSid: ACCOUNT_SID,
        agent: this.#agent,
        from: CALLER,
        to: '',
        direction: 'inbound',
        inWriting: true,
        sipHeaders: {},
        parameters: {},
      }),
    );
    return this;
  };

  press(digits: string): void {
    for (const digit of digits) this.#handlers?.onDigit(digit);
  }

  hangUp(): void {
    this.#leave('stopped');
  }

  sendAudio(): void {
    // Nobody listens.
  }

  sendMark(name: string): void {
    queueMicrotask(() => this.#handlers?.onMarkReached(name));
  }

  clear(): void {
    // Every mark is on its way back already.
  }

  close(): void {
    this.#leave('closed');
  }

  #leave(reason: CallerLegCloseReason): void {
    const handlers = this.#handlers;
    this.#handlers = undefined;
    queueMicrotask(() => handlers?.onClosed(reason));
  }
}
