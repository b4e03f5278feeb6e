import type { GuardedDispatchers } from './guarded-dispatcher.js';
import { exchangeHttp } from './http-exchange.js';
import { compileHttpRequest, type HttpRequestOptions } from './http-request.js';
import type { Tool } from './tool.js';

/** A tool that asks a web service. */
export interface HttpToolOptions extends Pick<Tool, 'declaration' | 'timeoutMs' | 'whenDone'> {
  request: HttpRequestOptions;
  /** Hosts the tool may reach although their addresses are private. */
  allowPrivateHosts: readonly string[];
}

/**
 * @param dispatchers owns the sockets; whoever created it disposes it
 * @throws ConfigError CONFIG_INVALID for a template, url, header name or host that cannot be used
 */
export function createHttpTool(options: HttpToolOptions, dispatchers: GuardedDispatchers): Tool {
  const { declaration, timeoutMs, whenDone, allowPrivateHosts } = options;
  const makeRequest = compileHttpRequest(options.request);
  const dispatcher = dispatchers.allowing(allowPrivateHosts);
  return {
    declaration,
    timeoutMs,
    ...(whenDone && { whenDone }),
    async run(args, context) {
      return await exchangeHttp(makeRequest(args, context), dispatcher, context.signal);
    },
  };
}
