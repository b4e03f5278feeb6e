import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import helmet from 'helmet';
import type { CallRegistry } from '../call/registry.js';
import { CallError, type ErrorCode, LivelineError, WebhookError } from '../errors.js';
import { requireOperator } from './access.js';
import { type ApiOptions, createApi } from './api.js';
import { createConsoleFiles } from './console-files.js';
import { createSampleApi } from './sample-api.js';
import type { OutboundDesk } from './outbound-api.js';
import type { OutboundHooks } from './outbound-routes.js';
import { createTwilioRoutes, type TwilioRouteOptions } from './twilio-routes.js';

export interface AppOptions extends TwilioRouteOptions, ApiOptions {
  calls: CallRegistry;
  findAgent: TwilioRouteOptions['findAgent'];
  outbound: OutboundDesk & OutboundHooks;
  apiToken: string | undefined;
  /** The example agent's systems, beside the embedded model. */
  sampleApi: boolean;
  /** Told of requests that failed by a fault of ours. */
  onFault(error: LivelineError): void;
}

/**
 * What the page may load: files of this server, nothing inline, nothing from elsewhere. `'self'` holds its WebSocket too
 * (Content Security Policy 3). Requests are not upgraded to https: on this machine there is none.
 */
const PAGE_POLICY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
    objectSrc: ["'none'"],
  },
};

/** The HTTP side: webhooks, health, the operator's API, the desk phone's page. */
export function createApp(options: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(helmet({ contentSecurityPolicy: PAGE_POLICY }));
  app.get('/health', (_request, response) => {
    response.json({ status: 'ok' });
  });
  app.get('/ready', (_request, response) => {
    const ready = !options.calls.draining;
    response.status(ready ? 200 : 503).json({ ready, calls: options.calls.size });
  });
  app.use('/twilio', createTwilioRoutes(options));
  app.use('/api', requireOperator(options.apiToken, options.publicUrl), createApi(options));
  app.use(createConsoleFiles(options.apiToken));
  if (options.sampleApi) app.use('/sample', requireOperator(undefined), createSampleApi());
  app.use((request: Request, _response: Response, next: NextFunction) => {
    next(new WebhookError('NOT_FOUND', `there is nothing at ${request.path}`, 404));
  });
  app.use((thrown: unknown, _request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) {
      next(thrown);
      return;
    }
    const { status, error } = explain(thrown);
    if (status === FAULT_STATUS) options.onFault(error);
    const detail = status === FAULT_STATUS ? 'something went wrong here; the log says what' : error.detail;
    response.status(status).json({ error: { code: error.code, detail } });
  });
  return app;
}

/** Of what nobody foresaw; its words are for the log. */
const FAULT_STATUS = 500;

/** HTTP statuses of a call that cannot be had; any other is a conflict with what the call is doing. */
const CALL_STATUSES: Partial<Record<ErrorCode, number>> = {
  CALL_NOT_FOUND: 404,
  CALL_CAPACITY: 503,
  CARRIER_FAILED: 502,
  CARRIER_UNREACHABLE: 502,
};

function explain(thrown: unknown): { status: number; error: LivelineError } {
  if (thrown instanceof WebhookError) return { status: thrown.httpStatus, error: thrown };
  if (thrown instanceof CallError) return { status: CALL_STATUSES[thrown.code] ?? 409, error: thrown };
  // Express's own: a body too large, not JSON, not decodable.
  const status = (thrown as { status?: unknown } | null)?.status;
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return {
      status,
      error: new WebhookError('REQUEST_UNREADABLE', 'the request cannot be read', status, { cause: thrown }),
    };
  }
  return { status: FAULT_STATUS, error: LivelineError.from(thrown) };
}
