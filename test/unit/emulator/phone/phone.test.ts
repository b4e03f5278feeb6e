import { validateRequest } from 'twilio/lib/webhooks/webhooks.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSystemClock } from '../../../../src/clock.js';
import { decodeMulaw, encodeMulaw } from '../../../../src/audio/mulaw.js';
import { placeCall, type PlaceCallOptions } from '../../../../src/emulator/phone/phone.js';
import { messageFromTwilioSchema } from '../../../../src/twilio/wire.js';
import { startScriptedBridge, type BridgeScript } from '../../../support/scripted-bridge.js';

const TOKEN = 'test_auth_token_0001';
const CONNECT =
  '<Response><Connect action="/twilio/after-stream?agent=a&amp;x=1"><Stream url="{ws}/twilio/media">' +
  '<Parameter name="token" value="t&amp;1"/></Stream></Connect></Response>';
const DOCUMENTS = { '/twilio/voice': CONNECT, '/twilio/after-stream': '<Response><Hangup/></Response>' };

function tone(ms: number, amplitude = 8000): Int16Array {
  return Int16Array.from({ length: ms * 8 }, (_, i) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * 440 * i) / 8000)),
  );
}

/** A call to a scripted bridge; when the test is over nothing may be left of it. */
async function call(script: Partial<BridgeScript> = {}, options: Partial<PlaceCallOptions> = {}) {
  const bridge = await startScriptedBridge({ documents: DOCUMENTS, ...script });
  const clock = createSystemClock();
  const phone = placeCall({ url: bridge.url, clock, ...options });
  onTestFinished(async () => {
    await phone[Symbol.asyncDispose]();
    await bridge[Symbol.asyncDispose]();
    expect(clock.pendingTimers).toBe(0);
  });
  return { bridge, phone };
}

describe('placeCall: the webhook', () => {
  it('posts the fields of an inbound call, signed as Twilio signs them', async () => {
    const { bridge, phone } = await call({}, { authToken: TOKEN, from: '+12025550107', to: '+12025550108' });
    await phone.waitFor('start');
    const [request] = bridge.requests;
    expect(request).toMatchObject({
      method: 'POST',
      path: '/twilio/voice',
      fields: {
        CallSid: phone.callSid,
        CallStatus: 'ringing',
        Direction: 'inbound',
        ApiVersion: '2010-04-01',
        From: '+12025550107',
        Caller: '+12025550107',
        To: '+12025550108',
        Called: '+12025550108',
      },
    });
    expect(request!.fields['AccountSid']).toMatch(/^AC[0-9a-f]{32}$/);
    const signature = String(request!.headers['x-twilio-signature']);
    expect(validateRequest(TOKEN, signature, `${bridge.url}/twilio/voice`, request!.fields)).toBe(true);
  });

  it('asks for an agent by its route and signs nothing without a token', async () => {
    const { bridge, phone } = await call(
      { documents: { '/twilio/voice/night%20desk': CONNECT } },
      { agent: 'night desk' },
    );
    await phone.waitFor('start');
    expect(bridge.requests[0]!.headers).not.toHaveProperty('x-twilio-signature');
    expect(bridge.streams[0]!.request.headers).not.toHaveProperty('x-twilio-signature');
  });

  it.each([
    ['a refusal', 403, 'CALL_REFUSED', 'TWILIO_AUTH_TOKEN'],
    ['an error', 500, 'CALL_REFUSED', '500'],
    ['what is no TwiML', 'hello', 'CALL_REFUSED', '12100'],
  ])('fails on %s and says why', async (_, document, code, detail) => {
    const { phone } = await call({ documents: { '/twilio/voice': document } });
    const { reason, error } = await phone.ended;
    expect(reason).toBe('failed');
    expect(error?.code).toBe(code);
    expect(error?.detail).toContain(detail);
    expect(phone.events.map(({ type }) => type)).toEqual(['ringing', 'ended']);
  });

  it('fails when nobody listens', async () => {
    const bridge = await startScriptedBridge({ documents: {} });
    await bridge[Symbol.asyncDispose]();
    const { reason, error } = await placeCall({ url: bridge.url }).ended;
    expect([reason, error?.code]).toEqual(['failed', 'SERVER_UNREACHABLE']);
  });
});

describe('placeCall: TwiML', () => {
  it('follows redirects, says what is to be said, and ends where the verbs end', async () => {
    const { bridge, phone } = await call({
      documents: {
        '/twilio/voice': '<Response><Redirect method="GET">/next?b=2&amp;a=1</Redirect></Response>',
        '/next': '<Response><Say>Sorry.</Say><Play>/tone.wav</Play></Response>',
      },
    });
    expect(await phone.ended).toEqual({ reason: 'agent-hung-up' });
    expect(bridge.requests[1]).toMatchObject({ method: 'GET', fields: {} });
    expect(bridge.requests[1]!.path).toContain(`CallSid=${phone.callSid}`);
    expect(phone.events.map(({ type }) => type)).toEqual(['ringing', 'twiml', 'twiml', 'said', 'played', 'ended']);
  });

  it('signs a GET over its whole URL', async () => {
    const documents = {
      '/twilio/voice': '<Response><Redirect method="GET">/next?b=2</Redirect></Response>',
      '/next': '<Response/>',
    };
    const { bridge, phone } = await call({ documents }, { authToken: TOKEN });
    await phone.ended;
    const { path, headers } = bridge.requests[1]!;
    expect(validateRequest(TOKEN, String(headers['x-twilio-signature']), bridge.url + path, {})).toBe(true);
  });

  it.each([
    ['<Dial>+12025550111</Dial>', 'transferred'],
    ['<Reject/>', 'rejected'],
  ])('ends at %s', async (verb, reason) => {
    const { phone } = await call({ documents: { '/twilio/voice': `<Response>${verb}<Say>never</Say></Response>` } });
    expect(await phone.ended).toEqual({ reason });
    expect(phone.events.some(({ type }) => type === 'said')).toBe(false);
  });

  it('gives up on documents that go in a circle', async () => {
    const { phone } = await call({
      documents: { '/twilio/voice': '<Response><Redirect>/twilio/voice</Redirect></Response>' },
    });
    expect(await phone.ended).toMatchObject({ reason: 'failed', error: { code: 'CALL_REFUSED' } });
  });

  it('asks the action, signed, when the server closes the stream, and runs what it answers', async () => {
    const { bridge, phone } = await call(
      {
        documents: { ...DOCUMENTS, '/twilio/after-stream': '<Response><Say>We are closed.</Say><Hangup/></Response>' },
        onMessage: (stream, { event }) => event === 'start' && stream.socket.close(1011),
      },
      { authToken: TOKEN },
    );
    expect(await phone.ended).toEqual({ reason: 'agent-hung-up' });
    const request = bridge.requests.at(-1)!;
    expect(request).toMatchObject({ method: 'POST', path: '/twilio/after-stream?agent=a&x=1' });
    expect(request.fields).toMatchObject({ CallSid: phone.callSid, CallStatus: 'in-progress' });
    const signature = String(request.headers['x-twilio-signature']);
    expect(validateRequest(TOKEN, signature, bridge.url + request.path, request.fields)).toBe(true);
    expect(phone.events.map(({ type }) => type).slice(-5)).toEqual(['closed', 'action', 'twiml', 'said', 'ended']);
    expect(await phone.waitFor('closed')).toMatchObject({ code: 1011, by: 'server' });
  });

  it('connects again when the action says so, on a stream of its own and one recording', async () => {
    let streams = 0;
    const { bridge, phone } = await call({
      documents: { '/twilio/voice': CONNECT, '/twilio/after-stream': CONNECT },
      onMessage: (stream, { event }) => {
        if (event !== 'start') return;
        streams += 1;
        stream.sendAudio(encodeMulaw(tone(40)));
        if (streams === 1) stream.socket.close();
      },
    });
    await phone.waitFor('agent-audio', (event) => event.phase === 'ended' && !event.cut);
    phone.hangUp();
    await phone.ended;
    const [first, second] = bridge.streams;
    expect(first!.streamSid).not.toBe(second!.streamSid);
    const started = phone.events.filter((event) => event.type === 'agent-audio' && event.phase === 'started');
    expect(started).toHaveLength(2);
  });

  it('tells the status callback of the stream what became of it', async () => {
    const document = '<Response><Connect><Stream url="{ws}/m" statusCallback="/status"/></Connect></Response>';
    const { bridge, phone } = await call({
      documents: { '/twilio/voice': document, '/status': 204 },
      onMessage: (stream, { event }) => event === 'start' && stream.socket.close(),
    });
    await phone.ended;
    const told = bridge.requests.filter(({ path }) => path === '/status').map(({ fields }) => fields);
    expect(told.map((fields) => fields['StreamEvent']).sort()).toEqual(['stream-started', 'stream-stopped']);
    expect(new Set(told.map((fields) => fields['StreamSid']))).toEqual(new Set([bridge.streams[0]!.streamSid]));
  });

  it.each([
    ['is refused', { refuseUpgrade: 403 }, CONNECT, 31920],
    ['would not be wss', {}, '<Response><Connect><Stream url="ws://bridge.test/m"/></Connect></Response>', 31922],
    ['has no url to speak of', {}, '<Response><Connect><Stream url="nowhere"/></Connect></Response>', 31923],
  ])('goes on behind Connect when the stream %s', async (_, script, document, code) => {
    const { phone } = await call({ documents: { ...DOCUMENTS, '/twilio/voice': document }, ...script });
    expect(await phone.waitFor('warning')).toMatchObject({ code });
    expect(await phone.ended).toEqual({ reason: 'agent-hung-up' });
  });
});

describe('placeCall: the stream', () => {
  it('signs the upgrade over the url as written and asks for no compression', async () => {
    const { bridge, phone } = await call({}, { authToken: TOKEN });
    await phone.waitFor('start');
    const { headers } = bridge.streams[0]!.request;
    const signature = String(headers['x-twilio-signature']);
    expect(validateRequest(TOKEN, signature, `${bridge.url.replace('http', 'ws')}/twilio/media`, {})).toBe(true);
    expect(headers).not.toHaveProperty('sec-websocket-extensions');
  });

  it('sends no query string', async () => {
    const document = '<Response><Connect><Stream url="{ws}/twilio/media?token=1"/></Connect></Response>';
    const { bridge, phone } = await call({ documents: { '/twilio/voice': document } });
    await phone.waitFor('start');
    expect(bridge.streams[0]!.request.url).toBe('/twilio/media');
  });

  it('opens with connected and start, counts its messages, and every one is as Twilio writes it', async () => {
    const { bridge, phone } = await call();
    await phone.waitFor('start');
    await phone.press('5');
    phone.hangUp();
    await phone.ended;
    const { messages, streamSid, closed } = bridge.streams[0]!;
    expect(await closed).toBe(1000);
    expect(messages[0]).toEqual({ event: 'connected', protocol: 'Call', version: '1.0.0' });
    expect(messages[1]).toMatchObject({
      event: 'start',
      streamSid,
      start: {
        callSid: phone.callSid,
        streamSid,
        tracks: ['inbound'],
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
        customParameters: { token: 't&1' },
      },
    });
    expect(messages.at(-1)).toMatchObject({ event: 'stop', stop: { callSid: phone.callSid } });
    expect(messages.slice(1).map(({ sequenceNumber }) => sequenceNumber)).toEqual(
      messages.slice(1).map((_, index) => String(index + 1)),
    );
    for (const message of messages) expect(messageFromTwilioSchema.safeParse(message).success).toBe(true);
    expect(messages.filter(({ event }) => event === 'dtmf').map(({ dtmf }) => dtmf)).toEqual([
      { track: 'inbound_track', digit: '5' },
    ]);
  });

  it('speaks what it is given, sample for sample', async () => {
    const spoken = tone(110);
    const { bridge, phone } = await call();
    await phone.speak(spoken);
    phone.hangUp();
    await phone.ended;
    const media = bridge.streams[0]!.messages.filter(({ event }) => event === 'media').map((message) => message.media);
    const sent = Buffer.concat(media.map(({ payload }) => Buffer.from(payload, 'base64')));
    const from = sent.findIndex((byte) => byte !== 0xff);
    // The first sample of a sine is zero, which is silence as well.
    expect(Buffer.compare(sent.subarray(from - 1, from - 1 + spoken.length), encodeMulaw(spoken))).toBe(0);
    expect(media.map(({ timestamp }) => Number(timestamp))).toEqual(media.map((_, index) => index * 20));
    expect(media.map(({ chunk }) => chunk)).toEqual(media.map((_, index) => String(index + 1)));
  });

  it('hears what it was sent, in one piece, and echoes the mark behind it', async () => {
    const audio = encodeMulaw(tone(200));
    const { bridge, phone } = await call({
      onMessage: (stream, { event }) => {
        if (event !== 'start') return;
        for (let at = 0; at < audio.length; at += 301) stream.sendAudio(audio.subarray(at, at + 301));
        stream.send({ event: 'mark', mark: { name: 'end' } });
      },
    });
    const reached = await phone.waitFor('mark', ({ phase }) => phase === 'reached');
    expect(reached).toMatchObject({ name: 'end', cleared: false });
    const [started, ended] = phone.events.filter((event) => event.type === 'agent-audio');
    phone.hangUp();
    await phone.ended;
    const at = Math.round(started!.heardMs * 8);
    expect(phone.heard.subarray(at, at + audio.length)).toEqual(decodeMulaw(audio));
    expect(ended!.heardMs - started!.heardMs).toBe(200);
    expect(reached.atMs - started!.atMs).toBeGreaterThanOrEqual(199);
    expect(bridge.streams[0]!.messages.filter(({ event }) => event === 'mark').map(({ mark }) => mark.name)).toEqual([
      'end',
    ]);
  });

  it('falls silent at a clear and says how much was dropped', async () => {
    const { bridge, phone } = await call({
      onMessage: (stream, { event }) => {
        if (event !== 'start') return;
        stream.sendAudio(encodeMulaw(tone(5000)));
        stream.send({ event: 'mark', mark: { name: 'a' } });
      },
    });
    await phone.waitFor('mark');
    await phone.sleep(100);
    bridge.streams[0]!.send({ event: 'clear' });
    const clear = await phone.waitFor('clear');
    const ended = await phone.waitFor('agent-audio', ({ phase }) => phase === 'ended');
    expect(clear.marks).toBe(1);
    expect(ended).toMatchObject({ cut: true });
    expect(await phone.waitFor('mark', ({ phase }) => phase === 'reached')).toMatchObject({ name: 'a', cleared: true });
    const [started] = phone.events.filter((event) => event.type === 'agent-audio');
    const heardMs = (ended as { heardMs: number }).heardMs - started!.heardMs;
    expect(heardMs + clear.droppedMs).toBeGreaterThan(4990);
    expect(heardMs + clear.droppedMs).toBeLessThanOrEqual(5000.25);
  });

  it('warns once a kind of what Twilio would not take, and ignores it', async () => {
    const { phone } = await call({
      onMessage: (stream, { event }) => {
        if (event !== 'start') return;
        stream.socket.send(Buffer.from([1, 2, 3]));
        stream.socket.send('{');
        stream.send({ event: 'clear', extra: true });
        stream.send({ event: 'media', media: { payload: '//8=' }, streamSid: 'MZother' });
        stream.send({ event: 'mark', mark: {} });
        stream.send({ event: 'mark', mark: { name: 'good' } });
      },
    });
    await phone.waitFor('mark', ({ name }) => name === 'good');
    const warnings = phone.events.filter((event) => event.type === 'warning').map(({ code }) => code);
    expect(warnings).toEqual([31950, 31951]);
    expect(phone.events.some(({ type }) => type === 'clear' || type === 'media')).toBe(false);
  });

  it('warns when more than ten minutes are queued', async () => {
    const minute = encodeMulaw(new Int16Array(60_000 * 8));
    const { phone } = await call({
      onMessage: (stream, { event }) => {
        if (event === 'start') for (let minutes = 0; minutes < 12; minutes += 1) stream.sendAudio(minute);
      },
    });
    expect(await phone.waitFor('warning')).toMatchObject({ code: 31931 });
  });
});

describe('placeCall: the end', () => {
  it.each(['ringing', 'twiml', 'connected', 'start'] as const)('hangs up after %s and leaves nothing', async (type) => {
    const { bridge, phone } = await call();
    await phone.waitFor(type);
    phone.hangUp();
    expect(await phone.ended).toEqual({ reason: 'caller-hung-up' });
    for (const stream of bridge.streams) await stream.closed;
    expect(bridge.requests.some(({ path }) => path.startsWith('/twilio/after-stream'))).toBe(false);
  });

  it('closes every connection it opened', async () => {
    const { bridge, phone } = await call();
    await phone.waitFor('start');
    phone.hangUp();
    await phone.ended;
    await bridge.streams[0]!.closed;
    await expect.poll(() => bridge.connections()).toBe(0);
  });

  it('hangs up by itself when the time is over', async () => {
    const { phone } = await call({}, { maxCallMs: 100 });
    expect(await phone.ended).toEqual({ reason: 'time-limit' });
  });

  it('ends in bounded time when the server does not close its socket', async () => {
    const { bridge, phone } = await call();
    await phone.waitFor('start');
    bridge.streams[0]!.socket.pause();
    phone.hangUp();
    expect(await phone.ended).toEqual({ reason: 'caller-hung-up' });
  });

  it('rejects a wait for what can no longer happen', async () => {
    const { phone } = await call({ documents: { '/twilio/voice': '<Response/>' } });
    await expect(phone.waitFor('start')).rejects.toThrow('CALL_ENDED');
    await expect(phone.waitFor('start')).rejects.toThrow('CALL_ENDED');
  });

  it('ends a speech and a wait when the caller hangs up', async () => {
    const { phone } = await call();
    const busy = Promise.all([phone.speak(tone(60_000)), phone.sleep(60_000)]);
    await phone.waitFor('start');
    phone.hangUp();
    await busy;
    expect(phone.over).toBe(true);
  });

  it('refuses keys that no telephone has', async () => {
    const { phone } = await call();
    await expect(phone.press('12x')).rejects.toThrow('USAGE');
  });
});
