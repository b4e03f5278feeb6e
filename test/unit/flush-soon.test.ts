import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { flushSoon } from '../../src/flush-soon.js';

describe('writes that can wait a moment', () => {
  it('run in order, once what is at hand is done and before anything else of the next turn', async () => {
    const done: string[] = [];
    flushSoon(() => done.push('first'));
    flushSoon(() => done.push('second'));
    queueMicrotask(() => done.push('at hand'));
    await nextTurn();
    expect(done).toEqual(['at hand', 'first', 'second']);
    flushSoon(() => done.push('again'));
    await nextTurn();
    expect(done.at(-1)).toBe('again');
  });

  it('do not wait for any number of others', async () => {
    const written: number[] = [];
    const numbers = Array.from({ length: 40 }, (_, number) => number);
    for (const number of numbers) flushSoon(() => written.push(number));
    expect(written).toEqual([]);
    await Promise.resolve();
    expect(written).toEqual(numbers);
  });

  it('do not suffer from a fault of one of them, which is not lost', async () => {
    const done: string[] = [];
    const faults: unknown[] = [];
    process.setUncaughtExceptionCaptureCallback((fault) => faults.push(fault));
    try {
      flushSoon(() => {
        throw new Error('broken');
      });
      flushSoon(() => done.push('next'));
      await nextTurn();
      await nextTurn();
    } finally {
      process.setUncaughtExceptionCaptureCallback(null);
    }
    expect(done).toEqual(['next']);
    expect(faults).toEqual([new Error('broken')]);
  });
});
