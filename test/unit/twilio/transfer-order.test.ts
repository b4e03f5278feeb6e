import { describe, expect, it } from 'vitest';
import {
  createTransferSeal,
  fittedOrder,
  transferUrls,
  type TransferOrder,
} from '../../../src/twilio/transfer-order.js';
import { dialTwiml } from '../../../src/twilio/transfer-twiml.js';

const ORDER: TransferOrder = {
  ...{ id: 'abcdefghijkl', agent: 'reception', to: 'sales', callSid: `CA${'0'.repeat(32)}` },
  ...{ spentMs: 1_800_000, beganWallMs: 1_700_000_000_000 },
};
const seal = createTransferSeal(['secret']);

/** What Twilio would be given by REST, with a long address at both ends. */
function twimlOf(order: TransferOrder): string {
  const { after } = transferUrls(`https://${'h'.repeat(200)}.test`, seal.seal(order));
  const to = `sip:${'s'.repeat(250)}@example.com`;
  return dialTwiml({ to, callerId: '+15550004444', ringTimeoutS: 25, actionUrl: after });
}

describe('the order of a transfer', () => {
  it('has all that came, where there is room', () => {
    const whole = { ...ORDER, handle: 'h'.repeat(1_000), parameters: { tenant: 'north' }, sipHeaders: { 'X-Id': '7' } };
    expect(fittedOrder(whole)).toEqual(whole);
    expect(seal.open(seal.seal(whole))).toEqual(whole);
  });

  it('leaves out what does not fit, each by itself, and the session last', () => {
    const large = 'p'.repeat(1_500);
    const parameters = { large, tenant: 'north' };
    const sipHeaders = { 'X-Large': large, 'X-Id': '7' };
    const handle = 'h'.repeat(1_000);
    expect(fittedOrder({ ...ORDER, sipHeaders, parameters, handle })).toEqual({
      ...ORDER,
      handle,
      parameters: { tenant: 'north' },
      sipHeaders: { 'X-Id': '7' },
    });
    const tooLong = 'h'.repeat(2_200);
    expect(fittedOrder({ ...ORDER, parameters, handle: tooLong })).toEqual({ ...ORDER, parameters });
  });

  it.each(['h', 'ü', '語', '"', '\u2028'])('is never more than Twilio takes, of whatever it is made: %j', (text) => {
    const parameters = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`p${index}`, text.repeat(90)]));
    const twiml = twimlOf(fittedOrder({ ...ORDER, handle: 'h'.repeat(600), parameters, sipHeaders: parameters }));
    expect(twiml.length).toBeLessThanOrEqual(4_000);
    expect(twiml.length).toBeGreaterThan(3_000);
  });
});
