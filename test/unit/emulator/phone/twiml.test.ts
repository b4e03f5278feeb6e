import VoiceResponse from 'twilio/lib/twiml/VoiceResponse.js';
import { describe, expect, it } from 'vitest';
import { parseTwiml } from '../../../../src/emulator/phone/twiml.js';

describe('parseTwiml', () => {
  it('reads what the builder of Twilio writes, unescaped', () => {
    const response = new VoiceResponse();
    const connect = response.connect({ action: 'https://bridge.test/after?a=1&b="2"' });
    const stream = connect.stream({ url: 'wss://bridge.test/media', statusCallback: '/status' });
    stream.parameter({ name: 'token', value: 'a<b>&"c"\n\'d\' é' });
    stream.parameter({ name: 'agent', value: 'reception' });
    response.say({ language: 'en-US' }, 'Salt & <pepper>');
    response.play('https://bridge.test/tone.wav');
    response.pause({ length: 2 });
    response.redirect({ method: 'GET' }, '/next?x=1&y=2');
    response
      .dial({ answerOnBridge: true, timeout: 9, callerId: '+12025550100', action: '/after' })
      .number({ url: '/whisper' }, '+12025550111');
    response.dial('+12025550112');
    response.dial().conference({ startConferenceOnEnter: false, endConferenceOnExit: true }, 'room');
    response.gather({ numDigits: 1, timeout: 9, action: '/keys' }).say('Press 1.');
    response.reject();
    response.hangup();
    expect(parseTwiml(response.toString())).toEqual([
      {
        verb: 'Connect',
        action: 'https://bridge.test/after?a=1&b="2"',
        method: 'POST',
        stream: {
          url: 'wss://bridge.test/media',
          statusCallback: '/status',
          statusCallbackMethod: 'POST',
          parameters: { token: 'a<b>&"c"\n\'d\' é', agent: 'reception' },
        },
      },
      { verb: 'Say', text: 'Salt & <pepper>' },
      { verb: 'Play', url: 'https://bridge.test/tone.wav' },
      { verb: 'Pause', lengthS: 2 },
      { verb: 'Redirect', url: '/next?x=1&y=2', method: 'GET' },
      {
        verb: 'Dial',
        target: { kind: 'number', address: '+12025550111', url: '/whisper', method: 'POST' },
        action: '/after',
        method: 'POST',
        timeoutS: 9,
        callerId: '+12025550100',
        answerOnBridge: true,
      },
      {
        verb: 'Dial',
        target: { kind: 'number', address: '+12025550112', method: 'POST' },
        method: 'POST',
        timeoutS: 30,
        answerOnBridge: false,
      },
      {
        verb: 'Dial',
        target: { kind: 'conference', name: 'room', startOnEnter: false, endOnExit: true },
        method: 'POST',
        timeoutS: 30,
        answerOnBridge: false,
      },
      {
        verb: 'Gather',
        prompts: [{ verb: 'Say', text: 'Press 1.' }],
        numDigits: 1,
        finishOnKey: '#',
        timeoutS: 9,
        action: '/keys',
        method: 'POST',
        actionOnEmptyResult: false,
      },
      { verb: 'Reject', reason: 'rejected' },
      { verb: 'Hangup' },
    ]);
  });

  it('reads comments, CDATA and numeric entities', () => {
    const source = '<Response><!-- <Say>no</Say> --><Say>a<![CDATA[ & <b>]]> &#65;&#x1F600;</Say></Response>';
    expect(parseTwiml(source)).toEqual([{ verb: 'Say', text: 'a & <b> A😀' }]);
  });

  it('reads an empty response as nothing to do', () => {
    expect(parseTwiml('<Response/>')).toEqual([]);
  });

  it.each([
    ['a leading space', ' <Response/>', '12100'],
    ['an element that is not closed', '<Response><Say>', '12100'],
    ['an element closed by another', '<Response><Say></Play></Response>', '12100'],
    ['a bare ampersand', '<Response><Say>a & b</Say></Response>', '12100'],
    ['a bare ampersand in a url', '<Response><Redirect>/a?b=1&c=2</Redirect></Response>', '12100'],
    ['an attribute without quotes', '<Response><Pause length=1/></Response>', '12100'],
    ['an attribute given twice', '<Response><Pause length="1" length="2"/></Response>', '12100'],
    ['two roots', '<Response/><Response/>', '12100'],
    ['more closed than opened', '<Response></Response></Response>', '12100'],
    ['text beside the root', '<Response/>tail', '12100'],
    ['another root', '<response/>', '12200'],
    ['an unknown verb', '<Response><hangup/></Response>', '12200'],
    ['a connect without a stream', '<Response><Connect/></Response>', '12200'],
    ['a stream without a url', '<Response><Connect><Stream/></Connect></Response>', '12200'],
    [
      'a stray child of a stream',
      '<Response><Connect><Stream url="wss://a.test"><Say/></Stream></Connect></Response>',
      '12200',
    ],
    [
      'a parameter without a value',
      '<Response><Connect><Stream url="wss://a.test"><Parameter name="a"/></Stream></Connect></Response>',
      '12200',
    ],
    [
      'a parameter that is too long',
      `<Response><Connect><Stream url="wss://a.test"><Parameter name="a" value="${'v'.repeat(499)}"/></Stream></Connect></Response>`,
      '12200',
    ],
    ['an unknown method', '<Response><Redirect method="PUT">/a</Redirect></Response>', '12200'],
    ['a dial to two at once', '<Response><Dial><Number>1</Number><Number>2</Number></Dial></Response>', '12200'],
    ['a dial to what is no noun', '<Response><Dial><Client>a</Client></Dial></Response>', '12200'],
    ['a gather around a dial', '<Response><Gather><Dial>1</Dial></Gather></Response>', '12200'],
    ['a pause that is no number', '<Response><Pause length="soon"/></Response>', '12200'],
    ['a document over 64 KB', `<Response><Say>${'a'.repeat(65_536)}</Say></Response>`, '11750'],
  ])('refuses %s', (_, source, code) => {
    expect(() => parseTwiml(source)).toThrow(code);
  });
});
