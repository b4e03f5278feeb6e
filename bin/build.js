// Compiles `src` into `dist`, and the page into `dist/console`: at once when run (`npm run build`), only if something changed when the launcher asks.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const stamp = join(dist, '.built-from');
const compiler = join(root, 'node_modules/typescript/bin/tsc');
const bundler = join(root, 'node_modules/vite/bin/vite.js');

/**
 * Builds unless `dist` was built from the very files that are there now.
 * @returns false when there is nothing that could run; the reason is on stderr
 */
export function buildIfStale() {
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint()) return true;
  if (!existsSync(compiler)) {
    // An install without development dependencies runs what was built before.
    if (existsSync(join(dist, 'main.js'))) return true;
    process.stderr.write('Liveline is not built yet, and its dependencies are not installed: run `npm ci` first.\n');
    return false;
  }
  process.stderr.write('building…\n');
  return build();
}

/**
 * Builds everything and puts it in place file by file, each in one step, the stamp last: whoever starts meanwhile
 * sees whole files, and two builds at once write the same ones.
 * @returns false when errors were found; they are on stderr, and `dist` is as before
 */
function build() {
  const builtFrom = fingerprint();
  // Beside `dist`, so that moving a file stays within one file system.
  const fresh = join(root, '.build', String(process.pid));
  mkdirSync(fresh, { recursive: true });
  try {
    if (!run(compiler, '-p', 'tsconfig.build.json', '--outDir', fresh)) return false;
    if (!run(bundler, 'build', '--logLevel', 'warn', '--outDir', join(fresh, 'console'))) return false;
    const names = filesIn(fresh);
    for (const name of names) {
      mkdirSync(dirname(join(dist, name)), { recursive: true });
      renameSync(join(fresh, name), join(dist, name));
    }
    const kept = new Set(names);
    for (const name of filesIn(dist)) if (!kept.has(name)) rmSync(join(dist, name), { force: true });
    writeFileSync(join(fresh, 'stamp'), builtFrom);
    renameSync(join(fresh, 'stamp'), stamp);
    return true;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** @returns whether the tool succeeded. It reports on stdout, which belongs to the command's own output. */
function run(tool, ...args) {
  return spawnSync(process.execPath, [tool, ...args], { cwd: root, stdio: ['ignore', 2, 2] }).status === 0;
}

/** Changes whenever a source is edited, added, removed or renamed. */
function fingerprint() {
  const hash = createHash('sha256');
  const settings = ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'vite.config.ts'];
  for (const name of [...settings, ...filesIn(join(root, 'src')).map((file) => join('src', file))]) {
    const { mtimeMs, size } = statSync(join(root, name));
    hash.update(`${name}:${mtimeMs}:${size}\n`);
  }
  return hash.digest('hex');
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(build() ? 0 : 1);
