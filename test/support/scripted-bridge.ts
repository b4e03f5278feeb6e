import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';

/** One request as the bridge got it. */
interface SeenRequest {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  /** The body as a form. */
  fields: Record<string, string>;
  body: string;
}

/** A message as it came; a field is only there in the events that have it. */
interface SeenMessage {
  event: string;
  sequenceNumber: string;
  streamSid: string;
  media: { track: string; chunk: string; timestamp: string; payload: string };
  mark: { name: string };
  dtmf: { track: string; digit: string };
}

/** One stream as the bridge got it, with every message in order. */
export interface SeenStream {
  socket: WebSocket;
  request: IncomingMessage;
  messages: SeenMessage[];
  streamSid: string;
  send(message: Record<string, unknown>): void;
  sendAudio(mulaw: Uint8Array): void;
  closed: Promise<number>;
}

export interface BridgeScript {
  /** TwiML by path; `{ws}` stands for the server's `ws://` origin. A number is a status without a body. */
  documents: Record<string, string | number>;
  /** Runs for each message that a stream sends. */
  onMessage?: (stream: SeenStream, message: SeenMessage) => void;
  /** Answers requests that are not for TwiML; true when it took one. */
  onRequest?: (request: SeenRequest, response: ServerResponse) => boolean;
  /** Refuses the upgrade with this status. */
  refuseUpgrade?: number;
}

/** A server that a test scripts: TwiML by path and one Media Streams socket. It judges nothing. */
export async function startScriptedBridge(script: BridgeScript) {
  const requests: SeenRequest[] = [];
  const streams: SeenStream[] = [];
  const sockets = new WebSocketServer({ noServer: true });
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const path = request.url ?? '';
      const { method = '', headers } = request;
      const seen = { method, path, headers, body, fields: Object.fromEntries(new URLSearchParams(body)) };
      requests.push(seen);
      if (script.onRequest?.(seen, response) === true) return;
      const document = script.documents[path.split('?')[0]!] ?? 404;
      if (typeof document === 'number') response.writeHead(document).end();
      else response.setHeader('content-type', 'text/xml').end(document.replaceAll('{ws}', url.replace('http', 'ws')));
    });
  });
  server.on('upgrade', (request, socket, head) => {
    if (script.refuseUpgrade !== undefined) {
      socket.end(`HTTP/1.1 ${script.refuseUpgrade} Refused\r\nConnection: close\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => streams.push(watch(webSocket, request, script)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    requests,
    streams,
    /** TCP connections that are still open. */
    connections: () =>
      new Promise<number>((resolve, reject) => {
        server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
      }),
    async [Symbol.asyncDispose]() {
      for (const client of sockets.clients) client.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function watch(socket: WebSocket, request: IncomingMessage, script: BridgeScript): SeenStream {
  const stream: SeenStream = {
    socket,
    request,
    messages: [],
    streamSid: '',
    send: (message) => socket.send(JSON.stringify({ streamSid: stream.streamSid, ...message })),
    sendAudio: (mulaw) => stream.send({ event: 'media', media: { payload: Buffer.from(mulaw).toString('base64') } }),
    closed: new Promise((resolve) => socket.on('close', resolve)),
  };
  socket.on('message', (data) => {
    const message = JSON.parse((data as Buffer).toString('utf8')) as SeenMessage;
    stream.messages.push(message);
    if (message.event === 'start') stream.streamSid = message.streamSid;
    script.onMessage?.(stream, message);
  });
  return stream;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
