import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { WebhookError } from '../errors.js';
import { isDirectLoopback, publicBase, readRequestFacts } from '../twilio/public-url.js';

/**
 * Lets a request through that carries the API token; without a token configured, only one that comes straight
 * from this machine (behind a tunnel everyone's socket is loopback, so forwarding headers close the door).
 */
export function requireOperator(apiToken: string | undefined, publicUrl?: string): RequestHandler {
  return (request: Request, _response: Response, next: NextFunction) => {
    if (!isOwnOrigin(request, publicUrl)) {
      next(new WebhookError('ACCESS_DENIED', 'pages of other sites are not answered', 403));
      return;
    }
    if (apiToken === undefined) {
      if (isDirectLoopback(readRequestFacts(request))) next();
      else {
        const detail = 'this is open to the machine itself only; set LIVELINE_API_TOKEN to reach it from elsewhere';
        next(new WebhookError('ACCESS_DENIED', detail, 403));
      }
      return;
    }
    const [scheme, token] = (request.get('authorization') ?? '').split(' ');
    if (scheme?.toLowerCase() === 'bearer' && token !== undefined && sameSecret(token, apiToken)) next();
    else
      next(new WebhookError('ACCESS_DENIED', 'the Authorization header must be `Bearer` and LIVELINE_API_TOKEN', 401));
  };
}

/** A browser names the site whose page asks; it leaves it out where a page only reads from its own. */
export function isOwnOrigin(request: IncomingMessage, publicUrl: string | undefined): boolean {
  const { origin } = request.headers;
  if (origin === undefined) return true;
  const facts = readRequestFacts(request);
  // By its public name, and by the one that this request used: beside a tunnel the page is opened locally, too.
  const own = [publicBase(facts, publicUrl), publicBase(facts)].map((base) => base.http.toLowerCase());
  return own.includes(origin.toLowerCase());
}

function sameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
