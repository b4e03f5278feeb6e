import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { maskedFrame } from '../../../src/live/masked-frame.js';

/** On either side of where a length takes more bytes, and longer than the scratch. */
const LENGTHS = [0, 1, 2, 3, 4, 125, 126, 127, 900, 65_535, 65_536, 65_537, 200_003];

describe('a masked frame', () => {
  it('is read by another implementation as the text that it holds, whatever its length', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    const client = new WebSocket(`ws://127.0.0.1:${(server.address() as { port: number }).port}`);
    const [[response], [accepted]] = (await Promise.all([
      once(client, 'upgrade'),
      once(server, 'connection'),
      once(client, 'open'),
    ])) as [[IncomingMessage], [WebSocket], unknown];

    const texts = LENGTHS.map((length) => 'abcdefghijk'.repeat(length / 11 + 1).slice(0, length));
    const received: string[] = [];
    accepted.on('message', (data: Buffer, isBinary) => received.push(isBinary ? 'binary' : data.toString()));
    // All at once, and between frames of the library's own.
    for (const text of texts) response.socket.write(maskedFrame(text));
    client.close(1000, 'done');
    const [code] = (await once(accepted, 'close')) as [number];

    expect(code).toBe(1000);
    expect(received).toEqual(texts);
    server.close();
  });

  it('is masked anew each time', () => {
    const frames = Array.from({ length: 3_000 }, () => maskedFrame('the same').toString('hex'));
    expect(new Set(frames).size).toBeGreaterThan(2_990);
  });
});
