import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startAgentsWatcher, type AgentsWatcher } from '../../../src/agents/agents-watcher.js';
import type { LoadedAgents } from '../../../src/agents/route-agent.js';
import type { LivelineError } from '../../../src/errors.js';
import { deskWith } from '../../support/agents-file.js';
import { ManualClock } from '../../support/manual-clock.js';

const POLL_MS = 500;

let directory: string;
let file: string;
let clock: ManualClock;
let changes: LoadedAgents[];
let broken: LivelineError[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'liveline-'));
  file = join(directory, 'agents.yaml');
  clock = new ManualClock();
  changes = [];
  broken = [];
  await writeFile(file, deskWith('voice: Kore'));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

async function start(path = file, onChange = (agents: LoadedAgents) => void changes.push(agents)) {
  return startAgentsWatcher(path, { env: {}, clock, onBroken: (error) => broken.push(error) }, onChange);
}

/** Lets the watcher look at the file, and waits until it has: it then schedules its next look. */
async function poll(times = 1): Promise<void> {
  for (let done = 0; done < times; done += 1) {
    clock.advance(POLL_MS);
    await vi.waitFor(() => expect(clock.pendingTimers).toBe(1), { interval: 1 });
  }
}

function voiceOf(watcher: AgentsWatcher): string | undefined {
  return watcher.current.agents.get('desk')?.voice;
}

describe('the agents watcher', () => {
  it('takes up a file that was written anew', async () => {
    await using watcher = await start();
    await writeFile(file, deskWith('voice: Puck'));
    await poll(2);
    expect(voiceOf(watcher)).toBe('Puck');
    expect(changes).toEqual([watcher.current]);
  });

  it('takes up a file that an editor put in the place of the old one', async () => {
    await using watcher = await start();
    await writeFile(`${file}.tmp`, deskWith('voice: Puck'));
    await rename(`${file}.tmp`, file);
    await poll(2);
    expect(voiceOf(watcher)).toBe('Puck');
  });

  it('takes up a mounted volume whose symlink was swapped', async () => {
    for (const [version, voice] of [
      ['v1', 'Kore'],
      ['v2', 'Puck'],
    ] as const) {
      await mkdir(join(directory, version));
      await writeFile(join(directory, version, 'agents.yaml'), deskWith(`voice: ${voice}`));
    }
    const data = join(directory, '..data');
    await symlink('v1', data);
    await symlink(join('..data', 'agents.yaml'), join(directory, 'mounted.yaml'));
    await using watcher = await start(join(directory, 'mounted.yaml'));
    await symlink('v2', `${data}.tmp`);
    await rename(`${data}.tmp`, data);
    await poll(2);
    expect(voiceOf(watcher)).toBe('Puck');
  });

  it('waits until a file that is being written stands still', async () => {
    await using watcher = await start();
    await writeFile(file, 'agents:\n  desk: {');
    await poll();
    await writeFile(file, deskWith('voice: Puck'));
    await poll();
    expect([changes, broken]).toEqual([[], []]);
    await poll();
    expect(voiceOf(watcher)).toBe('Puck');
    expect(broken).toEqual([]);
  });

  it('says nothing of a file that was only touched', async () => {
    await using watcher = await start();
    await writeFile(file, deskWith('voice: Kore'));
    await poll(3);
    expect(changes).toEqual([]);
    expect(voiceOf(watcher)).toBe('Kore');
  });

  it('reports a broken file once and keeps the old agents, until the file is right again', async () => {
    await using watcher = await start();
    await writeFile(file, deskWith('voice: kore'));
    await poll(4);
    expect(broken).toMatchObject([{ code: 'CONFIG_INVALID', position: { file, line: 4, column: 12 } }]);
    expect(voiceOf(watcher)).toBe('Kore');
    await writeFile(file, deskWith('voice: Puck'));
    await poll(2);
    expect(voiceOf(watcher)).toBe('Puck');
    expect(broken).toHaveLength(1);
  });

  it('takes up the old text again after a broken one', async () => {
    await using watcher = await start();
    await writeFile(file, 'agents: [');
    await poll(2);
    await writeFile(file, deskWith('voice: Kore'));
    await poll(2);
    expect(changes).toHaveLength(1);
    expect(voiceOf(watcher)).toBe('Kore');
  });

  it('reports a file that is gone and keeps the old agents', async () => {
    await using watcher = await start();
    await rm(file);
    await poll(3);
    expect(broken).toMatchObject([{ code: 'CONFIG_UNREADABLE' }]);
    expect(voiceOf(watcher)).toBe('Kore');
  });

  it('keeps the old agents when nobody could take up the new ones', async () => {
    await using watcher = await start(file, () => {
      throw new Error('a tool cannot be built');
    });
    await writeFile(file, deskWith('voice: Puck'));
    await poll(2);
    expect(broken).toMatchObject([{ detail: 'a tool cannot be built' }]);
    expect(voiceOf(watcher)).toBe('Kore');
  });

  it('takes up a module that was written anew, once it stands still', async () => {
    const module = join(directory, 'find.js');
    await writeFile(module, 'one');
    await writeFile(file, deskWith('tools:\n  - module: ./find.js'));
    const loadModule = async (path: string) => ({ name: 'find', description: await readFile(path, 'utf8') });
    const onBroken = (error: LivelineError) => broken.push(error);
    await using watcher = await startAgentsWatcher(file, { env: {}, clock, loadModule, onBroken }, (agents) => {
      changes.push(agents);
    });
    const described = () =>
      watcher.current.agents.get('desk')?.tools.map((tool) => 'description' in tool && tool.description);
    expect(described()).toEqual(['one']);
    await poll(3);
    expect(changes).toEqual([]);
    await writeFile(module, 'another');
    await poll(2);
    expect(described()).toEqual(['another']);
    await poll(3);
    expect(changes).toHaveLength(1);
    await rm(module);
    await poll(3);
    expect(broken).toHaveLength(1);
    expect(described()).toEqual(['another']);
    await writeFile(module, 'right again');
    await poll(2);
    expect(described()).toEqual(['right again']);
  });

  it('refuses to start with a file that cannot be used', async () => {
    await writeFile(file, 'agents: {}');
    await expect(start()).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect(clock.pendingTimers).toBe(0);
  });

  it('leaves no timer and calls nobody once it is disposed, even in the middle of a look', async () => {
    const watcher = await start();
    await writeFile(file, deskWith('voice: Puck'));
    await poll();
    clock.advance(POLL_MS);
    await watcher[Symbol.asyncDispose]();
    clock.advance(10 * POLL_MS);
    expect(clock.pendingTimers).toBe(0);
    expect([changes, broken]).toEqual([[], []]);
  });
});
