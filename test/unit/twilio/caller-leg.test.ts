import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { CallStart } from '../../../src/call/ports.js';
import { messageToTwilioSchema, type MessageToTwilio, type StreamStart } from '../../../src/twilio/wire.js';
import { openCallerLine, type CallerLine } from '../../support/caller-line.js';

const SID = 'MZ0000000000000000000000000000000a';
const CALL: CallStart = {
  callSid: 'CA1',
  accountSid: 'AC1',
  agent: 'desk',
  from: '+15005550006',
  to: '+15005550001',
  direction: 'inbound',
  sipHeaders: {},
  parameters: {},
};
const FORMAT = { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 };
const CONNECTED = { event: 'connected', protocol: 'Call', version: '1.0.0' };
const STOP = { event: 'stop', streamSid: SID, stop: { accountSid: 'AC1', callSid: 'CA1' } };

function start(mediaFormat: unknown = FORMAT) {
  return {
    event: 'start',
    sequenceNumber: '1',
    streamSid: SID,
    start: { accountSid: 'AC1', callSid: 'CA1', streamSid: SID, mediaFormat, customParameters: { token: 't' } },
  };
}

function media(audio: readonly number[], timestamp = 20, streamSid = SID) {
  const payload = Buffer.from(audio).toString('base64');
  return { event: 'media', streamSid, media: { track: 'inbound', chunk: '1', timestamp: String(timestamp), payload } };
}

function digit(key: string) {
  return { event: 'dtmf', streamSid: SID, dtmf: { track: 'inbound_track', digit: key } };
}

function openLine(...rest: [options?: Parameters<typeof openCallerLine>[1]]): Promise<CallerLine> {
  return openCallerLine(() => CALL, ...rest);
}

async function openStartedLine(...rest: Parameters<typeof openLine>): Promise<CallerLine> {
  const line = await openLine(...rest);
  line.send(CONNECTED, start());
  await line.waitFor('started');
  return line;
}

/** The next frames that reach Twilio's end, checked against what Twilio takes. */
async function received(line: CallerLine, count: number): Promise<MessageToTwilio[]> {
  const frames: MessageToTwilio[] = [];
  await new Promise<void>((resolve) => {
    line.client.on('message', (data) => {
      frames.push(messageToTwilioSchema.parse(JSON.parse((data as Buffer).toString())));
      if (frames.length === count) resolve();
    });
  });
  return frames;
}

/** Resolves with the code and reason that Twilio's end sees. */
async function closeOf(line: CallerLine): Promise<[number, string]> {
  const [code, reason] = (await once(line.client, 'close')) as [number, Buffer];
  return [code, reason.toString()];
}

function irregularKinds(line: CallerLine): string[] {
  return line.told.flatMap((entry) => (entry.type === 'irregular' ? [entry.kind] : []));
}

describe('a caller leg that hears', () => {
  it('starts once the stream is authorised, by what its start said', async () => {
    const asked: StreamStart[] = [];
    await using line = await openCallerLine((stream) => {
      asked.push(stream);
      return CALL;
    });
    line.send(CONNECTED, start());
    expect(await line.waitFor('started')).toEqual({ type: 'started', start: CALL });
    expect(asked).toMatchObject([{ callSid: 'CA1', accountSid: 'AC1', customParameters: { token: 't' } }]);
    expect(irregularKinds(line)).toEqual([]);
  });

  it('hands over audio of any length, in order, with its place in time', async () => {
    await using line = await openStartedLine();
    const frames = [[1], [2, 3, 4], Array.from({ length: 160 }, (_, index) => index), Array<number>(8000).fill(0xff)];
    line.send(...frames.map((audio, index) => media(audio, index * 20)));
    await line.waitFor('audio', frames.length);
    expect(line.told.slice(1)).toEqual(frames.map((bytes, index) => ({ type: 'audio', bytes, offsetMs: index * 20 })));
  });

  it('hands over digits and marks', async () => {
    await using line = await openStartedLine();
    line.send(digit('#'), { event: 'mark', streamSid: SID, mark: { name: 'g1:200' } });
    await line.waitFor('mark');
    expect(line.told.slice(1)).toEqual([
      { type: 'digit', digit: '#' },
      { type: 'mark', name: 'g1:200' },
    ]);
  });
});

describe('a caller leg that speaks', () => {
  it('sends audio, marks and clear as Twilio takes them', async () => {
    await using line = await openStartedLine();
    const frames = received(line, 4);
    const whole = Uint8Array.from([9, 9, 1, 2, 3, 9]);
    line.leg.sendAudio(whole.subarray(2, 5));
    line.leg.sendAudio(new Uint8Array(0));
    line.leg.sendMark('g1:"200"');
    line.leg.clear();
    line.leg.sendAudio(new Uint8Array(8000));
    expect(await frames).toEqual([
      { event: 'media', streamSid: SID, media: { payload: Buffer.from([1, 2, 3]).toString('base64') } },
      { event: 'mark', streamSid: SID, mark: { name: 'g1:"200"' } },
      { event: 'clear', streamSid: SID },
      { event: 'media', streamSid: SID, media: { payload: Buffer.alloc(8000).toString('base64') } },
    ]);
  });

  it('sends nothing before the stream has a name', async () => {
    await using line = await openLine();
    const frames = received(line, 1);
    line.leg.sendAudio(Uint8Array.from([1]));
    line.leg.sendMark('early');
    line.leg.clear();
    line.send(start());
    await line.waitFor('started');
    line.leg.sendMark('first');
    expect(await frames).toEqual([{ event: 'mark', streamSid: SID, mark: { name: 'first' } }]);
  });

  it('has room for a minute of audio at once', async () => {
    await using line = await openStartedLine();
    const frames = received(line, 3001);
    for (let sent = 0; sent < 3000; sent += 1) line.leg.sendAudio(new Uint8Array(160));
    line.leg.sendMark('end');
    expect((await frames).at(-1)).toMatchObject({ event: 'mark' });
    expect(line.told).toHaveLength(1);
  });

  it('gives up on a caller who does not read', async () => {
    await using line = await openStartedLine();
    line.client.pause();
    const second = new Uint8Array(8000);
    // What the operating system takes is not known, so: until the leg says that it is enough. It writes between turns.
    for (let sent = 0; irregularKinds(line).length === 0 && sent < 10_000; sent += 1) {
      line.leg.sendAudio(second);
      await nextTurn();
    }
    expect(irregularKinds(line)).toEqual(['not-reading']);
    expect(await line.waitFor('closed')).toMatchObject({ reason: 'unresponsive' });
  });
});

describe('a stream that is not let in', () => {
  it('is closed with 1008 when it is not authorised, and is no call', async () => {
    await using line = await openCallerLine(() => undefined);
    const close = closeOf(line);
    line.send(CONNECTED, start(), media([1]), start());
    expect(await close).toEqual([1008, 'stream not authorised']);
    expect(await line.waitFor('closed')).toMatchObject({ reason: 'refused' });
    expect(line.told).toHaveLength(1);
  });

  it.each([
    { ...FORMAT, encoding: 'audio/L16' },
    { ...FORMAT, sampleRate: 16_000 },
    { ...FORMAT, channels: 2 },
  ])('is closed with 1003 when its audio is %j', async (format) => {
    const asked: StreamStart[] = [];
    await using line = await openCallerLine((stream) => {
      asked.push(stream);
      return CALL;
    });
    const close = closeOf(line);
    line.send(start(format));
    expect((await close)[0]).toBe(1003);
    expect(await line.waitFor('closed')).toMatchObject({ reason: 'rubbish' });
    expect(irregularKinds(line)).toEqual(['media-format']);
    expect(asked).toEqual([]);
  });
});

describe('what a stream should not send', () => {
  it('is ignored and reported once a kind, and the call goes on', async () => {
    await using line = await openStartedLine();
    for (let round = 0; round < 3; round += 1) {
      line.send('{', '[]', { event: 'fax' }, { event: 'media', streamSid: SID }, start(), CONNECTED);
      line.send({ event: 'start', streamSid: SID }, media([1], 0, 'MZ2'), { ...STOP, streamSid: 'MZ2' }, media([]));
      line.send({ ...media([1]), media: { ...media([1]).media, track: 'outbound' } });
      line.send({ ...media([1]), media: { ...media([1]).media, payload: 'no base64!' } }, digit('x'));
      line.client.send(Buffer.from(JSON.stringify(media([1]))));
    }
    line.send(digit('5'));
    await line.waitFor('digit');
    expect(irregularKinds(line)).toEqual([
      'not-json',
      'unknown-event',
      'malformed-media',
      'second-start',
      'late-connected',
      'malformed-start',
      'wrong-stream-sid',
      'empty-payload',
      'outbound-track',
      'malformed-dtmf',
      'binary-frame',
    ]);
    expect(line.told.filter(({ type }) => type !== 'irregular').map(({ type }) => type)).toEqual(['started', 'digit']);
  });

  it('before its start is ignored', async () => {
    await using line = await openLine();
    line.send(media([1]), digit('1'), { event: 'mark', streamSid: SID, mark: { name: 'x' } }, start());
    await line.waitFor('started');
    expect(irregularKinds(line)).toEqual(['media-before-start', 'dtmf-before-start', 'mark-before-start']);
    expect(line.told).toHaveLength(4);
  });

  it('a hundred times in a row closes it', async () => {
    await using line = await openStartedLine();
    const close = closeOf(line);
    for (let sent = 0; sent < 99; sent += 1) line.send('{');
    line.send(media([1]));
    for (let sent = 0; sent < 99; sent += 1) line.send('{');
    line.send(digit('1'));
    await line.waitFor('digit');
    expect(line.told.at(-1)).toMatchObject({ type: 'digit' });
    for (let sent = 0; sent < 100; sent += 1) line.send('{');
    expect(await close).toEqual([1008, 'nothing usable was sent']);
    expect(await line.waitFor('closed')).toMatchObject({ reason: 'rubbish' });
    expect(irregularKinds(line)).toEqual(['not-json']);
  });

  it('in one message of more than 64 KiB closes it', async () => {
    await using line = await openStartedLine();
    const close = closeOf(line);
    line.send('x'.repeat(64 * 1024 + 1));
    expect((await close)[0]).toBe(1009);
    expect(await line.waitFor('closed')).toMatchObject({ reason: 'rubbish' });
    expect(irregularKinds(line)).toEqual(['frame-rejected']);
  });
});

describe('the end of a stream', () => {
  it('comes with stop, at once and once', async () => {
    await using line = await openStartedLine();
    const close = closeOf(line);
    line.send(STOP, STOP, media([1]));
    expect(await line.waitFor('closed')).toMatchObject({ reason: 'stopped' });
    expect((await close)[0]).toBe(1000);
  });

  it('comes with a stop that precedes the start', async () => {
    await using line = await openLine();
    line.send(STOP);
    expect(await line.waitFor('closed')).toMatchObject({ reason: 'stopped' });
  });

  it.each<[string, (line: CallerLine) => void]>([
    ['goes without a word', (line) => line.client.terminate()],
    ['closes', (line) => line.client.close(1000)],
  ])('comes when the socket %s', async (_, leave) => {
    await using line = await openStartedLine();
    leave(line);
    expect(await line.waitFor('closed')).toMatchObject({ reason: 'disconnected' });
  });

  it('comes when this side closes, with its code and reason, and nothing is heard or sent any more', async () => {
    await using line = await openStartedLine();
    const close = closeOf(line);
    line.leg.close(1011, 'the model failed');
    line.leg.close(1000, 'again');
    line.leg.sendMark('late');
    line.send(media([1]), '{', STOP, 'x'.repeat(100_000));
    expect(await close).toEqual([1011, 'the model failed']);
    expect(await line.waitFor('closed')).toMatchObject({ reason: 'closed' });
    expect(line.told.map(({ type }) => type)).toEqual(['started', 'closed']);
  });

  it('does not wait for a peer that leaves the closing handshake unanswered', async () => {
    await using line = await openStartedLine();
    line.client.pause();
    const askedAtMs = performance.now();
    line.leg.close(1000, '');
    expect(await line.waitFor('closed')).toMatchObject({ reason: 'closed' });
    expect(performance.now() - askedAtMs).toBeLessThan(5000);
  });
});

describe('signs of life', () => {
  it('are asked for every 20 s, and an answer is enough', async () => {
    await using line = await openStartedLine();
    for (let asked = 0; asked < 9; asked += 1) {
      const ponged = once(line.server, 'pong');
      line.clock.advance(20_000);
      await ponged;
    }
    line.send(digit('1'));
    await line.waitFor('digit');
    expect(line.told.at(-1)).toMatchObject({ type: 'digit' });
  });

  it('are missed when there is neither message nor pong for 60 s', async () => {
    await using line = await openStartedLine({ autoPong: false });
    line.clock.advance(59_999);
    expect(line.server.readyState).toBe(WebSocket.OPEN);
    line.clock.advance(1);
    expect(await line.waitFor('closed')).toMatchObject({ reason: 'unresponsive' });
  });

  it('count from the last message', async () => {
    await using line = await openStartedLine({ autoPong: false });
    line.clock.advance(45_000);
    line.send(media([1]));
    await line.waitFor('audio');
    line.clock.advance(59_999);
    expect(line.server.readyState).toBe(WebSocket.OPEN);
    line.clock.advance(1);
    expect(await line.waitFor('closed')).toMatchObject({ reason: 'unresponsive' });
  });
});
