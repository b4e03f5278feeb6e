import { ToolError } from '../errors.js';
import type { Tool } from './tool.js';

/** Twilio's API is waited for 5 s at a time, and asked again where it is busy. */
const TIMEOUT_MS = 20_000;
/** Source: Twilio, Message resource, `Body`. */
const MAX_TEXT_CHARS = 1_600;
const CALLER = 'caller';

export interface SendSmsToolOptions {
  description?: string;
  /** Others than the caller, by name. */
  names: readonly string[];
}

/** The tool `send_sms`: a text message to the caller, or to somebody of whom the model knows the name alone. */
export function createSendSmsTool({ description, names }: SendSmsToolOptions): Tool {
  const to = { type: 'string', enum: [CALLER, ...names], description: 'Whom; the caller where this is left out.' };
  return {
    declaration: {
      name: 'send_sms',
      description:
        description ??
        (names.length === 0
          ? 'Sends the caller a text message, to the number that they are calling from.'
          : 'Sends a text message to the caller, to the number that they are calling from, or to somebody else by name.'),
      parameters: {
        type: 'object',
        properties: {
          text: {
            type: 'string',
            description: `The message as it is to be read, at most ${MAX_TEXT_CHARS} characters.`,
          },
          ...(names.length > 0 && { to }),
        },
        required: ['text'],
      },
    },
    timeoutMs: TIMEOUT_MS,
    whenDone: 'when_idle',
    async run(args, { actions }) {
      const text = typeof args['text'] === 'string' ? args['text'].trim() : '';
      if (text === '') throw new ToolError('TOOL_ARGUMENTS', 'there is nothing to send');
      if (text.length > MAX_TEXT_CHARS) {
        throw new ToolError('TOOL_ARGUMENTS', `a message has at most ${MAX_TEXT_CHARS} characters; say it shorter`);
      }
      const whom = args['to'];
      await actions.sendSms(text, typeof whom === 'string' && whom !== CALLER ? whom : undefined);
      return { status: 'sent' };
    },
  };
}
