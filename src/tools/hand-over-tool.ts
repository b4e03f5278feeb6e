import type { Tool } from './tool.js';

/** It only asks; the call does the rest in its own time. */
const TIMEOUT_MS = 1_000;

export interface HandOverToolOptions {
  description?: string;
  /** Who may take over, each with what it is for, where that is said. */
  to: Readonly<Record<string, string | undefined>>;
  /** The agent that takes over opens with its own greeting. */
  greet: boolean;
}

/** The tool `hand_over`: the model gives the call to another agent, of those that are named, with a note. */
export function createHandOverTool({ description, to, greet }: HandOverToolOptions): Tool {
  const purposes = Object.entries(to).flatMap(([name, what]) => (what === undefined ? [] : [`${name}: ${what}`]));
  return {
    declaration: {
      name: 'hand_over',
      description:
        description ??
        'Gives the caller to another agent. First tell the caller in a few words that you put them through, then call this.',
      parameters: {
        type: 'object',
        properties: {
          agent: {
            type: 'string',
            enum: Object.keys(to),
            description: ['Who takes over.', ...purposes].join(' '),
          },
          note: {
            type: 'string',
            description: 'What that agent must know: who the caller is, what they want, what was settled. Not spoken.',
          },
        },
        required: ['agent', 'note'],
      },
    },
    timeoutMs: TIMEOUT_MS,
    whenDone: 'silent',
    whileRunning: false,
    isRevocable: true,
    run(args, { actions, signal }) {
      const { agent, note } = args;
      actions.handOver(String(agent), typeof note === 'string' ? note.trim() : '', { greet, signal });
      return Promise.resolve({
        status: 'handing_over',
        note: 'The other agent speaks next. If you have not told the caller, do so in a few words now; then say nothing more.',
      });
    },
  };
}
