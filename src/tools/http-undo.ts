import { ToolError } from '../errors.js';
import { parseTemplate } from '../template.js';
import { createHttpAsker, type HttpParts, type HttpQuestion } from './http-asker.js';
import type { Tool } from './tool.js';

/**
 * What undoes an HTTP tool's request: one request, guarded as the first.
 * @param question the templates of its request may use `result` beside what the tool's may
 * @throws ConfigError CONFIG_INVALID for a template, url or header name that cannot be used
 */
export function createHttpUndo(question: HttpQuestion, parts: HttpParts): NonNullable<Tool['undo']> {
  const ask = createHttpAsker(question, parts);
  const needsResult = parseTemplate(question.request.url).uses('result');
  return async (args, { callSid, toolCallId, variables, signal, ...known }) => {
    // A url with a gap where the result stands is another url, and perhaps one that deletes everything.
    if (needsResult && !('result' in known)) {
      throw new ToolError(
        'TOOL_FAILED',
        'what the call did is not known, and its `on_cancel` cannot be sent without it',
      );
    }
    return await ask(args, {
      callSid,
      toolCallId: `${toolCallId}:undo`,
      variables: { ...variables, ...known },
      signal,
    });
  };
}
