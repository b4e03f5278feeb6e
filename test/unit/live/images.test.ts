import { describe, expect, it } from 'vitest';
import { Conversation } from '../../support/opened-leg.js';

describe('a picture', () => {
  it('does not make the caller unheard while it is on its way, however large', async () => {
    await using call = await Conversation.open();
    expect(call.leg.sendImage({ mimeType: 'image/jpeg', bytes: new Uint8Array(4 * 1024 * 1024) })).toBe(true);
    call.leg.sendAudio(new Uint8Array(640));
    expect(await call.session.next()).toMatchObject({ realtimeInput: { video: { mimeType: 'image/jpeg' } } });
    expect(await call.session.next()).toMatchObject({ realtimeInput: { audio: {} } });
    expect(call.recorder.names).not.toContain('irregular');
  });

  it('is not sent to a model that sees none', async () => {
    await using call = await Conversation.open({ model: 'gemini-3.5-live-translate-preview' });
    expect(call.leg.sendImage({ mimeType: 'image/jpeg', bytes: new Uint8Array(3) })).toBe(false);
    call.leg.sendAudio(new Uint8Array(640));
    expect(await call.session.next()).toMatchObject({ realtimeInput: { audio: {} } });
  });
});
