import { workingSound } from '../audio/soft-notes.js';
import type { AttendantPlan } from '../call/dialogue/attendant.js';
import { given } from '../live/given.js';
import { isNonBlocking } from '../live/setup-tools.js';
import type { ModelProfile } from '../models/profiles.js';
import type { Tool, WhileToolRuns } from '../tools/tool.js';

/** A tool that is slower leaves the caller with a soft sound rather than with nothing. */
const BY_DEFAULT: WhileToolRuns = { afterMs: 2_000, sound: workingSound() };

/** What callers hear, and the model is told, while each of these tools runs on a model. */
export function whileRunning(tools: readonly Tool[], profile: ModelProfile): AttendantPlan['whileRunning'] {
  const known = new Map(
    tools.map((tool) => {
      const blocks = !isNonBlocking(tool.declaration, profile);
      const { afterMs = 0, sound, say } = tool.whileRunning === false ? {} : (tool.whileRunning ?? BY_DEFAULT);
      const manner = given({
        blocks,
        fill: sound && { afterMs, sound },
        // A line would call off the tool that the model waits for.
        say: say === undefined || blocks ? undefined : { afterMs, text: say },
        isSilent: (tool.whenDone === 'silent' && !blocks) || undefined,
      });
      return [tool.declaration.name, manner];
    }),
  );
  return (name) => known.get(name) ?? { blocks: false };
}
