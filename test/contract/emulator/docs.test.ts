import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fault } from '../../../src/emulator/fault-schema.js';
import { parseScript } from '../../../src/emulator/script.js';
import { scriptSchema } from '../../../src/emulator/script-schema.js';

const page = readFileSync(new URL('../../../docs/emulator.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/^```yaml\n([^]*?)^```$/gm)].map(([, source = '']) => source);

/** What tables have in their first columns. */
const rows = [...page.matchAll(/^\| (`[^|]+) \|/gm)].flatMap(([, cell = '']) => cell.replaceAll('`', '').split(', '));

describe('emulator.md', () => {
  it('shows scripts that can be played', () => {
    expect(examples.length).toBeGreaterThan(3);
    for (const example of examples) expect(() => parseScript(example, 'emulator.md')).not.toThrow();
  });

  it('explains every moment of a fault and everything that becomes of a reply', () => {
    expect(rows).toEqual(expect.arrayContaining(fault.shape.at.options));
    expect(rows).toEqual(expect.arrayContaining(fault.shape.reply.unwrap().options));
  });

  it('speaks of every key', () => {
    const { wire, resumption } = scriptSchema.shape;
    const keys = [
      ...Object.keys(scriptSchema.shape),
      ...Object.keys(wire.unwrap().shape),
      ...Object.keys(resumption.unwrap().shape),
      ...Object.keys(fault.shape),
    ];
    for (const key of keys) expect(page).toMatch(new RegExp(`\\b${key}\\b`));
  });
});
