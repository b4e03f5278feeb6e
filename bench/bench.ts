import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { measureCapacity } from './parts/capacity.js';
import { measureCodec } from './parts/codec.js';
import { measureLoad } from './parts/load.js';
import { measureMemory } from './parts/memory.js';
import { measureStartup } from './parts/startup.js';
import { machine, progress } from './report.js';

const PARTS = ['codec', 'load', 'memory', 'startup', 'capacity'] as const;

function count(text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 on.');
  return Number(text);
}

const {
  only,
  build: builds,
  ...settings
} = new Command('bench')
  .description('What a call costs, as figures from one run. Results go to stdout, as Markdown; progress to stderr.')
  .addOption(new Option('--only <part...>', 'measure these parts only').choices(PARTS).default([...PARTS]))
  .option('--calls <number>', 'calls of the load', count, 100)
  .option('--seconds <number>', 'measured in each round of the load', count, 5)
  .option('--rounds <number>', 'of the load, relay and bridge by turns', count, 5)
  .option('--build <folder...>', 'compiled server; several are compared under the same load', ['dist'])
  .parse()
  .opts();

const folders = builds.map((folder) => resolve(folder)) as [string, ...string[]];
const options = { ...settings, build: folders[0], builds: folders };
const measure = {
  codec: measureCodec,
  load: measureLoad,
  memory: measureMemory,
  startup: measureStartup,
  capacity: measureCapacity,
} as const;

process.stdout.write(`${machine()}\n`);
for (const part of PARTS.filter((name) => only.includes(name))) {
  progress(`${part}…`);
  process.stdout.write(`\n${await measure[part](options)}\n`);
}
