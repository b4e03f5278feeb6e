import type { Terminal } from './terminal.js';

/** What the shell is told. */
export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What a command works with, and where it leaves its verdict. A command that throws has failed anyway. */
export interface CommandContext {
  readonly terminal: Terminal;
  exitCode: ExitCode;
}
