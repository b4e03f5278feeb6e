import { expect, onTestFinished } from 'vitest';
import { createSystemClock } from '../../src/clock.js';
import { startCarrier, type Carrier } from '../../src/emulator/carrier/carrier.js';
import type { CarrierOptions } from '../../src/emulator/carrier/network.js';
import { AUTH_TOKEN } from './liveline.js';

export const ACCOUNT_SID = 'AC0000000000000000000000000000000a';

/** A carrier for one test; when that is over, nothing may be left of it. */
export async function startTestCarrier(options: Partial<CarrierOptions> = {}): Promise<Carrier> {
  const clock = createSystemClock();
  const carrier = await startCarrier({ accountSid: ACCOUNT_SID, authToken: AUTH_TOKEN, clock, ...options });
  onTestFinished(async () => {
    await carrier[Symbol.asyncDispose]();
    expect(clock.pendingTimers).toBe(0);
  });
  return carrier;
}
