import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createStreamTokens, TOKEN_PARAMETER } from '../../../src/twilio/stream-token.js';
import { parseVoiceRequest, readStreamParameters, streamParameters } from '../../../src/twilio/voice-request.js';
import { connectTwiml } from '../../../src/twilio/voice-twiml.js';
import { ManualClock } from '../../support/manual-clock.js';

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** An attribute's value as an XML 1.0 processor gives it: white space folded first (§3.3.3), then references resolved. */
function attributeValue(raw: string): string {
  return raw
    .replace(/[\t\r\n]/g, ' ')
    .replace(/&#x([0-9a-f]+);/gi, (_, hex: string) => String.fromCodePoint(parseInt(hex, 16)))
    .replace(/&(\w+);/g, (_, name: string) => ENTITIES[name]!);
}

function customParameters(twiml: string): Record<string, string> {
  const found = twiml.matchAll(/<Parameter name="([^"]*)" value="([^"]*)"\/>/g);
  return Object.fromEntries([...found].map(([, name, value]) => [attributeValue(name!), attributeValue(value!)]));
}

describe('a token on its way through TwiML', () => {
  it('is accepted with whatever the carrier made of the call', () => {
    const text = fc.string({ unit: 'binary', maxLength: 600 });
    const fields = fc.dictionary(fc.oneof(text, fc.stringMatching(/^(SipHeader_)?[\w.-]{1,20}$/)), text, {
      maxKeys: 8,
    });
    fc.assert(
      fc.property(fields, text, text, (extra, From, To) => {
        const tokens = createStreamTokens({ secrets: ['s'], clock: new ManualClock() });
        const request = parseVoiceRequest({ ...extra, From, To, CallSid: 'CA1', AccountSid: 'AC1' });
        const call = { callSid: request.callSid, accountSid: request.accountSid };
        const parameters = streamParameters(request, 'desk');
        const token = tokens.issue({ ...call, parameters });
        const twiml = connectTwiml({
          streamUrl: 'wss://h/m',
          actionUrl: 'https://h/a',
          parameters: { ...parameters, [TOKEN_PARAMETER]: token },
        });

        const { [TOKEN_PARAMETER]: arrived, ...rest } = customParameters(twiml);

        expect(rest).toEqual(parameters);
        expect(tokens.redeem(arrived, { ...call, parameters: rest })).toBe('accepted');
        expect(readStreamParameters({ ...call, customParameters: rest })?.agent).toBe('desk');
      }),
      { numRuns: 500 },
    );
  });
});
