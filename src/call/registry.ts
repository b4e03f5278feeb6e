import { CallError } from '../errors.js';
import type { Call } from './call.js';
import type { CallOutcome, CallPast } from './ports.js';

/** Outcomes are asked for by the carrier right after a call's end; this many are remembered. */
const MAX_OUTCOMES = 1_000;

/** The calls of this instance: how many there may be, which there are, and how the last ones ended. */
export class CallRegistry {
  readonly #maxCalls: number;
  readonly #calls = new Set<Call>();
  readonly #outcomes = new Map<string, CallOutcome>();
  #draining = false;
  #onEmpty: (() => void) | undefined;

  constructor(maxCalls: number) {
    this.#maxCalls = maxCalls;
  }

  get size(): number {
    return this.#calls.size;
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** Whether one more call may begin here. */
  get hasRoom(): boolean {
    return !this.#draining && this.#calls.size < this.#maxCalls;
  }

  calls(): readonly Call[] {
    return [...this.#calls];
  }

  /**
   * @throws CallError CALL_NOT_FOUND
   */
  get(callSid: string): Call {
    const call = this.find(callSid);
    if (!call) throw new CallError('CALL_NOT_FOUND', 'no such call is running on this instance', { callSid });
    return call;
  }

  find(callSid: string): Call | undefined {
    for (const call of this.#calls) if (call.callSid === callSid) return call;
    return undefined;
  }

  /** The call that somebody is on: the one on this number of ours, if they are on several. */
  findByAddress(other: string, own: string): Call | undefined {
    const theirs = this.calls().filter((call) => call.isTalking && call.addresses.other === other);
    return theirs.find((call) => call.addresses.own === own) ?? theirs.at(-1);
  }

  /** Holds the call until it has ended and both its connections are gone. */
  add(call: Call): void {
    this.#calls.add(call);
    void call.finished.then(() => {
      this.#calls.delete(call);
      if (this.#calls.size === 0) this.#onEmpty?.();
    });
  }

  /** Remembers how a call ended, for the carrier's question that follows. */
  rememberOutcome(callSid: string, outcome: CallOutcome): void {
    this.#outcomes.set(callSid, outcome);
    if (this.#outcomes.size <= MAX_OUTCOMES) return;
    for (const oldest of this.#outcomes.keys()) {
      this.#outcomes.delete(oldest);
      break;
    }
  }

  /** What is known of a call that was put through and comes back; given once. */
  takePast(callSid: string): CallPast | undefined {
    const outcome = this.#outcomes.get(callSid);
    const past = outcome?.past;
    delete outcome?.past;
    return past;
  }

  outcome(callSid: string): CallOutcome | undefined {
    return this.#outcomes.get(callSid);
  }

  /** No new calls from here on. Resolves when the last running one is gone. */
  async drain(): Promise<void> {
    this.#draining = true;
    if (this.#calls.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
  }
}
