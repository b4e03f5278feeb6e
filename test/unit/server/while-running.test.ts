import { describe, expect, it } from 'vitest';
import { modelProfile } from '../../../src/models/profiles.js';
import { whileRunning } from '../../../src/server/while-running.js';
import type { Tool } from '../../../src/tools/tool.js';

const SOUND = new Uint8Array(8_000).fill(1);

function tool(name: string, more: Partial<Tool> = {}, blocking?: boolean): Tool {
  const declaration = { name, description: name, ...(blocking !== undefined && { blocking }) };
  return { declaration, timeoutMs: 1_000, run: () => Promise.resolve(null), ...more };
}

describe('what happens while a tool runs', () => {
  const tools = [
    tool('plain'),
    tool('waits', { whileRunning: { afterMs: 900, sound: SOUND, say: 'Say so.' } }, true),
    tool('goes_on', { whileRunning: { afterMs: 900, say: 'Say so.' } }, false),
    tool('silent', { whileRunning: false }),
  ];
  const of = whileRunning(tools, modelProfile('gemini-3.8-live'));

  it('is a soft sound after two seconds, where nothing else is said', () => {
    expect(of('plain')).toMatchObject({ blocks: false, fill: { afterMs: 2_000 } });
    expect(of('plain').fill?.sound.some((code) => code !== 0xff)).toBe(true);
  });

  it('is what the tool has, without a line where the model waits', () => {
    expect(of('waits')).toEqual({ blocks: true, fill: { afterMs: 900, sound: SOUND } });
    expect(of('goes_on')).toEqual({ blocks: false, say: { afterMs: 900, text: 'Say so.' } });
  });

  it('is nothing where it is turned off, or for what is no tool', () => {
    expect(of('silent')).toEqual({ blocks: false });
    expect(of('nobody')).toEqual({ blocks: false });
  });

  it('knows which tools a model waits for by itself', () => {
    expect(whileRunning(tools, modelProfile('gemini-3.1-flash-live-preview'))('plain').blocks).toBe(true);
  });
});
