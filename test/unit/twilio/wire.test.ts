import { describe, expect, it } from 'vitest';
import {
  clearFrame,
  markFrame,
  mediaFrame,
  messageToTwilioSchema,
  parseTwilioMessage,
} from '../../../src/twilio/wire.js';

const SID = 'MZ0000000000000000000000000000000a';

describe('messages from Twilio', () => {
  it('reads a start with its parameters', () => {
    const text = JSON.stringify({
      event: 'start',
      sequenceNumber: '1',
      streamSid: SID,
      start: {
        accountSid: 'AC1',
        callSid: 'CA1',
        streamSid: SID,
        tracks: ['inbound'],
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
        customParameters: { agent: 'desk' },
      },
    });
    expect(parseTwilioMessage(Buffer.from(text))).toEqual({
      event: 'start',
      streamSid: SID,
      start: {
        accountSid: 'AC1',
        callSid: 'CA1',
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
        customParameters: { agent: 'desk' },
      },
    });
  });

  it('takes a start without parameters and format, and numbers written as strings', () => {
    const ids = { accountSid: 'AC1', callSid: 'CA1' };
    const mediaFormat = { encoding: 'audio/x-mulaw', sampleRate: '8000', channels: '1' };
    const [bare, inStrings] = [ids, { ...ids, mediaFormat }].map((start) =>
      parseTwilioMessage(Buffer.from(JSON.stringify({ event: 'start', streamSid: SID, start }))),
    );
    expect(bare).toEqual(inStrings);
  });

  it.each([
    ['{"event":"connected","protocol":"Call","version":"1.0.0"}', { event: 'connected' }],
    [`{"event":"dtmf","streamSid":"${SID}","dtmf":{"track":"inbound_track","digit":"#"}}`, { dtmf: { digit: '#' } }],
    [`{"event":"mark","streamSid":"${SID}","mark":{"name":"g1:200"}}`, { mark: { name: 'g1:200' } }],
    [`{"event":"stop","streamSid":"${SID}","stop":{"callSid":"CA1"}}`, { event: 'stop', streamSid: SID }],
    [
      `{"event":"media","streamSid":"${SID}","media":{"timestamp":40,"payload":"/38="}}`,
      { media: { track: 'inbound', timestamp: 40, payload: Buffer.from([0xff, 0x7f]) } },
    ],
    [
      `{"event":"media","streamSid":"${SID}","media":{"timestamp":"40","payload":"\\/38="}}`,
      { media: { timestamp: 40, payload: Buffer.from([0xff, 0x7f]) } },
    ],
  ])('reads %s', (text, expected) => {
    expect(parseTwilioMessage(Buffer.from(text))).toMatchObject(expected);
  });

  it.each([
    ['{', 'not-json'],
    ['', 'not-json'],
    ['null', 'not-an-object'],
    ['"start"', 'not-an-object'],
    ['[]', 'unknown-event'],
    ['{}', 'unknown-event'],
    ['{"event":"toString"}', 'unknown-event'],
    ['{"event":7}', 'unknown-event'],
    ['{"event":"start"}', 'malformed-start'],
    [`{"event":"start","streamSid":"${SID}","start":{"callSid":"CA1"}}`, 'malformed-start'],
    [`{"event":"start","streamSid":"a\\"b","start":{"callSid":"CA1","accountSid":"AC1"}}`, 'malformed-start'],
    [`{"event":"media","streamSid":"${SID}","media":{"timestamp":"5"}}`, 'malformed-media'],
    [`{"event":"media","streamSid":"${SID}","media":{"timestamp":"-5","payload":"/w=="}}`, 'malformed-media'],
    [`{"event":"media","streamSid":"${SID}","media":{"timestamp":"5","payload":"a"}}`, 'malformed-media'],
    [`{"event":"media","streamSid":"${SID}","media":{"timestamp":"5","payload":"////!///"}}`, 'malformed-media'],
    [`{"event":"media","streamSid":"${SID}","media":{"timestamp":"5","payload":"//=//w=="}}`, 'malformed-media'],
    [`{"event":"dtmf","streamSid":"${SID}","dtmf":{"digit":"12"}}`, 'malformed-dtmf'],
    [`{"event":"mark","streamSid":"${SID}","mark":{}}`, 'malformed-mark'],
    ['{"event":"stop"}', 'malformed-stop'],
  ])('refuses %s as %s', (text, kind) => {
    expect(() => parseTwilioMessage(Buffer.from(text))).toThrow(
      expect.objectContaining({ name: 'ProtocolError', peer: 'caller', code: 'CALLER_PROTOCOL', detail: kind }),
    );
  });

  it('says nothing of what a refused message held', () => {
    const secret = '+15005550006';
    expect(() => parseTwilioMessage(Buffer.from(`{"event":"${secret}"}`))).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining(secret) }),
    );
  });
});

describe('messages to Twilio', () => {
  it.each([
    [mediaFrame(SID, '/38='), { event: 'media', streamSid: SID, media: { payload: '/38=' } }],
    [markFrame(SID, 'g1:200'), { event: 'mark', streamSid: SID, mark: { name: 'g1:200' } }],
    [markFrame(SID, 'a"b\\c\n'), { event: 'mark', streamSid: SID, mark: { name: 'a"b\\c\n' } }],
    [clearFrame(SID), { event: 'clear', streamSid: SID }],
  ])('%s is what Twilio takes', (frame, expected) => {
    expect(messageToTwilioSchema.parse(JSON.parse(frame))).toEqual(expected);
  });

  it.each([
    ['an extra field', { event: 'clear', streamSid: SID, sequenceNumber: '1' }],
    ['an extra inner field', { event: 'media', streamSid: SID, media: { payload: '/w==', track: 'outbound' } }],
    ['snake case', { event: 'clear', stream_sid: SID }],
    ['a mark without a name', { event: 'mark', streamSid: SID, mark: {} }],
    ['a payload that is not base64', { event: 'media', streamSid: SID, media: { payload: '***' } }],
    ['an empty payload', { event: 'media', streamSid: SID, media: { payload: '' } }],
  ])('the schema refuses %s, as Twilio does', (_, message) => {
    expect(messageToTwilioSchema.safeParse(message).success).toBe(false);
  });
});
