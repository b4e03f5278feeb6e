import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LivelineError } from './errors.js';

/**
 * Opens a server's port.
 * @param address.port 0 takes a free one
 * @returns the port it has
 * @throws LivelineError ENVIRONMENT_INVALID, in words for whoever chose the port
 */
export function listen(server: Server, { port, host }: { port: number; host: string }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const detail =
        error.code === 'EADDRINUSE'
          ? `port ${port} is taken: stop what listens there, or choose another with --port`
          : `cannot listen on ${host}:${port}: ${error.message}`;
      reject(new LivelineError('ENVIRONMENT_INVALID', detail, { cause: error }));
    });
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}
