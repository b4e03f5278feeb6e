import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { McpServer, WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server';

/** What a client sent: HTTP method and, of a message, the protocol's. */
interface Received {
  http: string;
  method: string | undefined;
  params: Record<string, unknown> | undefined;
}

/** An MCP server by streamable HTTP on 127.0.0.1, with sessions and streams as a real one has them. */
export interface McpHttpServer extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly Received[];
  /** Sessions that were begun and not ended. */
  readonly sessions: number;
  /** Answers that were begun and have not ended. */
  readonly openStreams: number;
  /** Tools whose calls were called off, as their handlers were told. */
  readonly calledOff: readonly string[];
  /** How often a tool ran. */
  runs(tool: string): number;
  /** Has another tool from here on, and says so. */
  add(tool: string): void;
  /** Forgets every session; streams that are open stay so. */
  forget(): void;
  /** Ends every answer that is under way, as proxies do. */
  endStreams(): void;
  /** Nobody answers at its port. */
  stop(): Promise<void>;
  /** … and somebody does again. */
  start(): Promise<void>;
}

export async function startMcpHttpServer(): Promise<McpHttpServer> {
  const received: Received[] = [];
  const calledOff: string[] = [];
  const runs: string[] = [];
  const added: string[] = [];
  const sockets = new Set<Socket>();
  const streams = new Set<ServerResponse>();
  const sessions = new Map<string, { server: McpServer; transport: WebStandardStreamableHTTPServerTransport }>();
  let http: Server | undefined;
  let port = 0;
  let count = 0;

  async function begin() {
    const server = new McpServer({ name: 'stock', version: '1' }, { capabilities: { logging: {} } });
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => `session-${(count += 1)}`,
      onsessioninitialized: (id) => void sessions.set(id, { server, transport }),
      onsessionclosed: (id) => void sessions.delete(id),
    });
    const answer = (left: number) => ({ content: [{ type: 'text' as const, text: JSON.stringify({ left }) }] });
    server.registerTool('stock', { description: 'What is left.' }, () => {
      runs.push('stock');
      return answer(3);
    });
    server.registerTool('talk', { description: 'Says something before it answers.' }, async ({ mcpReq }) => {
      await mcpReq.notify({ method: 'notifications/message', params: { level: 'info', data: 'looking' } });
      await mcpReq.notify({ method: 'notifications/progress', params: { progressToken: 0, progress: 1 } });
      return answer(4);
    });
    server.registerTool('hang', { description: 'Never answers.' }, ({ mcpReq }) => {
      runs.push('hang');
      mcpReq.signal.addEventListener('abort', () => calledOff.push('hang'));
      return new Promise(() => undefined);
    });
    for (const name of added) server.registerTool(name, { description: 'Added.' }, () => answer(5));
    await server.connect(transport);
    return transport;
  }

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const piece of incoming as AsyncIterable<Buffer>) body += piece.toString();
    const message = (body === '' ? {} : JSON.parse(body)) as Pick<Received, 'method' | 'params'>;
    received.push({ http: incoming.method ?? '', method: message.method, params: message.params });
    const id = incoming.headers['mcp-session-id'];
    const transport = id === undefined ? await begin() : sessions.get(String(id))?.transport;
    if (!transport) return void response.writeHead(404).end();
    const headers = Object.entries(incoming.headers).map(([key, value]): [string, string] => [key, String(value)]);
    const init = { method: incoming.method ?? 'GET', headers, ...(body !== '' && { body }) };
    const answer = await transport.handleRequest(new Request(`http://127.0.0.1:${port}/mcp`, init));
    streams.add(response);
    response.on('close', () => streams.delete(response));
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.flushHeaders();
    const reader = answer.body?.getReader();
    response.on('close', () => void reader?.cancel().catch(() => undefined));
    for (
      let piece = await reader?.read();
      piece && !piece.done && !response.writableEnded;
      piece = await reader?.read()
    )
      response.write(piece.value);
    response.end();
  }

  async function start(): Promise<void> {
    const server = createServer(
      (incoming, response) => void handle(incoming, response).catch(() => response.destroy()),
    );
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
    http = server;
  }

  async function stop(): Promise<void> {
    const server = http;
    http = undefined;
    const closed = new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
    for (const socket of sockets) socket.destroy();
    await closed;
    sessions.clear();
  }

  await start();
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    received,
    calledOff,
    get sessions() {
      return sessions.size;
    },
    get openStreams() {
      return streams.size;
    },
    runs: (tool) => runs.filter((name) => name === tool).length,
    add(tool) {
      added.push(tool);
      for (const { server } of sessions.values()) {
        server.registerTool(tool, { description: 'Added.' }, () => ({ content: [{ type: 'text', text: 'added' }] }));
      }
    },
    forget: () => sessions.clear(),
    endStreams: () => streams.forEach((stream) => stream.end()),
    stop,
    start,
    [Symbol.asyncDispose]: stop,
  };
}
