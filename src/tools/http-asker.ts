import type { Clock } from '../clock.js';
import { ToolError } from '../errors.js';
import type { GuardedDispatchers } from './guarded-dispatcher.js';
import type { HttpAnswer } from './http-exchange.js';
import { compileHttpRequest, type HttpRequestOptions, isIdempotent } from './http-request.js';
import { compileValue, type Variables } from './template-value.js';
import type { ToolContext } from './tool.js';

/** One question to a web service, and what of its answer is wanted. */
export interface HttpQuestion {
  request: HttpRequestOptions;
  /**
   * Liquid anywhere inside a JSON value, over `response.body`, `response.status`, `response.headers` and what the
   * request may use. Left out: the body.
   */
  result?: unknown;
  /** Hosts that may be reached although their addresses are private. */
  allowPrivateHosts: readonly string[];
}

/** What makes questions to web services. Whoever created the dispatchers disposes them. */
export interface HttpParts {
  dispatchers: GuardedDispatchers;
  clock: Clock;
}

/**
 * Asks once. The templates of the request see `args` beside the call's variables.
 * @throws ToolError
 */
export type AskHttp = (
  args: Record<string, unknown>,
  context: Pick<ToolContext, 'callSid' | 'toolCallId' | 'variables' | 'signal'>,
) => Promise<unknown>;

/** A gateway without its service: RFC 9110 §15.6.3 to §15.6.5. */
const GATEWAY_STATUSES: readonly (number | undefined)[] = [502, 503, 504];
/** Long enough for a load balancer to choose again, too short for a caller to notice. */
const RETRY_DELAY_MS = 250;

/**
 * Parses a question's templates once. A request whose repetition does no harm is made a second time where the
 * connection failed or a gateway answered, unless `signal` ends it first.
 * @throws ConfigError CONFIG_INVALID for a template, url, header name or host that cannot be used
 */
export function createHttpAsker(question: HttpQuestion, { dispatchers, clock }: HttpParts): AskHttp {
  const { request, result, allowPrivateHosts } = question;
  const makeRequest = compileHttpRequest(request);
  const pick = result === undefined ? wholeBody : compileResult(result);
  const openDispatcher = dispatchers.allowing(allowPrivateHosts);
  // The HTTP client takes a tenth of a second to load: neither the server's start nor a caller shall wait for it.
  const client = import('./http-exchange.js');
  const isRepeatable = isIdempotent(request.method);
  return async (args, context) => {
    const { signal, variables } = context;
    const prepared = makeRequest(args, context);
    const { exchangeHttp } = await client;
    const dispatcher = await openDispatcher();
    const answer = await exchangeHttp(prepared, dispatcher, signal).catch(async (error: unknown) => {
      if (!isRepeatable || !mayPass(error)) throw error;
      await pause(clock, signal);
      return await exchangeHttp(prepared, dispatcher, signal);
    });
    return pick(answer, { ...variables, args });
  };
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
