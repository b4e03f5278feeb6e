import { existsSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { validate } from 'dockerfile-utils';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

interface Manifest {
  bin: Record<string, string>;
  files: string[];
  engines: { node: string };
  dependencies: Record<string, string>;
  optionalDependencies: Record<string, string>;
}

interface Lockfile {
  packages: Record<string, { dev?: boolean; hasInstallScript?: boolean; engines?: { node?: string } }>;
}

describe('the package', () => {
  const manifest = JSON.parse(read('package.json')) as Manifest;
  const { packages } = JSON.parse(read('package-lock.json')) as Lockfile;

  it('has an executable launcher under its own name', () => {
    const launcher = manifest.bin['liveline']!;
    expect(read(launcher)).toMatch(/^#!\/usr\/bin\/env node\n/);
    expect(statSync(join(root, launcher)).mode & 0o111).toBe(0o111);
  });

  it('ships only files that are there', () => {
    const shipped = manifest.files.filter((file) => !file.startsWith('!') && file !== 'dist');
    expect(shipped.filter((file) => !existsSync(join(root, file)))).toEqual([]);
    expect(manifest.files).toContain(manifest.bin['liveline']);
  });

  it('runs no script of a dependency when it is installed', () => {
    const installed = Object.entries(packages).filter(([, { dev }]) => dev !== true);
    expect(installed.length).toBeGreaterThan(Object.keys(manifest.dependencies).length);
    expect(installed.filter(([, { hasInstallScript }]) => hasInstallScript === true)).toEqual([]);
  });

  it('locks what it asks for', () => {
    const { dependencies, optionalDependencies } = packages[''] as unknown as Manifest;
    expect({ dependencies, optionalDependencies }).toEqual({
      dependencies: manifest.dependencies,
      optionalDependencies: manifest.optionalDependencies,
    });
  });
});

describe('the Dockerfile', () => {
  const dockerfile = read('Dockerfile');
  const instructions = dockerfile.split('\n').filter((line) => /^[A-Z]+ /.test(line));
  const final = instructions.slice(instructions.findLastIndex((line) => line.startsWith('FROM ')));

  it('has nothing that the linter objects to', () => {
    expect(validate(dockerfile)).toEqual([]);
    expect(validate('FROM node\nCMD a\nCMD b\n')).not.toEqual([]);
  });

  it('builds in one stage and runs in another, without development dependencies and not as root', () => {
    expect(instructions.filter((line) => line.startsWith('FROM '))).toHaveLength(2);
    expect(final).toContain('USER node');
    expect(final).toContain('ENV NODE_ENV=production');
    expect(final.some((line) => line.startsWith('RUN npm ci --omit=dev'))).toBe(true);
  });

  it('starts the process itself, so that it gets the signals', () => {
    const command = final.at(-1)!;
    expect(JSON.parse(command.replace(/^CMD /, ''))).toEqual(['node', 'bin/liveline.js', 'serve']);
  });

  it('copies only what is there and what .dockerignore lets through', () => {
    const sources = instructions
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from'))
      .flatMap((line) => line.split(' ').slice(1, -1));
    const admitted = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    expect(sources.filter((source) => !existsSync(join(root, source)))).toEqual([]);
    expect(new Set(sources.map((source) => source.replace(/^bin\/.*/, 'bin')))).toEqual(new Set(admitted));
  });
});
