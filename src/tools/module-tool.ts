import { basename } from 'node:path';
import { format } from 'node:util';
import { ToolError } from '../errors.js';
import type { ToolDefinition, ToolModuleContext, ToolModuleLog } from './define-tool.js';
import type { Tool, ToolContext } from './tool.js';

type ToolLogLevel = 'info' | 'warn' | 'error';

/** Where tools of modules write to. */
export type ToolLogWriter = (level: ToolLogLevel, about: { callSid: string; tool: string }, text: string) => void;

/** A tool whose work is a function of the user's own. */
export interface ModuleToolOptions extends Pick<Tool, 'declaration' | 'timeoutMs' | 'whenDone'> {
  definition: ToolDefinition;
  log: ToolLogWriter;
}

/** A tool that writes more is talking to itself. */
const MAX_LOG_LINES = 100;
const MAX_LOG_CHARS = 1_000;

export function createModuleTool(options: ModuleToolOptions): Tool {
  const { declaration, timeoutMs, whenDone, definition, log } = options;
  async function guarded(context: Pick<ToolContext, 'callSid'>, work: () => unknown): Promise<unknown> {
    try {
      return await work();
    } catch (thrown) {
      log('warn', { callSid: context.callSid, tool: declaration.name }, `the tool failed: ${whereThrown(thrown)}`);
      throw asToolError(thrown);
    }
  }

  function shared(context: Pick<ToolContext, 'callSid' | 'toolCallId' | 'variables' | 'signal'>) {
    const { callSid, toolCallId, variables, signal } = context;
    const { caller, call } = structuredClone(variables) as Pick<ToolModuleContext, 'caller' | 'call'>;
    const lines = moduleLog((level, text) => log(level, { callSid, tool: declaration.name }, text));
    return { caller, call, idempotencyKey: `${callSid}:${toolCallId}`, signal, log: lines };
  }

  return {
    declaration,
    timeoutMs,
    ...(whenDone && { whenDone }),
    run: (args, context) =>
      guarded(context, () =>
        definition.run(args, { ...shared(context), actions: context.actions, update: context.update }),
      ),
    ...(definition.undo && {
      undo: (args, context) =>
        guarded(context, () =>
          definition.undo?.(args, { ...shared(context), ...('result' in context && { result: context.result }) }),
        ),
    }),
  };
}

/** The user's own words for what went wrong, with what the error says of itself. */
function asToolError(thrown: unknown): ToolError {
  if (thrown instanceof ToolError) return thrown;
  if (typeof thrown === 'string') return new ToolError('TOOL_FAILED', thrown);
  if (!(thrown instanceof Error)) return new ToolError('TOOL_FAILED', 'the tool threw something that is no error');
  const { status, retryable } = thrown as { status?: unknown; retryable?: unknown };
  return new ToolError('TOOL_FAILED', thrown.message === '' ? thrown.name : thrown.message, {
    cause: thrown,
    retryable: retryable === true,
    ...(typeof status === 'number' && { status }),
  });
}

/** Kind and place of an error, for the log; its message may hold what a caller said. */
function whereThrown(thrown: unknown): string {
  if (!(thrown instanceof Error)) return typeof thrown;
  const [, file = '', line = ''] = /\(?file:\/\/([^?\s)]+)(?:\?[^:\s)]*)?:(\d+):\d+/.exec(thrown.stack ?? '') ?? [];
  return file === '' ? thrown.name : `${thrown.name} at ${basename(file)}:${line}`;
}

function moduleLog(write: (level: ToolLogLevel, text: string) => void): ToolModuleLog {
  let lines = 0;
  function line(level: ToolLogLevel): (text: unknown) => void {
    return (text) => {
      lines += 1;
      if (lines <= MAX_LOG_LINES) write(level, format(text).slice(0, MAX_LOG_CHARS));
    };
  }
  return { info: line('info'), warn: line('warn'), error: line('error') };
}
