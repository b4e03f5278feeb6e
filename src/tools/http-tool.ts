import { createHttpAsker, type HttpParts, type HttpQuestion } from './http-asker.js';
import { type HttpRequestOptions, isIdempotent } from './http-request.js';
import { createHttpUndo } from './http-undo.js';
import type { Tool } from './tool.js';

/** A tool that asks a web service. */
export interface HttpToolOptions extends HttpQuestion, Pick<Tool, 'declaration' | 'timeoutMs' | 'whenDone'> {
  /** What undoes the request when the model calls it off; its templates may use `result` too, what the tool gave. */
  undo?: HttpRequestOptions;
}

/** @throws ConfigError CONFIG_INVALID for a template, url, header name or host that cannot be used */
export function createHttpTool(options: HttpToolOptions, parts: HttpParts): Tool {
  const { declaration, timeoutMs, whenDone, request, allowPrivateHosts, undo } = options;
  return {
    declaration,
    timeoutMs,
    isRepeatable: isIdempotent(request.method),
    ...(whenDone && { whenDone }),
    ...(undo && { undo: createHttpUndo({ request: undo, allowPrivateHosts }, parts) }),
    run: createHttpAsker(options, parts),
  };
}
