import { createHash, timingSafeEqual } from 'node:crypto';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { WebhookError } from '../errors.js';
import { isDirectLoopback, readRequestFacts } from '../twilio/public-url.js';

/**
 * Lets a request through that carries the API token; without a token configured, only one that comes straight
 * from this machine (behind a tunnel everyone's socket is loopback, so forwarding headers close the door).
 */
export function requireOperator(apiToken: string | undefined): RequestHandler {
  return (request: Request, _response: Response, next: NextFunction) => {
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

function sameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
