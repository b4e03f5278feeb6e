import { describe, expect, it } from 'vitest';
import { parseVoiceRequest, readStreamParameters, streamParameters } from '../../../src/twilio/voice-request.js';

const FIELDS = {
  CallSid: 'CA00000000000000000000000000000001',
  AccountSid: 'AC00000000000000000000000000000001',
  ApiVersion: '2010-04-01',
  CallStatus: 'ringing',
  Direction: 'inbound',
  From: '+15005550006',
  To: '+15005550001',
  Caller: '+15005550006',
  Called: '+15005550001',
  CallerCity: 'PORTLAND',
  FromCity: 'PORTLAND',
  CallToken: 'opaque',
};

describe('the fields of the voice webhook', () => {
  it('become a request, without what Twilio keeps for itself or says twice', () => {
    expect(parseVoiceRequest(FIELDS)).toEqual({
      callSid: FIELDS.CallSid,
      accountSid: FIELDS.AccountSid,
      from: '+15005550006',
      to: '+15005550001',
      direction: 'inbound',
      sipHeaders: {},
      parameters: { FromCity: 'PORTLAND' },
    });
  });

  it('give the headers of a SIP call without their prefix, and what a client adds as parameters', () => {
    const request = parseVoiceRequest({
      ...FIELDS,
      From: 'sip:alice@pbx.example.test',
      SipDomain: 'liveline.sip.example.test',
      SipCallId: 'x@y',
      'SipHeader_X-Ticket': '7',
      tenant: 'north',
    });
    expect(request).toMatchObject({
      from: 'sip:alice@pbx.example.test',
      sipHeaders: { 'X-Ticket': '7' },
      parameters: { FromCity: 'PORTLAND', tenant: 'north' },
    });
    expect(Object.keys(request.parameters)).toEqual(['FromCity', 'tenant']);
  });

  it.each(['outbound-api', 'outbound-dial'])('call the direction %s outbound', (Direction) => {
    expect(parseVoiceRequest({ ...FIELDS, Direction }).direction).toBe('outbound');
  });

  it('leave out what a withheld number leaves out', () => {
    const { CallSid, AccountSid } = FIELDS;
    expect(parseVoiceRequest({ CallSid, AccountSid })).toMatchObject({ from: '', to: '', direction: 'inbound' });
  });

  it.each([
    [{ CallSid: 'CA1' }, 'AccountSid'],
    [{ AccountSid: 'AC1', CallSid: '' }, 'CallSid'],
    [{ AccountSid: 'AC1', CallSid: ['CA1', 'CA2'] }, 'CallSid'],
    [{}, 'CallSid, AccountSid'],
  ])('%j is refused, with the names of the missing ones', (fields, names) => {
    expect(() => parseVoiceRequest(fields)).toThrow(
      expect.objectContaining({
        name: 'WebhookError',
        code: 'FIELDS_MISSING',
        httpStatus: 400,
        detail: `missing form fields: ${names}`,
      }),
    );
  });
});

describe('the parameters of a stream', () => {
  const request = parseVoiceRequest({ ...FIELDS, 'SipHeader_X-Ticket': '7', agent: 'mine', token: 'mine', sip_x: '1' });

  it('bring the whole call to the stream', () => {
    const { callSid, accountSid } = request;
    const customParameters = streamParameters(request, 'desk');
    expect(readStreamParameters({ callSid, accountSid, customParameters })).toEqual({ ...request, agent: 'desk' });
  });

  it('keep what the caller sent apart from what the bridge says', () => {
    const parameters = streamParameters(request, 'desk');
    expect(parameters['agent']).toBe('desk');
    expect(parameters).not.toHaveProperty('token');
    expect(parameters).toMatchObject({ parameter_agent: 'mine', parameter_token: 'mine', parameter_sip_x: '1' });
  });

  it('stay below 500 characters each and few enough for TwiML', () => {
    const long = parseVoiceRequest({
      ...FIELDS,
      From: `sip:${'a'.repeat(600)}@x`,
      'SipHeader_X-Long': 'b'.repeat(600),
      'SipHeader_X-Fits': 'c'.repeat(480),
      ...Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`p${index}`, 'd'.repeat(470)])),
    });
    const parameters = streamParameters(long, 'desk');
    for (const [name, value] of Object.entries(parameters)) expect(name.length + value.length).toBeLessThan(500);
    expect(parameters['from']).toMatch(/^sip:a{300,}$/);
    expect(parameters).not.toHaveProperty('sip_X-Long');
    expect(parameters).toHaveProperty('sip_X-Fits');
    expect(Object.keys(parameters).length).toBeLessThan(50);
  });

  it('hold nothing that XML would change or leave out', () => {
    const odd = parseVoiceRequest({
      ...FIELDS,
      To: '',
      a: 'one\n\ttwo\u0000\uD800\uFFFE ',
      'b c': 'x',
      d: ' ',
      e: 'ä&<">é😀',
    });
    const parameters = streamParameters(odd, 'desk');
    expect(parameters).toMatchObject({ parameter_a: 'one two', parameter_e: 'ä&<">é😀' });
    expect(Object.keys(parameters)).not.toEqual(expect.arrayContaining(['to']));
    expect(Object.keys(parameters)).not.toEqual(expect.arrayContaining(['parameter_b c']));
    expect(Object.keys(parameters)).not.toEqual(expect.arrayContaining(['parameter_d']));
  });

  it('without an agent are no call', () => {
    expect(
      readStreamParameters({ callSid: 'CA1', accountSid: 'AC1', customParameters: { from: '+1' } }),
    ).toBeUndefined();
  });
});

describe('a call that we make', () => {
  it('is known to its stream by our own name, and by what its agent is to do', () => {
    const request = { ...parseVoiceRequest({ ...FIELDS, Direction: 'outbound-api' }), parameters: { name: 'Ada' } };
    for (const leavesMessage of [true, false]) {
      const outbound = { id: 'OB1', leavesMessage };
      const customParameters = streamParameters({ ...request, outbound }, 'reminder');
      const start = readStreamParameters({ callSid: 'CA1', accountSid: 'AC1', customParameters });
      expect(start).toMatchObject({ direction: 'outbound', outbound, parameters: { name: 'Ada' } });
    }
    const customParameters = streamParameters(request, 'reminder');
    const start = readStreamParameters({ callSid: 'CA1', accountSid: 'AC1', customParameters });
    expect(start).not.toHaveProperty('outbound');
  });
});

describe('a call that comes back', () => {
  it.each(['', 'short', 'h'.repeat(1_001)])('brings what takes its session up, however long: %j', (handle) => {
    const returned = {
      from: 'sales',
      why: 'busy',
      spentMs: 65_000,
      beganWallMs: 1_700_000_000_000,
      ...(handle !== '' && { handle }),
    };
    const request = { ...parseVoiceRequest(FIELDS), serverUrl: 'https://host.test', returned };
    const customParameters = streamParameters(request, 'desk');
    for (const [name, value] of Object.entries(customParameters)) expect(name.length + value.length).toBeLessThan(500);
    const start = readStreamParameters({ callSid: 'CA1', accountSid: 'AC1', customParameters });
    expect(start).toMatchObject({ serverUrl: 'https://host.test', returned });
  });
});
