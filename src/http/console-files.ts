import { fileURLToPath } from 'node:url';
import compression from 'compression';
import express, { type Router } from 'express';
import { requireOperator } from './access.js';

/** Where `npm run build` puts the page, seen from the sources as well as from what they are compiled to. */
const PAGE_FOLDER = fileURLToPath(new URL('../../dist/console/', import.meta.url));

/**
 * The desk phone's page. It holds no secret and asks for the token itself; without one configured it is for this machine
 * only, like everything that it talks to.
 */
export function createConsoleFiles(apiToken: string | undefined): Router {
  const router = express.Router();
  router.use(compression());
  if (apiToken === undefined) router.use(requireOperator(undefined));
  // The names of these files change with what is in them.
  router.use('/assets', express.static(`${PAGE_FOLDER}assets`, { immutable: true, maxAge: '1y', index: false }));
  router.get('/', (_request, response, next) => {
    response.sendFile(
      'index.html',
      { root: PAGE_FOLDER, cacheControl: false, headers: { 'cache-control': 'no-cache' } },
      // The callback is called in any case; on success there is nothing left to do.
      (error: Error | undefined) => {
        if (error) next(error);
      },
    );
  });
  return router;
}
