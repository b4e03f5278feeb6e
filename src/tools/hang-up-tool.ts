import type { Tool } from './tool.js';

/** It only asks; the call does the rest in its own time. */
const TIMEOUT_MS = 1000;
const MAX_REASON_CHARS = 200;

/**
 * The tool `hang_up`: the model ends the call; what it is saying is heard first.
 *
 * Neither `blocking` nor `whenDone` is set. Some models refuse the first, and a silent answer would end the call without
 * a word where the model calls this before its goodbye; so the answer itself says when to be quiet.
 */
export function createHangUpTool(options: { description?: string } = {}): Tool {
  return {
    declaration: {
      name: 'hang_up',
      description:
        options.description ??
        'Ends the phone call. Say goodbye first, and call this only when the conversation is over.',
      parameters: {
        type: 'object',
        properties: { reason: { type: 'string', description: 'Why the call ends, in a few words. Not spoken.' } },
      },
    },
    timeoutMs: TIMEOUT_MS,
    whileRunning: false,
    isRevocable: true,
    run(args, { actions, signal }) {
      const reason = typeof args['reason'] === 'string' ? args['reason'].trim().slice(0, MAX_REASON_CHARS) : '';
      actions.hangUp(reason === '' ? 'the agent ended the call' : reason, { signal });
      return Promise.resolve({
        status: 'ending',
        note: 'The call ends when what you are saying has been heard. Say goodbye now if you have not; then say nothing more.',
      });
    },
  };
}
