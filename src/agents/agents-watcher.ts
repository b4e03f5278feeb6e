import { stat } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Clock, Timer } from '../clock.js';
import { LivelineError } from '../errors.js';
import type { LoadOptions } from './check-modules.js';
import type { LoadModule } from './module-tools.js';
import { parseAgents, readAgentsFile } from './load-agents.js';
import type { LoadedAgents } from './route-agent.js';

/** A change is taken up after one to two of these. */
const POLL_MS = 500;

export interface WatcherOptions extends LoadOptions {
  clock: Clock;
  /** The file changed and cannot be used; `current` stays as it was. */
  onBroken: (error: LivelineError) => void;
}

/** Agents that follow their file. Disposing stops following; no callback comes after that. */
export interface AgentsWatcher extends AsyncDisposable {
  readonly current: LoadedAgents;
}

/**
 * Loads an agents file, and again whenever it or a module that its tools name has changed. The file's identity is polled rather than watched:
 * that also sees editors that replace the file, swapped symlinks of mounted volumes, and file systems without events.
 * A change is read once the file has stood still for one poll, so that half a file is never read.
 * @param onChange takes up the new agents; if it throws, they count as broken and the old ones stay
 * @throws ConfigError CONFIG_UNREADABLE or CONFIG_INVALID when the file cannot be used at the start
 */
export async function startAgentsWatcher(
  file: string,
  options: WatcherOptions,
  onChange: (agents: LoadedAgents) => void | Promise<void>,
): Promise<AgentsWatcher> {
  const { modules, options: loading } = followingModules(options);
  const identity = await fingerprint(file);
  let text = await readAgentsFile(file);
  let current = await parseAgents(text, file, loading);
  let taken = { file: identity, modules: modules.atLoad() };
  let seen = taken;
  let stopped = false;
  let timer: Timer | undefined;
  let polling: Promise<void> = Promise.resolve();

  async function poll(): Promise<void> {
    const now = { file: await fingerprint(file), modules: await modules.now() };
    const stoodStill = isDeepStrictEqual(now, seen);
    seen = now;
    if (stoodStill && !isDeepStrictEqual(now, taken)) {
      await reload(now.modules !== taken.modules);
      taken = seen = { file: now.file, modules: modules.atLoad() };
    }
    schedule();
  }

  async function reload(modulesChanged: boolean): Promise<void> {
    try {
      const latest = await readAgentsFile(file);
      if (stopped || (latest === text && !modulesChanged)) return;
      text = latest;
      modules.forget();
      const agents = await parseAgents(latest, file, loading);
      if (isStopped()) return;
      await onChange(agents);
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

/** The modules that were loaded, and what they were then. */
interface FollowedModules {
  atLoad(): string;
  now(): Promise<string>;
  forget(): void;
}

function followingModules(options: LoadOptions): { modules: FollowedModules; options: LoadOptions } {
  const { loadModule, ...others } = options;
  const atLoad = new Map<string, string>();
  const modules: FollowedModules = {
    atLoad: () => [...atLoad.values()].join(' '),
    now: async () => (await Promise.all([...atLoad.keys()].map(fingerprint))).join(' '),
    forget: () => atLoad.clear(),
  };
  if (!loadModule) return { modules, options: others };
  // Looked at before it is read: what changes meanwhile counts as a change.
  const following: LoadModule = async (module, exportName) => {
    atLoad.set(module, await fingerprint(module));
    return await loadModule(module, exportName);
  };
  return { modules, options: { ...others, loadModule: following } };
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
