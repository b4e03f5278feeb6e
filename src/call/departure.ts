import type { CallEndReason, CarrierPart } from './ports.js';

/** What a call knows of the carrier taking it away while it goes on: why that is expected, and whether it is over. */
export class Departure {
  readonly #ended = new AbortController();
  #reason: CallEndReason | undefined;

  /** Why the carrier was asked to take the call away, if it was. */
  get reason(): CallEndReason | undefined {
    return this.#reason;
  }

  expect(reason: CallEndReason | undefined): void {
    this.#reason = reason;
  }

  /** The call has ended here. */
  ended(): void {
    this.#ended.abort();
  }

  /**
   * @param telephone that of the agent that has the call now
   * @param handle what the model's session can be taken up by now
   */
  carrierPart(telephone: CarrierPart['telephone'], handle: () => string | undefined): CarrierPart {
    const expectMove = (reason: CallEndReason | undefined): void => this.expect(reason);
    return { telephone, seat: { expectMove, handle, ended: this.#ended.signal } };
  }
}
