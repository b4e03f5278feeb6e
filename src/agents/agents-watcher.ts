import { stat } from 'node:fs/promises';
import type { Clock, Timer } from '../clock.js';
import { LivelineError } from '../errors.js';
import type { CheckOptions } from './check-agents.js';
import { parseAgents, readAgentsFile } from './load-agents.js';
import type { LoadedAgents } from './route-agent.js';

/** A change is taken up after one to two of these. */
const POLL_MS = 500;

export interface WatcherOptions extends CheckOptions {
  clock: Clock;
  /** The file changed and cannot be used; `current` stays as it was. */
  onBroken: (error: LivelineError) => void;
}

/** Agents that follow their file. Disposing stops following; no callback comes after that. */
export interface AgentsWatcher extends AsyncDisposable {
  readonly current: LoadedAgents;
}

/**
 * Loads an agents file, and again whenever it has changed. The file's identity is polled rather than watched:
 * that also sees editors that replace the file, swapped symlinks of mounted volumes, and file systems without events.
 * A change is read once the file has stood still for one poll, so that half a file is never read.
 * @param onChange takes up the new agents; if it throws, they count as broken and the old ones stay
 * @throws ConfigError CONFIG_UNREADABLE or CONFIG_INVALID when the file cannot be used at the start
 */
export async function startAgentsWatcher(
  file: string,
  options: WatcherOptions,
  onChange: (agents: LoadedAgents) => void,
): Promise<AgentsWatcher> {
  let seen = await fingerprint(file);
  let text = await readAgentsFile(file);
  let current = parseAgents(text, file, options);
  let taken = seen;
  let stopped = false;
  let timer: Timer | undefined;
  let polling: Promise<void> = Promise.resolve();

  async function poll(): Promise<void> {
    const now = await fingerprint(file);
    const stoodStill = now === seen;
    seen = now;
    if (stoodStill && now !== taken) {
      taken = now;
      await reload();
    }
    schedule();
  }

  async function reload(): Promise<void> {
    try {
      const latest = await readAgentsFile(file);
      if (stopped || latest === text) return;
      text = latest;
      const agents = parseAgents(latest, file, options);
      onChange(agents);
      current = agents;
    } catch (error) {
      if (!isStopped()) options.onBroken(LivelineError.from(error));
    }
  }

  function isStopped(): boolean {
    return stopped;
  }

  function schedule(): void {
    if (stopped) return;
    timer = options.clock.after(POLL_MS, () => {
      polling = poll();
    });
  }

  schedule();
  return {
    get current() {
      return current;
    },
    async [Symbol.asyncDispose]() {
      stopped = true;
      timer?.cancel();
      await polling;
    },
  };
}

/** What changes when a file is written, replaced or swapped; the same word for as long as it is not there. */
async function fingerprint(file: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(':');
  } catch {
    return 'missing';
  }
}
