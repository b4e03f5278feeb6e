import type { Tool } from './tool.js';

/** What is being said is heard first, and pauses take their time. */
const TIMEOUT_MS = 60_000;

/** The tool `send_digits`: the model presses keys, in the call itself. */
export function createSendDigitsTool(options: { description?: string } = {}): Tool {
  return {
    declaration: {
      name: 'send_digits',
      description:
        options.description ??
        'Presses keys on the telephone, for a machine at the other end that asks for them. They are pressed when what you are saying has been heard.',
      parameters: {
        type: 'object',
        properties: {
          digits: {
            type: 'string',
            description: 'The keys: 0-9 * # A-D; w waits half a second, a comma two seconds. At most 32.',
          },
        },
        required: ['digits'],
      },
    },
    timeoutMs: TIMEOUT_MS,
    whileRunning: false,
    isRevocable: true,
    async run(args, { actions, signal }) {
      // Numbers are written in groups.
      const digits = String(args['digits']).replace(/[\s()./-]/g, '');
      await actions.sendDigits(digits, { signal });
      return { status: 'pressed' };
    },
  };
}
