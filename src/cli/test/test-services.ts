import { createServer, type Server } from 'node:http';
import type { Clock } from '../../clock.js';
import { listen } from '../../listen.js';
import type { TestRoute } from './test-file-schema.js';

/** A web service that answers as a test file says. */
export interface TestService extends AsyncDisposable {
  /** `http://127.0.0.1:port` */
  readonly url: string;
}

/** Starts a service on a free port of this machine. A request that no route fits is answered with 404. */
export async function startTestService(routes: readonly TestRoute[], clock: Clock): Promise<TestService> {
  const matchers = routes.map((route) => ({ route, fits: matcherOf(route.on) }));
  const server = createServer((request, response) => {
    request.resume();
    const asked = `${request.method ?? ''} ${(request.url ?? '/').split('?', 1)[0] ?? '/'}`;
    const { route } = matchers.find(({ fits }) => fits.test(asked)) ?? {};
    clock.after(route?.delay_ms ?? 0, () => {
      response.writeHead(route?.status ?? 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify(route ? (route.body ?? null) : { error: `nothing answers ${asked}` }));
    });
  });
  const port = await listen(server, { port: 0, host: '127.0.0.1' });
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => close(server) };
}

function matcherOf(on: string): RegExp {
  const parts = on.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^/]+')}$`);
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
