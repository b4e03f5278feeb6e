import { describe, expect, it } from 'vitest';
import { connectTwiml, fallbackTwiml, hangupTwiml } from '../../../src/twilio/voice-twiml.js';

const XML = '<?xml version="1.0" encoding="UTF-8"?>';

describe('TwiML', () => {
  it('connects the call to the stream', () => {
    const twiml = connectTwiml({
      streamUrl: 'wss://voice.example.test/twilio/media',
      actionUrl: 'https://voice.example.test/twilio/after-stream?agent=desk&x=1',
      statusCallbackUrl: 'https://voice.example.test/twilio/stream-status',
      parameters: { agent: 'desk', parameter_note: '<"&' },
    });
    expect(twiml).toBe(
      `${XML}<Response><Connect action="https://voice.example.test/twilio/after-stream?agent=desk&amp;x=1">` +
        '<Stream url="wss://voice.example.test/twilio/media" statusCallback="https://voice.example.test/twilio/stream-status">' +
        '<Parameter name="agent" value="desk"/><Parameter name="parameter_note" value="&lt;&quot;&amp;"/>' +
        '</Stream></Connect></Response>',
    );
  });

  it('has no status callback unless asked for', () => {
    const twiml = connectTwiml({ streamUrl: 'wss://h/m', actionUrl: 'https://h/a', parameters: {} });
    expect(twiml).toBe(`${XML}<Response><Connect action="https://h/a"><Stream url="wss://h/m"/></Connect></Response>`);
  });

  it('says the fallback in its language and hangs up', () => {
    expect(fallbackTwiml({ say: 'Gerade geht es nicht & tut uns leid.', language: 'de-DE' })).toBe(
      `${XML}<Response><Say language="de-DE">Gerade geht es nicht &amp; tut uns leid.</Say><Hangup/></Response>`,
    );
  });

  it.each([
    ['+15550003333', '<Number>+15550003333</Number>'],
    ['sip:nurse@example.com', '<Sip>sip:nurse@example.com</Sip>'],
    ['SIPS:nurse@example.com', '<Sip>SIPS:nurse@example.com</Sip>'],
  ])('puts the caller through to %s before it hangs up', (transfer, noun) => {
    expect(fallbackTwiml({ say: 'One moment.', transfer })).toBe(
      `${XML}<Response><Say>One moment.</Say><Dial answerOnBridge="true">${noun}</Dial><Hangup/></Response>`,
    );
  });

  it('says something even without a fallback', () => {
    expect(fallbackTwiml(undefined)).toMatch(/<Say language="en-US">[^<]{20,}<\/Say><Hangup\/><\/Response>$/);
  });

  it('hangs up', () => {
    expect(hangupTwiml()).toBe(`${XML}<Response><Hangup/></Response>`);
  });
});
