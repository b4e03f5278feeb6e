#!/usr/bin/env node
import { existsSync } from 'node:fs';

const entry = new URL('../dist/main.js', import.meta.url);

// A checkout has its sources beside it and is built when they changed; a package or an image only has `dist`.
if (existsSync(new URL('../src', import.meta.url))) {
  const { buildIfStale } = await import('./build.js');
  if (!buildIfStale()) process.exit(1);
}

await import(entry.href);
