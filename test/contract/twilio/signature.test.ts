import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import { describe, expect, it } from 'vitest';
import { createSignatureCheck } from '../../../src/twilio/signature.js';

const TOKEN = 'test_auth_token_0001';
const check = createSignatureCheck({ authTokens: [TOKEN] });

const FORM = {
  CallSid: 'CA00000000000000000000000000000001',
  AccountSid: 'AC00000000000000000000000000000001',
  From: '+15005550006',
  To: '+15005550001',
  CallStatus: 'ringing',
  Direction: 'inbound',
  ApiVersion: '2010-04-01',
  CallerName: '',
};
const VOICE = 'https://voice.example.test/twilio/voice';
const MEDIA = 'wss://voice.example.test/twilio/media';

describe('known signatures of webhooks', () => {
  it.each([
    { name: 'a form', url: VOICE, params: FORM, signature: 'H4FhRolzhXfAVnZqW7vl7EJijbQ=' },
    {
      name: 'a GET',
      url: `${VOICE}?CallSid=CA00000000000000000000000000000001&From=%2B15005550006`,
      params: {},
      signature: 'ArywGbcaE9we2L0gl+FEoObu+80=',
    },
    {
      name: 'a JSON body',
      url: 'https://voice.example.test/twilio/events?bodySHA256=27ebfe91a318dc07829eec267640f3751e9a3cdc12079c47803ad76b3404b82e',
      params: {},
      signature: 'qsPxBoL4Vts1XbXhd/2tbQLQflM=',
    },
  ])('$name is accepted', ({ url, params, signature }) => {
    expect(check.verifyRequest({ signature, url, params })).toBe(true);
  });

  it("Twilio's published example is accepted", () => {
    const published = createSignatureCheck({ authTokens: ['12345'] });
    const params = {
      CallSid: 'CA1234567890ABCDE',
      Caller: '+14158675310',
      Digits: '1234',
      From: '+14158675310',
      To: '+18005551212',
    };
    const request = { url: 'https://example.com/myapp.php?foo=1&bar=2', params };
    expect(published.verifyRequest({ ...request, signature: 'L/OH5YylLD5NRKLltdqwSvS0BnU=' })).toBe(true);
  });

  it('one changed, missing or additional field is refused', () => {
    const signature = 'H4FhRolzhXfAVnZqW7vl7EJijbQ=';
    const { From, ...withoutFrom } = FORM;
    for (const params of [{ ...FORM, From: `${From}1` }, withoutFrom, { ...FORM, Extra: '1' }, {}]) {
      expect(check.verifyRequest({ signature, url: VOICE, params })).toBe(false);
    }
  });

  it('repeated fields are signed as the package signs them', () => {
    const params = { ...FORM, MediaUrl: ['b', 'a', 'b'] };
    const signature = getExpectedTwilioSignature(TOKEN, VOICE, params);
    expect(check.verifyRequest({ signature, url: VOICE, params })).toBe(true);
  });
});

describe('known signatures of upgrades', () => {
  it.each([
    ['the url as written', 'qUpipTTtqRysmZP3n0d8BtOlvLk=', true],
    ['the url with a slash', 'HUW2Vd5OZ7edlk1z2vm5+YcBMwk=', true],
    ['the url as https', 'NMv2BRaIjyDs6USG6ilg0tyGweA=', false],
  ])('a signature over %s: %s is %s', (_, signature, accepted) => {
    expect(check.verifyUpgrade({ signature, url: MEDIA })).toBe(accepted);
  });

  it.each([
    [MEDIA, MEDIA],
    [MEDIA, `${MEDIA}/`],
    [`${MEDIA}/`, MEDIA],
    [MEDIA, 'wss://voice.example.test:443/twilio/media'],
    [MEDIA, 'wss://voice.example.test:443/twilio/media/'],
    ['wss://voice.example.test:8443/twilio/media', 'wss://voice.example.test:8443/twilio/media'],
    ['wss://voice.example.test:8443/twilio/media', 'wss://voice.example.test/twilio/media'],
    ['ws://127.0.0.1:8080/twilio/media', 'ws://127.0.0.1:8080/twilio/media'],
    ['ws://127.0.0.1:8080/twilio/media', 'ws://127.0.0.1:8080/twilio/media/'],
    ['wss://[2001:db8::1]/twilio/media', 'wss://[2001:db8::1]:443/twilio/media'],
  ])('%s is accepted when %s was signed', (url, signed) => {
    expect(check.verifyUpgrade({ signature: getExpectedTwilioSignature(TOKEN, signed, {}), url })).toBe(true);
  });

  it.each([
    'https://voice.example.test/twilio/media',
    'wss://voice.example.test/twilio/medi',
    'wss://voice.example.test/twilio/media//',
    'wss://other.example.test/twilio/media',
    'wss://voice.example.test:8443/twilio/media',
    'ws://voice.example.test/twilio/media',
    'wss://voice.example.test/twilio/media?x=1',
  ])('a signature over %s is refused', (signed) => {
    const signature = getExpectedTwilioSignature(TOKEN, signed, {});
    expect(check.verifyUpgrade({ signature, url: MEDIA })).toBe(false);
  });
});

describe('tokens', () => {
  it('any of several is good during rotation, another is not', () => {
    const rotating = createSignatureCheck({ authTokens: ['newer', TOKEN] });
    expect(rotating.verifyRequest({ signature: 'H4FhRolzhXfAVnZqW7vl7EJijbQ=', url: VOICE, params: FORM })).toBe(true);
    const other = getExpectedTwilioSignature('another', VOICE, FORM);
    expect(rotating.verifyRequest({ signature: other, url: VOICE, params: FORM })).toBe(false);
  });

  it('without any nothing passes', () => {
    const none = createSignatureCheck({ authTokens: [] });
    const signature = getExpectedTwilioSignature('', MEDIA, {});
    expect(none.verifyUpgrade({ signature, url: MEDIA })).toBe(false);
  });
});

describe('wrong inputs', () => {
  it.each([undefined, '', 'x', '\u0000', 'é'.repeat(28), 'A'.repeat(10_000)])(
    'a signature %j is refused',
    (signature) => {
      expect(check.verifyRequest({ signature, url: VOICE, params: FORM })).toBe(false);
      expect(check.verifyUpgrade({ signature, url: MEDIA })).toBe(false);
    },
  );

  it.each(['', '/twilio/voice', 'https://', '::', 'wss://[', `https://${'a'.repeat(10_000)}`])(
    'a url %j does not throw',
    (url) => {
      expect(check.verifyRequest({ signature: 'H4FhRolzhXfAVnZqW7vl7EJijbQ=', url, params: {} })).toBe(false);
      expect(check.verifyUpgrade({ signature: 'qUpipTTtqRysmZP3n0d8BtOlvLk=', url })).toBe(false);
    },
  );
});
