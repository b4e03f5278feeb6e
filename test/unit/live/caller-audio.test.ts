import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Conversation } from '../../support/opened-leg.js';

describe('caller audio on its way to the model', () => {
  it('is heard before whatever is sent after it in the same moment, the end included', async () => {
    await using call = await Conversation.open();
    const piece = { realtimeInput: { audio: expect.anything() } };
    call.leg.sendAudio(new Uint8Array(640));
    call.leg.sendAudio(new Uint8Array(640));
    call.leg.sendText('and now?');
    call.leg.sendAudio(new Uint8Array(640));
    call.leg.endAudio();
    call.leg.sendAudio(new Uint8Array(640));
    call.leg.close();
    const received = [];
    for (let count = 0; count < 6; count += 1) received.push(await call.session.next());
    const line = expect.objectContaining({ clientContent: expect.anything() });
    expect(received).toEqual([piece, piece, line, piece, { realtimeInput: { audioStreamEnd: true } }, piece]);
  });

  it('is dropped and counted when the network does not take it, unlike everything else', async () => {
    await using call = await Conversation.open();
    call.session.socket.pause();
    const second = new Uint8Array(32_000);
    // What the operating system takes is not known, so: until the leg says that it is enough. It writes between turns.
    for (let count = 0; count < 400 && !call.recorder.names.includes('irregular'); count++) {
      call.leg.sendAudio(second);
      await nextTurn();
    }
    expect(call.recorder.events.at(-1)).toEqual(['irregular', 'caller-audio-dropped']);
    call.leg.sendText('still there');
    call.session.socket.resume();
    let message: Record<string, unknown>;
    do message = await call.session.next();
    while (!('clientContent' in message));
    expect(message['clientContent']).toMatchObject({ turns: [{ parts: [{ text: 'still there' }] }] });
  });
});
