import type { Tool, TransferOutcome } from './tool.js';

/** Beside ringing: what is being said is heard first, and whoever answers hears a briefing and decides. */
const ADDED_TIMEOUT_MS = 110_000;
const MAX_SUMMARY_CHARS = 400;

const NOTES: Readonly<Record<Exclude<TransferOutcome, 'moved'>, string>> = {
  'no-answer': 'Nobody answered. The caller is still with you: tell them, and go on.',
  busy: 'The line was busy. The caller is still with you: tell them, and go on.',
  declined: 'Somebody answered and did not take the call. The caller is still with you: tell them, and go on.',
  failed: 'The number could not be reached. The caller is still with you: tell them, and go on.',
};

export interface TransferToolOptions {
  description?: string;
  /** Whom, by name. */
  names: readonly string[];
  /** Whoever answers is told about the caller first, and asked. */
  isWarm: boolean;
  ringTimeoutMs: number;
}

/** The tool `transfer`: the caller is put through to somebody of whom the model knows the name alone. */
export function createTransferTool({ description, names, isWarm, ringTimeoutMs }: TransferToolOptions): Tool {
  const summary = {
    type: 'string',
    description:
      'For whoever answers: who is calling and why, in one or two short sentences that are read out to them. ' +
      'The caller does not hear it.',
  };
  return {
    declaration: {
      name: 'transfer',
      description: description ?? describe(isWarm),
      parameters: {
        type: 'object',
        properties: {
          to: { type: 'string', enum: [...names], description: 'Whom.' },
          ...(isWarm && { summary }),
        },
        required: isWarm ? ['to', 'summary'] : ['to'],
      },
    },
    timeoutMs: ringTimeoutMs + ADDED_TIMEOUT_MS,
    whenDone: 'when_idle',
    isRevocable: true,
    async run(args, { actions, signal }) {
      const told = typeof args['summary'] === 'string' ? args['summary'].trim().slice(0, MAX_SUMMARY_CHARS) : '';
      const outcome = await actions.transfer(String(args['to']), { signal, ...(told !== '' && { summary: told }) });
      return outcome === 'moved' ? { status: 'moved' } : { status: outcome, note: NOTES[outcome] };
    },
  };
}

function describe(isWarm: boolean): string {
  return isWarm
    ? 'Calls somebody, tells them about the caller, and puts the caller through if they take the call. First tell the ' +
        'caller whom you are calling and that it may take a moment. The answer says what came of it.'
    : 'Puts the caller through to somebody; your part of the call ends with it. First tell the caller whom you put them ' +
        'through to, and say goodbye.';
}
