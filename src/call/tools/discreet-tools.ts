import type { Toolbox, ToolAnswer } from '../../tools/tool.js';

const MASK = '••••';
/** Fewer digits stand in any text: they are covered only where they are all of it. */
const MIN_DIGITS_WITHIN = 4;
/** A tool's answer is no deeper; what is, is left out. */
const MAX_DEPTH = 32;

/**
 * The same tools, of whose answers neither the model nor an observer learns what the caller entered in private: services
 * like to repeat what they were sent.
 */
export function discreetTools(tools: Toolbox, secrets: ReadonlySet<string>): Toolbox {
  const covered = (answer: ToolAnswer): ToolAnswer =>
    secrets.size === 0 ? answer : { ...answer, response: cover(answer.response, secrets, 0) as ToolAnswer['response'] };
  return {
    declarations: tools.declarations,
    canUndo: (name) => tools.canUndo(name),
    run: async (call, context) => {
      const answer = await tools.run(call, { ...context, onUpdate: (piece) => context.onUpdate(covered(piece)) });
      return answer && covered(answer);
    },
    undo: async (call, context, answer) => {
      const undone = await tools.undo(call, context, answer);
      return undone && covered(undone);
    },
  };
}

function cover(value: unknown, secrets: ReadonlySet<string>, depth: number): unknown {
  if (depth > MAX_DEPTH) return MASK;
  if (typeof value === 'string') return coverText(value, secrets);
  if (typeof value === 'number') return secrets.has(String(value)) ? MASK : value;
  if (Array.isArray(value)) return value.map((item) => cover(item, secrets, depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [coverText(key, secrets), cover(field, secrets, depth + 1)]),
  );
}

function coverText(text: string, secrets: ReadonlySet<string>): string {
  if (secrets.has(text)) return MASK;
  const within = [...secrets].filter(({ length }) => length >= MIN_DIGITS_WITHIN);
  return within.reduce((covered, digits) => covered.replaceAll(digits, MASK), text);
}
