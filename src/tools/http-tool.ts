import type { Clock } from '../clock.js';
import { ToolError } from '../errors.js';
import type { GuardedDispatchers } from './guarded-dispatcher.js';
import type { HttpAnswer } from './http-exchange.js';
import { compileHttpRequest, type HttpRequest, type HttpRequestOptions, isIdempotent } from './http-request.js';
import { createHttpUndo } from './http-undo.js';
import { compileValue, type Variables } from './template-value.js';
import type { Tool } from './tool.js';

/** A tool that asks a web service. */
export interface HttpToolOptions extends Pick<Tool, 'declaration' | 'timeoutMs' | 'whenDone'> {
  request: HttpRequestOptions;
  /**
   * What of the answer reaches the model: Liquid anywhere inside a JSON value, over `response.body`,
   * `response.status`, `response.headers` and what the request may use. Left out: the body.
   */
  result?: unknown;
  /** What undoes the request when the model calls it off; its templates may use `result` too, what the tool gave. */
  undo?: HttpRequestOptions;
  /** Hosts the tool may reach although their addresses are private. */
  allowPrivateHosts: readonly string[];
}

/** What makes tools that ask web services. Whoever created the dispatchers disposes them. */
export interface HttpToolParts {
  dispatchers: GuardedDispatchers;
  clock: Clock;
}

/** A gateway without its service: RFC 9110 §15.6.3 to §15.6.5. */
const GATEWAY_STATUSES: readonly (number | undefined)[] = [502, 503, 504];
/** Long enough for a load balancer to choose again, too short for a caller to notice. */
const RETRY_DELAY_MS = 250;

/**
 * A request whose repetition does no harm is made a second time where the connection failed or a gateway answered, if
 * the tool's time allows.
 * @throws ConfigError CONFIG_INVALID for a template, url, header name or host that cannot be used
 */
export function createHttpTool(options: HttpToolOptions, { dispatchers, clock }: HttpToolParts): Tool {
  const { declaration, timeoutMs, whenDone, allowPrivateHosts, request, result, undo } = options;
  const makeRequest = compileHttpRequest(request);
  const pick = result === undefined ? wholeBody : compileResult(result);
  const openDispatcher = dispatchers.allowing(allowPrivateHosts);
  // The HTTP client takes a tenth of a second to load: neither the server's start nor a caller shall wait for it.
  const client = import('./http-exchange.js');
  const isRepeatable = isIdempotent(request.method);
  return {
    declaration,
    timeoutMs,
    isRepeatable,
    ...(whenDone && { whenDone }),
    ...(undo && { undo: createHttpUndo(undo, exchange) }),
    async run(args, context) {
      const { signal, variables } = context;
      const prepared = makeRequest(args, context);
      const answer = await exchange(prepared, signal).catch(async (error: unknown) => {
        if (!isRepeatable || !mayPass(error)) throw error;
        await pause(clock, signal);
        return await exchange(prepared, signal);
      });
      return pick(answer, { ...variables, args });
    },
  };

  async function exchange(prepared: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const { exchangeHttp } = await client;
    return await exchangeHttp(prepared, await openDispatcher(), signal);
  }
}

/** A model that is given nothing asks again. */
function wholeBody({ body }: HttpAnswer): unknown {
  return body ?? { status: 'ok' };
}

function compileResult(result: unknown): (answer: HttpAnswer, variables: Variables) => unknown {
  const value = compileValue(result);
  return (answer, variables) => {
    try {
      return value({ ...variables, response: answer });
    } catch (cause) {
      throw new ToolError('TOOL_FAILED', 'the answer of the service does not fit the `result` of this tool', { cause });
    }
  };
}

function mayPass(error: unknown): boolean {
  if (!(error instanceof ToolError)) return false;
  return error.status === undefined ? error.retryable : GATEWAY_STATUSES.includes(error.status);
}

function pause(clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    clock.after(RETRY_DELAY_MS, resolve, signal);
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
