import type { CallOptions } from '../call/call.js';
import { createTelephone } from './telephone.js';
import { Outbound, type OutboundOptions } from './outbound.js';
import { carrierRecording } from './carrier-recording.js';
import { Transfers } from './transfers.js';
import type { TransferSeal } from '../twilio/transfer-order.js';

/** What Twilio's REST API does beside the streams. Disposing waits for what is under way. */
export interface CarrierDesk extends AsyncDisposable {
  /** Calls that we make; without credentials none. */
  outbound: Outbound;
  /** Absent without credentials. */
  transfers: Transfers | undefined;
  /** What calls have of it; nothing without credentials. */
  ofCalls: Pick<CallOptions, 'telephoneOf' | 'recordingOf'>;
}

export function createCarrierDesk(options: OutboundOptions & { transferSeal: TransferSeal }): CarrierDesk {
  const { rest, clock, calls, log, runtimes, transferSeal: seal } = options;
  const outbound = new Outbound(options);
  const findAgent = (name: string) => runtimes.config({ name });
  const transfers = rest && new Transfers({ rest, seal, clock, calls, findAgent });
  return {
    outbound,
    transfers,
    ofCalls:
      !rest || !transfers
        ? {}
        : {
            telephoneOf: (start) => createTelephone({ rest, transfers, findAgent }, start),
            // The desk phone's calls, and other accounts', are not this API's.
            recordingOf: (start) =>
              start.accountSid === rest.accountSid
                ? carrierRecording(rest, start, (error) => log.warn({ callSid: start.callSid }, error.detail))
                : undefined,
          },
    [Symbol.asyncDispose]: async () => await transfers?.stop(),
  };
}
