import { afterEach, beforeEach, expect } from 'vitest';

// A test that writes to stdout or stderr fails: output nobody asserted is a side effect.
const streams = [process.stdout, process.stderr] as const;
let written: string[] = [];
let originals: (typeof process.stdout.write)[] = [];

beforeEach(() => {
  written = [];
  originals = streams.map((stream) => stream.write.bind(stream));
  for (const stream of streams) {
    stream.write = (chunk: unknown) => {
      written.push(String(chunk));
      return true;
    };
  }
});

afterEach(() => {
  streams.forEach((stream, index) => {
    stream.write = originals[index]!;
  });
  expect(written, 'the test wrote to stdout or stderr').toEqual([]);
});
