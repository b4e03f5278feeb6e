import type { CollectDigitsOptions, Tool } from './tool.js';

/** The most that a caller enters at once. */
const MAX_DIGITS = 32;
/** Beside the caller's own time: what is being said is heard first. */
const ADDED_TIMEOUT_MS = 30_000;

const NOTES = {
  timeout: 'The caller pressed nothing. Ask again, or ask them to say it.',
  too_short: 'The caller pressed too few digits. Ask them to enter all of them.',
  no_match: 'What the caller pressed cannot be right. Ask them to check it and enter it again.',
  recorded: 'The entry could not be kept private, so it was not taken. Do not ask for it again.',
  busy: 'Another entry is under way. Wait for it.',
  cancelled: 'The entry was called off.',
};

/** What the agents file says of one entry. */
export interface CollectDigitsToolOptions extends Omit<CollectDigitsOptions, 'signal'> {
  name: string;
  description?: string;
  firstDigitMs: number;
  nextDigitMs: number;
}

/** The tool `collect_digits`: the caller enters a number on the keypad. Of a sensitive one the model only learns its length. */
export function createCollectDigitsTool({ name, description, ...entry }: CollectDigitsToolOptions): Tool {
  return {
    declaration: {
      name,
      description: description ?? describe(entry),
      // Where the file does not say how many there are, the model may know.
      ...(entry.max === undefined && {
        parameters: {
          type: 'object',
          properties: {
            max_digits: {
              type: 'integer',
              minimum: entry.min ?? 1,
              maximum: MAX_DIGITS,
              description: 'How many digits there are, where that is certain: the entry is complete with so many.',
            },
          },
        },
      }),
    },
    timeoutMs: entry.firstDigitMs + (entry.max ?? MAX_DIGITS) * entry.nextDigitMs + ADDED_TIMEOUT_MS,
    whenDone: 'when_idle',
    whileRunning: false,
    isRevocable: true,
    async run(args, { actions, signal }) {
      const asked = args['max_digits'];
      const max = entry.max ?? (typeof asked === 'number' ? asked : undefined);
      const result = await actions.collectDigits({ ...entry, ...(max !== undefined && { max }), signal });
      if (!result.ok) return { status: 'not_collected', why: result.why, note: NOTES[result.why] };
      if (entry.sensitive !== true) return { status: 'collected', digits: result.digits };
      return { status: 'collected', count: result.digits.length, note: 'The digits themselves are kept from you.' };
    },
  };
}

function describe({ terminator, sensitive }: Omit<CollectDigitsOptions, 'signal'>): string {
  const end = terminator === null ? '' : ` and to finish with ${terminator === '*' ? 'the star key' : 'the hash key'}`;
  const kept = sensitive === true ? ' You do not get to see the digits, and the caller cannot be heard meanwhile.' : '';
  return `Waits for the caller to enter a number on the telephone keypad. First ask the caller to enter it${end}; then call this at once, and say nothing until it answers.${kept}`;
}
