import type * as z from 'zod';
import { nearest } from './problem.js';
import { agentSchema } from './schema/schema.js';
import { isPlainMap } from './schema/schema-walk.js';
import type { ToolConfig } from './schema/tool-schema.js';

type Data = z.output<typeof agentSchema>;

export interface Salvaged {
  /** What of the agent has the right shape. The place of a tool that has not is taken by one of no kind. */
  data: Data;
  /** Whether all of it has. */
  isWhole: boolean;
  /** Whether it is known for which model the rest is, and whether as a translator. */
  isModelKnown: boolean;
  /** Whether it is known what templates may use. */
  areVariablesKnown: boolean;
}

/** A valid one while the schema is asked. */
const ANY_TOOL = { built_in: 'hang_up' };
/** No rule is about a tool of no kind; and the other tools keep their numbers. */
const NO_TOOL = {} as ToolConfig;

/**
 * Takes from the settings of an agent what has the right shape, so that one mistake hides no other.
 * @param onMistakes told of what the schema finds in what is still there; once for settings that are right but for it
 * @returns undefined where nothing can be taken
 */
export function salvageAgent(
  settings: Record<string, unknown>,
  onMistakes: (error: z.ZodError, settings: Record<string, unknown>) => void,
): Salvaged | undefined {
  const lost = new Set<string>();
  const lostTools = new Map<number, unknown>();
  let rest = settings;
  for (;;) {
    const { data, error } = agentSchema.safeParse(rest);
    if (data) {
      const tools = data.tools.map((tool, index) => (lostTools.has(index) ? NO_TOOL : tool));
      const isWhole = lost.size + lostTools.size === 0;
      const isModelKnown = !mayBeAmong(lost, ['model', 'translation']);
      const areVariablesKnown = !mayBeAmong(lost, ['before_call']) && !doesKeep(lostTools);
      return { data: { ...data, tools }, isWhole, isModelKnown, areVariablesKnown };
    }
    onMistakes(error, rest);
    const before = lost.size + lostTools.size;
    for (const issue of error.issues) {
      const [key, index] = issue.path;
      if (issue.code === 'unrecognized_keys' && key === undefined) for (const one of issue.keys) lost.add(one);
      else if (key === 'tools' && typeof index === 'number') lostTools.set(index, toolsOf(settings)[index]);
      else if (typeof key === 'string') lost.add(key);
    }
    if (lost.size + lostTools.size === before) return undefined;
    rest = Object.fromEntries(Object.entries(settings).filter(([key]) => !lost.has(key)));
    if (rest['tools'] !== undefined) {
      rest['tools'] = toolsOf(settings).map((tool, index) => (lostTools.has(index) ? ANY_TOOL : tool));
    }
  }
}

function toolsOf({ tools }: Record<string, unknown>): readonly unknown[] {
  return Array.isArray(tools) ? tools : [];
}

/** A key that is not known may have been meant for one that is. */
function mayBeAmong(keys: ReadonlySet<string>, wanted: readonly string[]): boolean {
  return [...keys].some((key) => nearest(key, wanted) !== undefined);
}

/** Whether a tool keeps something for the templates of others. */
function doesKeep(tools: ReadonlyMap<number, unknown>): boolean {
  return [...tools.values()].some((tool) => isPlainMap(tool) && 'as' in tool);
}
