import { ConfigError, LivelineError } from '../errors.js';
import type { Terminal } from './terminal.js';

/** What the shell is told. */
export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What a command works with, and where it leaves its verdict. A command that throws has failed anyway. */
export interface CommandContext {
  readonly terminal: Terminal;
  exitCode: ExitCode;
}

/**
 * Does the work of a command that checks files: that it was named one which cannot be read is a wrong call.
 * @throws ConfigError USAGE in the place of CONFIG_UNREADABLE; anything else as it is
 */
export async function readingFiles<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (thrown) {
    const { code, detail } = LivelineError.from(thrown);
    throw code === 'CONFIG_UNREADABLE' ? new ConfigError('USAGE', detail, { cause: thrown }) : thrown;
  }
}
