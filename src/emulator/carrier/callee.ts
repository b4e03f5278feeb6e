import type { PhoneCall } from '../phone/phone-call.js';
import type { PhoneLeg } from '../phone/phone-leg.js';

/** What becomes of a call to a number. */
export interface CalleeBehaviour {
  /** Default `answers`. */
  does?: 'answers' | 'is-busy' | 'does-not-answer' | 'fails';
  /** How long it rings before that, at most as long as whoever calls has patience. Default 20. */
  ringMs?: number;
  /** It is an answering machine: says this (s16, 8 kHz), beeps, and listens. */
  machine?: { greeting: Int16Array; beep?: boolean };
}

/** A telephone that can be called, and the calls that it got. */
export class Callee {
  readonly behaviour: CalleeBehaviour;
  readonly #calls: PhoneLeg[] = [];
  #taken = 0;
  #waiting: ((call: PhoneCall) => void)[] = [];

  constructor(behaviour: CalleeBehaviour) {
    this.behaviour = behaviour;
  }

  /** Calls that have rung it, oldest first. */
  get calls(): readonly PhoneCall[] {
    return this.#calls;
  }

  /** The next call that rings it, or has rung and was not asked for; each is given once. */
  nextCall(): Promise<PhoneCall> {
    const call = this.#calls[this.#taken];
    this.#taken += 1;
    return call ? Promise.resolve(call) : new Promise((resolve) => this.#waiting.push(resolve));
  }

  rings(call: PhoneLeg): void {
    this.#calls.push(call);
    this.#waiting.shift()?.(call);
  }
}

const BEEP_HZ = 1000;
const BEEP_MS = 400;
const SAMPLES_PER_MS = 8;

/** The tone behind which a machine records: s16 samples, 8 kHz. */
export function beep(): Int16Array {
  return Int16Array.from({ length: BEEP_MS * SAMPLES_PER_MS }, (_, index) =>
    Math.round(9000 * Math.sin((2 * Math.PI * BEEP_HZ * index) / (1000 * SAMPLES_PER_MS))),
  );
}
