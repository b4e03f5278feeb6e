import type { Writable } from 'node:stream';
import { runCli } from './cli/cli.js';

const streams = [process.stdout, process.stderr];
// Whoever reads only the beginning (`| head`) has what they want.
for (const stream of streams) stream.on('error', () => undefined);
const exitCode = await runCli(process.argv.slice(2));
await Promise.all(streams.map(flushed));
process.exit(exitCode);

/** Resolves when everything written is with the reader, or the reader is gone: a pipe takes it in its own time. */
function flushed(stream: Writable): Promise<void> {
  return new Promise((resolve) => void stream.write('', () => resolve()));
}
