import { describe, expect, it, onTestFinished } from 'vitest';
import type { CalleeBehaviour } from '../../../../src/emulator/carrier/callee.js';
import type { PhoneCall } from '../../../../src/emulator/phone/phone-call.js';
import { startTestCarrier } from '../../../support/carrier.js';
import { bestFit } from '../../../support/correlation.js';
import { startScriptedBridge } from '../../../support/scripted-bridge.js';
import { callerSpeech } from '../../../support/test-speech.js';

const CALLEE = '+15550009999';
const DIAL = (noun: string, attributes = '') =>
  `<Response><Dial timeout="1" action="/after" ${attributes}>${noun}</Dial></Response>`;
const NUMBER = `<Number>${CALLEE}</Number>`;
const SCREENED = `<Number url="/whisper">${CALLEE}</Number>`;
const WHISPER =
  '<Response><Gather numDigits="1" timeout="1" action="/key"><Say>Press 1.</Say></Gather><Hangup/></Response>';

async function start(documents: Record<string, string>, behaviour?: CalleeBehaviour) {
  const carrier = await startTestCarrier();
  const bridge = await startScriptedBridge({
    documents: { '/after': '<Response><Say>After.</Say></Response>', ...documents },
  });
  onTestFinished(() => bridge[Symbol.asyncDispose]());
  const callee = carrier.connect(CALLEE, behaviour);
  const place = () => carrier.placeCall({ url: bridge.url });
  const after = () => bridge.requests.find(({ path }) => path === '/after')?.fields;
  return { carrier, bridge, callee, place, after };
}

const said = (phone: PhoneCall) => phone.events.filter((event) => event.type === 'said').map(({ text }) => text);

describe('a dial to another telephone', () => {
  it('lets both hear each other, sample for sample, until one hangs up; then the action is asked', async () => {
    const { callee, place, after } = await start({ '/twilio/voice': DIAL(NUMBER) });
    const caller = place();
    const called = await callee.nextCall();
    await called.waitFor('bridged');
    const [asked, answered] = [await callerSpeech(600), (await callerSpeech(900)).subarray(2400)];
    await Promise.all([caller.speak(asked), called.speak(answered)]);
    await caller.sleep(150);
    called.hangUp();
    await caller.ended;
    expect(bestFit(called.heard, asked).correlation).toBeGreaterThan(0.98);
    expect(bestFit(caller.heard, answered).correlation).toBeGreaterThan(0.98);
    expect(after()).toMatchObject({ DialCallStatus: 'completed', DialBridged: 'true', DialCallSid: called.callSid });
    expect(said(caller)).toEqual(['After.']);
    expect((await called.ended).reason).toBe('caller-hung-up');
  });

  it('ends for the other when the caller hangs up', async () => {
    const { callee, place, after } = await start({ '/twilio/voice': DIAL(NUMBER) });
    const caller = place();
    const called = await callee.nextCall();
    await called.waitFor('bridged');
    caller.hangUp();
    expect(await called.ended).toEqual({ reason: 'other-hung-up' });
    await caller.ended;
    expect(after()).toBeUndefined();
  });

  it.each([
    [{ does: 'is-busy' }, 'busy'],
    [{ does: 'does-not-answer' }, 'no-answer'],
    [{ does: 'fails' }, 'failed'],
    [{ ringMs: 5_000 }, 'no-answer'],
  ] as const)('that %j goes on with the action, which is told %s', async (behaviour, status) => {
    const { place, after } = await start({ '/twilio/voice': DIAL(NUMBER, 'callerId="+15550002222"') }, behaviour);
    const caller = place();
    await caller.ended;
    expect(after()).toMatchObject({ DialCallStatus: status, DialBridged: 'false' });
  });

  it('stops ringing when the caller leaves', async () => {
    const { callee, place } = await start({ '/twilio/voice': DIAL(NUMBER) }, { ringMs: 5_000 });
    const caller = place();
    const called = await callee.nextCall();
    caller.hangUp();
    expect(await called.ended).toEqual({ reason: 'canceled' });
  });

  it.each([
    ['is put through when it takes the call', '1', '<Response/>', 'true'],
    ['is not when it declines', '2', '<Response><Hangup/></Response>', 'false'],
  ])('that hears a whisper first %s', async (_, key, document, bridged) => {
    const documents = { '/twilio/voice': DIAL(SCREENED), '/whisper': WHISPER, '/key': document };
    const { bridge, callee, place, after } = await start(documents);
    const caller = place();
    const called = await callee.nextCall();
    await called.waitFor('gathering');
    expect(said(called)).toEqual(['Press 1.']);
    await called.press(key);
    if (bridged === 'true') {
      await called.waitFor('bridged');
      called.hangUp();
    }
    await caller.ended;
    const asked = bridge.requests.find(({ path }) => path === '/key')!.fields;
    expect(asked).toMatchObject({ Digits: key, ParentCallSid: caller.callSid, Direction: 'outbound-dial' });
    expect(after()).toMatchObject({ DialCallStatus: 'completed', DialBridged: bridged });
    expect(said(caller)).toEqual(['After.']);
  });

  it('takes silence after a whisper for what follows its gather', async () => {
    const { place, after } = await start({ '/twilio/voice': DIAL(SCREENED), '/whisper': WHISPER });
    await place().ended;
    expect(after()).toMatchObject({ DialBridged: 'false' });
  });
});

describe('a room', () => {
  const ROOM = '<Conference endConferenceOnExit="true">room</Conference>';

  it('joins two, and ends for both when one leaves with whom it ends', async () => {
    const { place } = await start({ '/twilio/voice': `<Response><Dial>${ROOM}</Dial><Say>Alone.</Say></Response>` });
    const [one, other] = [place(), place()];
    await Promise.all([one.waitFor('bridged'), other.waitFor('bridged')]);
    const words = await callerSpeech(400);
    await one.speak(words);
    await one.sleep(150);
    one.hangUp();
    expect(await other.ended).toEqual({ reason: 'agent-hung-up' });
    expect(bestFit(other.heard, words).correlation).toBeGreaterThan(0.98);
    expect(said(other)).toEqual(['Alone.']);
  });
});
