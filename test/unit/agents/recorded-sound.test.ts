import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkAgents } from '../../../src/agents/check-agents.js';
import { formatProblem } from '../../../src/agents/problem.js';
import { decodeMulaw } from '../../../src/audio/mulaw.js';
import { writeWav } from '../../../src/audio/wav.js';
import { bestFit } from '../../support/correlation.js';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'hold-'));
});

afterAll(() => rmSync(directory, { recursive: true }));

function tone(seconds: number, rateHz: number): Int16Array {
  return Int16Array.from({ length: seconds * rateHz }, (_, i) => 8_000 * Math.sin((2 * Math.PI * 440 * i) / rateHz));
}

/** A recording beside the agents file. */
function record(name: string, seconds: number, rateHz: number): string {
  const file = join(directory, name);
  writeFileSync(file, writeWav(tone(seconds, rateHz), rateHz));
  return file;
}

function check(hold: string) {
  const text = `agents:\n  desk:\n    default: true\n    instructions: Answer the phone.\n    hold: ${hold}\n`;
  const { agents, problems } = checkAgents(text, join(directory, 'agents.yaml'), { env: {} });
  return { sound: agents?.agents.get('desk')?.sounds.get(hold), problems: problems.map(formatProblem) };
}

describe('the sound of a tool that takes long', () => {
  it('is found in the same way, and a mistake stands where it is written', () => {
    record('typing.wav', 0.5, 8_000);
    const tool = (name: string, sound: string) =>
      `      - name: ${name}\n        description: d\n        http: { url: https://example.com }\n        while_running: { sound: ${sound} }\n`;
    const text = `agents:\n  desk:\n    default: true\n    instructions: Answer.\n    tools:\n`;
    const file = join(directory, 'agents.yaml');
    const { agents } = checkAgents(text + tool('a', './typing.wav') + tool('b', 'false'), file, { env: {} });
    expect([...(agents?.agents.get('desk')?.sounds ?? [])].map(([path, { length }]) => [path, length])).toEqual([
      ['./typing.wav', 4_000],
    ]);
    const { problems } = checkAgents(text + tool('a', './gone.wav'), file, { env: {} });
    expect(problems.map(formatProblem)).toEqual([
      expect.stringContaining(
        'agents.yaml:9:33 agents.desk.tools[0].while_running.sound: cannot read `./gone.wav`: there is no such file',
      ),
    ]);
  });
});

describe('the sound that callers wait with', () => {
  it('is any ordinary WAV, found beside the agents file, at the rate of the telephone', () => {
    record('waltz.wav', 1, 44_100);
    const { sound, problems } = check('./waltz.wav');
    expect(problems).toEqual([]);
    expect(sound).toHaveLength(8_000);
    const heard = decodeMulaw(sound!).subarray(1_000, 7_000);
    expect(bestFit(tone(1, 8_000), heard).correlation).toBeGreaterThan(0.999);
  });

  it('is converted again when its file has changed, and not before', () => {
    const file = record('changing.wav', 0.5, 8_000);
    const first = check('changing.wav').sound;
    expect(check('changing.wav').sound).toBe(first);
    record('changing.wav', 0.25, 8_000);
    utimesSync(file, 1, 1);
    expect(check('changing.wav').sound).toHaveLength(2_000);
  });

  it.each([
    ['nowhere.wav', 'cannot read `nowhere.wav`: there is no such file'],
    ['.', 'cannot read `.`: it is a directory'],
    ['text.wav', '`text.wav`: this is not a WAV file; convert it to one'],
    ['click.wav', '`click.wav` is 0.1 s long; it is played over and over, and has 0.2 to 30 s'],
    ['opera.wav', '`opera.wav` is 31 s long'],
  ])('is a mistake with its position when it is %s', (name, message) => {
    writeFileSync(join(directory, 'text.wav'), 'la la la');
    record('click.wav', 0.1, 8_000);
    record('opera.wav', 31, 8_000);
    const { sound, problems } = check(name);
    expect(sound).toBeUndefined();
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('agents.yaml:5:11 agents.desk.hold: ');
    expect(problems[0]).toContain(message);
  });
});
