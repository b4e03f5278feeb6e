import { coverValues } from '../../cover-values.js';
import type { Toolbox, ToolAnswer } from '../../tools/tool.js';
import { digitCover } from './digit-cover.js';

/**
 * The same tools, of whose answers neither the model nor an observer learns what the caller entered in private: services
 * like to repeat what they were sent.
 */
export function discreetTools(tools: Toolbox, secrets: ReadonlySet<string>): Toolbox {
  const covered = (answer: ToolAnswer): ToolAnswer =>
    secrets.size === 0
      ? answer
      : {
          ...answer,
          response: coverValues(answer.response, { text: digitCover(secrets) }) as ToolAnswer['response'],
        };
  return {
    declarations: tools.declarations,
    canUndo: (name) => tools.canUndo(name),
    isRevocable: (name) => tools.isRevocable(name),
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
