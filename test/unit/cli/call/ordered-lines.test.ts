import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OrderedLines } from '../../../../src/cli/call/ordered-lines.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('ordered lines', () => {
  it('print what is told late in its place', () => {
    const printed: string[] = [];
    const lines = new OrderedLines((text) => printed.push(text));
    lines.add(100, 'first');
    lines.add(300, 'third');
    vi.advanceTimersByTime(100);
    lines.add(200, 'second');
    vi.advanceTimersByTime(1_000);
    expect(printed).toEqual(['first', 'second', 'third']);
  });

  it('keep the order of lines of the same moment, and hold none back at the end', () => {
    const printed: string[] = [];
    const lines = new OrderedLines((text) => printed.push(text));
    lines.add(5, 'a');
    lines.add(5, 'b');
    lines.flush();
    expect(printed).toEqual(['a', 'b']);
    expect(vi.getTimerCount()).toBe(0);
  });
});
