import { describe, expect, it } from 'vitest';
import { Conversation } from '../../support/opened-leg.js';

describe('the caller’s turns, on the wire', () => {
  it('are announced where the bridge finds them, and there audio never pauses by a message', async () => {
    await using call = await Conversation.open({ settings: { turn: { detection: 'local' } } });
    expect(call.leg.endAudio()).toBe(false);
    call.leg.startActivity();
    call.leg.endActivity();
    expect(await call.session.next()).toEqual({ realtimeInput: { activityStart: {} } });
    expect(await call.session.next()).toEqual({ realtimeInput: { activityEnd: {} } });
  });

  it('are not begun by what a model is told as context, where it takes that', async () => {
    await using call = await Conversation.open();
    call.leg.sendContext('You were cut off.');
    const turns = [{ role: 'user', parts: [{ text: 'You were cut off.' }] }];
    expect(await call.session.next()).toEqual({ clientContent: { turns, turnComplete: false } });
    await using legacy = await Conversation.open({ model: 'gemini-3.1-flash-live-preview' });
    legacy.leg.sendContext('You were cut off.');
    legacy.leg.sendText('next');
    expect(await legacy.session.next()).toEqual({ realtimeInput: { text: 'next' } });
  });
});
