import type { ToolConfig } from '../agents/tool-schema.js';
import { given } from '../live/given.js';
import { createCollectDigitsTool } from '../tools/collect-digits-tool.js';
import { createHangUpTool } from '../tools/hang-up-tool.js';
import { createSendDigitsTool } from '../tools/send-digits-tool.js';
import type { Tool } from '../tools/tool.js';

type BuiltInConfig = Extract<ToolConfig, { built_in: unknown }>;

/** What the bridge itself does for a model. */
export function builtInTool(config: BuiltInConfig): Tool {
  switch (config.built_in) {
    case 'hang_up':
      return createHangUpTool(config);
    case 'send_digits':
      return createSendDigitsTool(config);
    case 'collect_digits':
      return collectDigitsTool(config);
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
