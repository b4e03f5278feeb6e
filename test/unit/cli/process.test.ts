import { type ChildProcess, exec, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
/** A process compiles what it imports, which takes a while on a busy machine. */
const timeout = 60_000;
let running: ChildProcess | undefined;

afterEach(() => {
  running?.kill('SIGKILL');
});

/** Runs the command line as a process of its own, in an environment that says nothing of the tester's accounts. */
function start(args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts', ...args], {
    cwd: root,
    env: { PATH: process.env['PATH'], LOG_FORMAT: 'json', HOST: '127.0.0.1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running = child;
  return { child, lines: createInterface(child.stdout)[Symbol.asyncIterator](), exit: once(child, 'exit') };
}

async function nextObject(lines: AsyncIterator<string>): Promise<Record<string, unknown>> {
  const { value } = await lines.next();
  return JSON.parse(value as string) as Record<string, unknown>;
}

async function textOf(stream: Readable): Promise<string> {
  return (await stream.setEncoding('utf8').toArray()).join('');
}

describe('liveline serve', { timeout }, () => {
  it('answers until SIGTERM, and then exits with 0', async () => {
    const { child, lines, exit } = start(['serve', '--port', '0', '--emulator']);
    const { url, severity } = await nextObject(lines);
    expect(severity).toBe('INFO');
    expect(await nextObject(lines)).toMatchObject({
      severity: 'WARNING',
      message: expect.stringContaining('the embedded emulator answers'),
    });
    expect((await fetch(`${String(url)}/health`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
  });

  it('does not start the emulator by itself where real callers may come', async () => {
    const { child, exit } = start(['serve', '--port', '0'], { K_SERVICE: 'liveline' });
    expect(await textOf(child.stderr)).toContain('real callers may come (this is Cloud Run)');
    expect(await exit).toEqual([1, null]);
  });

  it('goes on when a module throws where nobody waits for it, and says so', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'liveline-stray-'));
    await writeFile(
      join(folder, 'stray.mjs'),
      `setTimeout(() => { throw new Error('stray in a timer'); }, 500);
       setTimeout(() => { void Promise.reject(new Error('stray in a promise')); }, 500);
       export default { name: 'stray', description: 'Strays.', run() {} };`,
    );
    const file = join(folder, 'agents.yaml');
    await writeFile(file, 'agents:\n  desk:\n    instructions: Hello.\n    tools:\n      - module: ./stray.mjs\n');
    const { child, lines, exit } = start(['serve', '--port', '0', '--emulator', '--config', file]);
    const { url } = await nextObject(lines);
    const errors: unknown[] = [];
    while (errors.length < 2) {
      const { severity, message, err } = await nextObject(lines);
      if (severity === 'ERROR') errors.push({ message, stray: (err as { message: string }).message });
    }
    const message = 'something failed that nobody waits for; calls go on';
    expect(errors).toEqual([
      { message, stray: 'stray in a timer' },
      { message, stray: 'stray in a promise' },
    ]);
    expect((await fetch(`${String(url)}/health`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
    await rm(folder, { recursive: true });
  });

  it('says which agents file it cannot use', async () => {
    const { child, exit } = start(['serve', '--port', '0', '--config', '/no/such/agents.yaml']);
    const complaint = await textOf(child.stderr);
    expect(complaint).toContain('/no/such/agents.yaml');
    expect(complaint).not.toContain('    at ');
    expect(await exit).toEqual([1, null]);
  });
});

describe('a shell that npm puts in between', { timeout }, () => {
  it('takes the command with it when it is ended', async () => {
    const shell = spawn(
      'sh',
      ['-c', `"${process.execPath}" --import tsx src/main.ts emulate --port 0 --json; exit $?`],
      {
        cwd: root,
        env: { PATH: process.env['PATH'], npm_lifecycle_event: 'start' },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    running = shell;
    const output = createInterface(shell.stdout);
    await once(output, 'line');
    const closed = once(output, 'close');
    shell.kill('SIGTERM');
    expect(await once(shell, 'exit')).toEqual([null, 'SIGTERM']);
    // The pipe closes with the last process that holds it.
    expect(await closed).toEqual([]);
  });
});

describe('liveline emulate', { timeout }, () => {
  it('takes clients until SIGINT, and then exits with 0', async () => {
    const { child, lines, exit } = start(['emulate', '--port', '0', '--json']);
    const { url } = await nextObject(lines);
    const socket = new URL(
      '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent',
      String(url),
    );
    const refused = await fetch(socket);
    expect(refused.status).toBeGreaterThanOrEqual(400);
    child.kill('SIGINT');
    expect(await exit).toEqual([0, null]);
  });
});

describe('liveline schema', { timeout }, () => {
  it('prints the whole of it into a pipe', async () => {
    // A shell's pipe: what this process would give its child is a socket, which takes more at once.
    const command = `"${process.execPath}" --import tsx src/main.ts schema | cat`;
    const { stdout } = await promisify(exec)(command, { cwd: root });
    expect(stdout).toBe(await readFile(new URL('../../../config/agents.schema.json', import.meta.url), 'utf8'));
  });

  it('lets its reader go after the first lines', async () => {
    const { child, exit } = start(['schema']);
    await once(child.stdout, 'data');
    child.stdout.destroy();
    expect(await textOf(child.stderr)).toBe('');
    expect(await exit).toEqual([0, null]);
  });
});
