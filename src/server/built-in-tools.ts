import type { ToolConfig } from '../agents/schema/tool-schema.js';
import { given } from '../live/given.js';
import { createCollectDigitsTool } from '../tools/collect-digits-tool.js';
import { createHandOverTool } from '../tools/hand-over-tool.js';
import { createHangUpTool } from '../tools/hang-up-tool.js';
import { createSendDigitsTool } from '../tools/send-digits-tool.js';
import { createSendSmsTool } from '../tools/send-sms-tool.js';
import type { Tool } from '../tools/tool.js';
import { createTransferTool } from '../tools/transfer-tool.js';

type RunConfig = Pick<Extract<ToolConfig, { http: unknown }>, 'blocking' | 'when_done'>;
type BuiltInConfig = Extract<ToolConfig, { built_in: unknown }>;

/**
 * What the bridge itself does for a model.
 * @param agent whose tool it is
 */
export function builtInTool(config: BuiltInConfig, agent: string): Tool {
  switch (config.built_in) {
    case 'hang_up':
      return createHangUpTool(config);
    case 'send_digits':
      return createSendDigitsTool(config);
    case 'collect_digits':
      return collectDigitsTool(config);
    case 'hand_over':
      return createHandOverTool({ ...config, to: successors(config.to, agent) });
    case 'transfer':
      return transferTool(config);
    case 'send_sms':
      return sendSmsTool(config);
  }
}

function transferTool(config: Extract<BuiltInConfig, { built_in: 'transfer' }>): Tool {
  const { description, to, mode, ring_timeout_s: ringTimeoutS } = config;
  const tool = createTransferTool(
    given({ description, names: Object.keys(to), isWarm: mode === 'warm', ringTimeoutMs: ringTimeoutS * 1_000 }),
  );
  return runAs(tool, config);
}

function sendSmsTool(config: Extract<BuiltInConfig, { built_in: 'send_sms' }>): Tool {
  const { description, to = {} } = config;
  return runAs(createSendSmsTool(given({ description, names: Object.keys(to) })), config);
}

/** As the file has it, where it says so. */
function runAs(tool: Tool, { blocking, when_done: whenDone = tool.whenDone }: RunConfig): Tool {
  const declaration = blocking === undefined ? tool.declaration : { ...tool.declaration, blocking };
  return { ...tool, declaration, ...(whenDone && { whenDone }) };
}

function collectDigitsTool(config: Extract<BuiltInConfig, { built_in: 'collect_digits' }>): Tool {
  const { name, description, as, min, max, terminator, pattern, sensitive } = config;
  return createCollectDigitsTool(
    given({
      name,
      description,
      as,
      min,
      max,
      terminator: terminator === 'none' ? null : terminator,
      firstDigitMs: config.first_digit_s * 1_000,
      nextDigitMs: config.next_digit_s * 1_000,
      pattern: pattern === undefined ? undefined : new RegExp(pattern, 'u'),
      sensitive,
    }),
  );
}

/** An agent cannot take over from itself. */
function successors(
  to: readonly string[] | Readonly<Record<string, string>>,
  agent: string,
): Record<string, string | undefined> {
  const entries = Array.isArray(to) ? to.map((name: string) => [name, undefined] as const) : Object.entries(to);
  return Object.fromEntries(entries.filter(([name]) => name !== agent));
}
