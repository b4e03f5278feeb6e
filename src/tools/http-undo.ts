import { ToolError } from '../errors.js';
import { parseTemplate } from '../template.js';
import type { HttpAnswer } from './http-exchange.js';
import { compileHttpRequest, type HttpRequest, type HttpRequestOptions } from './http-request.js';
import type { Tool } from './tool.js';

/**
 * What undoes an HTTP tool's request: one request, guarded as the first.
 * @param options its templates may use `result` beside what the tool's may
 * @param exchange sends as the tool does
 * @throws ConfigError CONFIG_INVALID for a template, url or header name that cannot be used
 */
export function createHttpUndo(
  options: HttpRequestOptions,
  exchange: (request: HttpRequest, signal: AbortSignal) => Promise<HttpAnswer>,
): NonNullable<Tool['undo']> {
  const makeRequest = compileHttpRequest(options);
  const needsResult = parseTemplate(options.url).uses('result');
  return async (args, { callSid, toolCallId, variables, signal, ...known }) => {
    // A url with a gap where the result stands is another url, and perhaps one that deletes everything.
    if (needsResult && !('result' in known)) {
      throw new ToolError(
        'TOOL_FAILED',
        'what the call did is not known, and its `on_cancel` cannot be sent without it',
      );
    }
    const request = makeRequest(args, {
      callSid,
      toolCallId: `${toolCallId}:undo`,
      variables: { ...variables, ...known },
    });
    const { body } = await exchange(request, signal);
    return body ?? { status: 'ok' };
  };
}
