import { describe, expect, it } from 'vitest';
import { inBrief } from '../../../src/console/view/in-brief.js';

describe('a tool’s arguments and answers in brief', () => {
  it('are readable pairs, without the answer’s wrapper', () => {
    expect(inBrief({ day: 'friday', seats: 2 })).toBe('day: friday, seats: 2');
    expect(inBrief({ output: { hours: '8 to 18' } })).toBe('hours: 8 to 18');
    expect(inBrief({ error: 'no such day' })).toBe('error: no such day');
    expect(inBrief({ output: ['a', 'b'] })).toBe('output: ["a","b"]');
    expect(inBrief('plain')).toBe('plain');
  });

  it('are cut where they are long', () => {
    expect(inBrief({ text: 'x'.repeat(10_000) }).length).toBeLessThan(300);
  });
});
