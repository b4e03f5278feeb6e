import type { ToolConfig } from '../agents/tool-schema.js';
import { given } from '../live/given.js';
import { createCollectDigitsTool } from '../tools/collect-digits-tool.js';
import { createHandOverTool } from '../tools/hand-over-tool.js';
import { createHangUpTool } from '../tools/hang-up-tool.js';
import { createSendDigitsTool } from '../tools/send-digits-tool.js';
import type { Tool } from '../tools/tool.js';

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
  }
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
