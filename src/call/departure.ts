import type { TransferOutcome } from '../tools/tool.js';
import type { CallInput } from './machine.js';
import type { CallEndReason, CarrierPart, Telephone, TelephoneSeat } from './ports.js';

/** What a call knows of the carrier taking it away while it goes on: why that is expected, and whether it has happened. */
export class Departure {
  readonly #ended = new AbortController();
  /** Somebody is being asked to take the caller. */
  readonly #transfers = new Set<Promise<TransferOutcome>>();
  #expected: CallEndReason | undefined;
  #unsure = false;

  expect(reason: CallEndReason | undefined): void {
    this.#expected = reason;
  }

  /** What is known of why the stream is over, at that moment. */
  get known(): Pick<CallInput & { type: 'caller-closed' }, 'expected' | 'unsure'> {
    if (this.#expected !== undefined) return { expected: this.#expected };
    return this.#transfers.size > 0 ? { unsure: true } : {};
  }

  /**
   * The caller speaks with nobody here any more.
   * @param unsure it is not known where they are: see `find`
   */
  ended({ unsure }: { unsure: boolean }): void {
    this.#unsure = unsure;
    this.#ended.abort();
  }

  /**
   * Whether one of those who were being asked has taken the caller, as soon as that is known. Call after `ended`: it is
   * what they find out then. Never rejects; whoever calls this bounds it.
   */
  async find(): Promise<{ taken?: CallEndReason }> {
    const outcomes = await Promise.allSettled(this.#transfers);
    const isMoved = outcomes.some((outcome) => outcome.status === 'fulfilled' && outcome.value === 'moved');
    return isMoved ? { taken: 'transferred' } : {};
  }

  /**
   * @param telephone that of the agent that has the call now
   * @param conversation what is to be known of it now
   */
  carrierPart(telephone: CarrierPart['telephone'], conversation: TelephoneSeat['conversation']): CarrierPart {
    return {
      telephone: () => {
        const line = telephone();
        return line && { ...line, transfer: (...request) => this.#watch(line.transfer(...request)) };
      },
      seat: {
        expectMove: (reason) => this.expect(reason),
        conversation,
        ended: this.#ended.signal,
        isUnsure: () => this.#unsure,
      },
    };
  }

  #watch(transfer: ReturnType<Telephone['transfer']>): ReturnType<Telephone['transfer']> {
    this.#transfers.add(transfer);
    const forget = () => this.#transfers.delete(transfer);
    transfer.then(forget, forget);
    return transfer;
  }
}
