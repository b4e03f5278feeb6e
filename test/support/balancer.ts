import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';

/** One address in front of several servers: each request and each stream goes to the one that a test says. */
export interface Balancer extends AsyncDisposable {
  readonly url: string;
  /** Base url of the server that has a path, without its query. */
  route: (path: string) => string;
  /** Told of each request's path and query. */
  onRequest?: (url: string) => void;
}

export async function startBalancer(): Promise<Balancer> {
  const server = createServer((incoming, response) => {
    balancer.onRequest?.(incoming.url ?? '/');
    passRequest(incoming, response, targetOf(incoming));
  });
  const streams = new Set<Duplex>();
  server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    streams.add(socket.once('close', () => streams.delete(socket)));
    passStream(incoming, socket, head, targetOf(incoming));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const balancer: Balancer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    route: () => {
      throw new Error('the test has not said where requests go');
    },
    async [Symbol.asyncDispose]() {
      for (const stream of streams) stream.destroy();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  function targetOf({ url = '/' }: IncomingMessage): URL {
    return new URL(url, balancer.route(url.split('?', 1)[0] ?? '/'));
  }
  return balancer;
}

function passRequest(incoming: IncomingMessage, response: ServerResponse, target: URL): void {
  const { method, headers } = incoming;
  const passed = request(target, { method, headers, agent: false }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  passed.on('error', () => response.destroy());
  incoming.pipe(passed);
}

function passStream({ url, rawHeaders }: IncomingMessage, socket: Duplex, head: Buffer, target: URL): void {
  const passed = connect(Number(target.port), target.hostname);
  const headers = rawHeaders.map((text, index) => (index % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join('');
  passed.write(`GET ${url} HTTP/1.1\r\n${headers}\r\n`);
  passed.write(head);
  passed.pipe(socket).pipe(passed);
  for (const [one, other] of [
    [socket, passed],
    [passed, socket],
  ] as const) {
    one.on('error', () => undefined);
    one.on('close', () => other.destroy());
  }
}
