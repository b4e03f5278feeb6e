import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { textFrame } from '../../../src/twilio/text-frame.js';

/** On either side of where a length takes more bytes. */
const LENGTHS = [0, 1, 125, 126, 127, 65_535, 65_536, 200_003];

describe('a text frame', () => {
  it('is read by another implementation as the text that it holds, whatever its length', async () => {
    const texts = LENGTHS.map((length) => 'abcdefghijk'.repeat(length / 11 + 1).slice(0, length));
    const http = createServer().listen(0, '127.0.0.1');
    await once(http, 'listening');
    const sockets = new WebSocketServer({ noServer: true });
    http.on('upgrade', (request, socket, head) =>
      sockets.handleUpgrade(request, socket, head, (webSocket) => {
        socket.write(texts.map(textFrame).join(''), 'latin1');
        webSocket.close(1000, 'done');
      }),
    );
    const client = new WebSocket(`ws://127.0.0.1:${(http.address() as { port: number }).port}`);
    const received: string[] = [];
    client.on('message', (data: Buffer, isBinary) => received.push(isBinary ? 'binary' : data.toString()));
    const [code] = (await once(client, 'close')) as [number];

    expect(code).toBe(1000);
    expect(received).toEqual(texts);
    http.close();
  });
});
