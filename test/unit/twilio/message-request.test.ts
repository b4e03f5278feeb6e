import { describe, expect, it } from 'vitest';
import { parseMessageRequest } from '../../../src/twilio/message-request.js';

const FIELDS = { MessageSid: 'MM1', AccountSid: 'AC1', From: '+15550001111', To: '+15550002222', Body: ' Hello ' };

describe('the fields of the messaging webhook', () => {
  it('become a message with its files', () => {
    const media = { NumMedia: '1', MediaUrl0: 'https://api.twilio.com/ME1', MediaContentType0: 'image/jpeg' };
    expect(parseMessageRequest({ ...FIELDS, ...media })).toEqual({
      messageSid: 'MM1',
      accountSid: 'AC1',
      from: '+15550001111',
      to: '+15550002222',
      text: 'Hello',
      media: [{ url: 'https://api.twilio.com/ME1', contentType: 'image/jpeg' }],
    });
  });

  it.each([
    [undefined, 0],
    ['many', 0],
    ['-1', 0],
    ['999', 10],
  ])('NumMedia %j is %j files', (NumMedia, count) => {
    expect(parseMessageRequest({ ...FIELDS, NumMedia }).media).toHaveLength(count);
  });

  it('may not lack who sent it', () => {
    expect(() => parseMessageRequest({ ...FIELDS, From: ['+1', '+2'] })).toThrow('missing form fields: From');
    expect(() => parseMessageRequest({})).toThrow('missing form fields: MessageSid, AccountSid, From');
  });
});
