import type { CallOptions } from '../call/call.js';
import type { LivelineError } from '../errors.js';
import { createTelephone } from './telephone.js';
import { Outbound, type OutboundOptions } from './outbound.js';
import { carrierRecording, unpausableEntries } from './carrier-recording.js';
import { Transfers } from './transfers.js';
import type { TransferSeal } from '../twilio/transfer-order.js';

/** What Twilio's REST API does beside the streams. Disposing waits for what is under way. */
export interface CarrierDesk extends AsyncDisposable {
  /** Calls that we make; without credentials none. */
  outbound: Outbound;
  /** Absent without credentials. */
  transfers: Transfers | undefined;
  /** What calls have of it; without credentials no telephone. */
  ofCalls: Pick<CallOptions, 'telephoneOf' | 'recordingOf'>;
}

/** @param options.hasCarrier calls of a carrier are answered, not those of this machine alone */
export function createCarrierDesk(
  options: OutboundOptions & { transferSeal: TransferSeal; hasCarrier: boolean },
): CarrierDesk {
  const { rest, clock, calls, log, runtimes, transferSeal: seal, hasCarrier } = options;
  if (hasCarrier && !rest) unpausableEntries(runtimes.configs).forEach((warning) => log.warn(warning));
  const outbound = new Outbound(options);
  const findAgent = (name: string) => runtimes.config({ name });
  const onFailed = ({ callSid, detail }: LivelineError) => log.warn({ callSid }, detail);
  const transfers = rest && new Transfers({ rest, seal, clock, calls, findAgent });
  return {
    outbound,
    transfers,
    ofCalls: {
      recordingOf: (start) => carrierRecording({ rest, hasCarrier, onFailed }, start),
      ...(rest && transfers && { telephoneOf: (start) => createTelephone({ rest, transfers, findAgent }, start) }),
    },
    [Symbol.asyncDispose]: async () => await transfers?.stop(),
  };
}
