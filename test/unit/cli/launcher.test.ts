import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const BUILD_MS = 30_000;
let checkout: string;

beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'liveline-checkout-'));
  for (const name of ['bin', 'package.json', 'tsconfig.json', 'tsconfig.build.json', 'vite.config.ts']) {
    cpSync(join(root, name), join(checkout, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(checkout, 'node_modules'));
  mkdirSync(join(checkout, 'src/console'), { recursive: true });
  write('console/index.html', '<title>page</title>');
  write('main.ts', `import { word } from './word.js';\nprocess.stdout.write(word + process.argv.slice(2).join());\n`);
  write('word.ts', `export const word: string = 'one ';\n`);
});

afterEach(() => rmSync(checkout, { recursive: true }));

function write(name: string, source: string): void {
  writeFileSync(join(checkout, 'src', name), source);
}

async function launch(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [join(checkout, 'bin/liveline.js'), ...args]);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code: code as number, stdout, stderr };
}

describe('in a checkout, the launcher', { timeout: BUILD_MS }, () => {
  it('builds first, says so on stderr, and then no more until a source changes', async () => {
    expect(await launch('a', 'b')).toEqual({ code: 0, stdout: 'one a,b', stderr: 'building…\n' });
    expect(await launch()).toEqual({ code: 0, stdout: 'one ', stderr: '' });
    write('word.ts', `export const word = 'another ';\n`);
    expect(await launch()).toEqual({ code: 0, stdout: 'another ', stderr: 'building…\n' });
  });

  it('forgets what was built from a source that is gone', async () => {
    await launch();
    write('main.ts', `process.stdout.write('alone');\n`);
    rmSync(join(checkout, 'src/word.ts'));
    expect((await launch()).stdout).toBe('alone');
    expect(readdirSync(join(checkout, 'dist')).sort()).toEqual([
      '.built-from',
      'console',
      'main.d.ts',
      'main.js',
      'main.js.map',
    ]);
    expect(readdirSync(join(checkout, '.build'))).toEqual([]);
  });

  it('shows what the compiler found and does not start', async () => {
    write('word.ts', `export const word: string = 1;\n`);
    const { code, stdout, stderr } = await launch();
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^building…\n.*src\/word\.ts\(1,14\): error TS2322/);
    expect(existsSync(join(checkout, 'dist'))).toBe(false);
  });

  it('may be started twice at once', async () => {
    const both = await Promise.all([launch('x'), launch('y')]);
    expect(both.map(({ code, stdout }) => ({ code, stdout }))).toEqual([
      { code: 0, stdout: 'one x' },
      { code: 0, stdout: 'one y' },
    ]);
    expect(await launch()).toEqual({ code: 0, stdout: 'one ', stderr: '' });
  });

  it('says what to do when nothing was installed', async () => {
    rmSync(join(checkout, 'node_modules'));
    const { code, stderr } = await launch();
    expect(code).toBe(1);
    expect(stderr).toContain('run `npm ci` first');
  });
});

describe('in a package, the launcher', { timeout: BUILD_MS }, () => {
  it('starts what was built', async () => {
    await launch();
    rmSync(join(checkout, 'src'), { recursive: true });
    rmSync(join(checkout, 'node_modules'));
    rmSync(join(checkout, 'bin/build.js'));
    expect(await launch('z')).toEqual({ code: 0, stdout: 'one z', stderr: '' });
  });
});
