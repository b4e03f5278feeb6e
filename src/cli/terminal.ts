import type { Readable } from 'node:stream';

/** Where a command writes and what it reads; injected, so that tests see it. */
export interface Terminal {
  /** What the user asked for: stdout. */
  print(text: string): void;
  /** What went wrong, or is worth knowing: stderr. */
  complain(text: string): void;
  /** What the user types: stdin, which is the process's where this is absent. */
  input?: Readable & { isTTY?: boolean };
  env: NodeJS.ProcessEnv;
  /** Whether a person reads stdout. */
  isInteractive: boolean;
}

/** The process's own streams and environment. */
export function processTerminal(): Terminal {
  return {
    print: (text) => void process.stdout.write(text),
    complain: (text) => void process.stderr.write(text),
    env: process.env,
    isInteractive: process.stdout.isTTY,
  };
}
