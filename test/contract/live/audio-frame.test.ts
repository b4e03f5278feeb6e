import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { audioFrame } from '../../../src/live/audio-frame.js';
import { clientFrame } from '../../../src/live/wire.js';

/** One frame's worth, on either side of where a length takes more bytes, and longer than what frames are cut from. */
const LENGTHS = [0, 1, 2, 3, 38, 39, 40, 640, 641, 642, 49_000, 49_098, 49_099, 49_100, 49_101, 200_003];

function messageOf(pcm16k: Uint8Array): string {
  const data = Buffer.from(pcm16k).toString('base64');
  return clientFrame({ realtimeInput: { audio: { data, mimeType: 'audio/pcm;rate=16000' } } });
}

/** By RFC 6455 §5.2 and §5.3, a byte at a time. */
function unmasked(frame: Buffer): string {
  const marker = (frame[1] ?? 0) & 0x7f;
  const maskAt = { 126: 4, 127: 10 }[marker] ?? 2;
  const text = frame.subarray(maskAt + 4).map((byte, at) => byte ^ (frame[maskAt + (at % 4)] ?? 0));
  return Buffer.from(text).toString('latin1');
}

describe('a frame of caller audio', () => {
  it('is read by another implementation as the JSON that any other message would be', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    const client = new WebSocket(`ws://127.0.0.1:${(server.address() as { port: number }).port}`);
    const [[response], [accepted]] = (await Promise.all([
      once(client, 'upgrade'),
      once(server, 'connection'),
      once(client, 'open'),
    ])) as [[IncomingMessage], [WebSocket], unknown];

    const pieces = LENGTHS.map((length) => Uint8Array.from({ length }, (_, at) => at * 7));
    const received: string[] = [];
    accepted.on('message', (data: Buffer, isBinary) => received.push(isBinary ? 'binary' : data.toString()));
    // All at once, and between frames of the library's own.
    for (const piece of pieces) response.socket.write(audioFrame(piece));
    client.close(1000, 'done');
    const [code] = (await once(accepted, 'close')) as [number];

    expect(code).toBe(1000);
    expect(received).toEqual(pieces.map(messageOf));
    server.close();
  });

  it('is that JSON for any bytes, and stays so while others are made', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 700 }), { maxLength: 200 }), (pieces) => {
        const frames = pieces.map(audioFrame);
        expect(frames.map(unmasked)).toEqual(pieces.map(messageOf));
      }),
    );
  });

  it('is masked anew each time', () => {
    const frames = Array.from({ length: 3_000 }, () => audioFrame(new Uint8Array(3)).toString('hex'));
    expect(new Set(frames).size).toBeGreaterThan(2_990);
  });
});
