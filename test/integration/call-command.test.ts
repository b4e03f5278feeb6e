import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readWav } from '../../src/audio/wav.js';
import { runCli } from '../../src/cli/cli.js';

interface Told {
  atMs: number;
  type: string;
  source: 'wire' | 'server';
  [field: string]: unknown;
}

async function call(...args: string[]) {
  let [printed, complained] = ['', ''];
  const exitCode = await runCli(['call', '--json', ...args], {
    print: (text) => (printed += text),
    complain: (text) => (complained += text),
    env: {},
    isInteractive: false,
  });
  const told = printed.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Told]));
  return { exitCode, complained, told };
}

it('holds a conversation with a server of its own: greeting, spoken question, tool, typed goodbye, hang-up', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'call-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const out = join(directory, 'heard.wav');
  const { exitCode, complained, told } = await call('--say', 'When are you open?', '--type', 'goodbye', '--out', out);
  expect({ exitCode, complained }).toEqual({ exitCode: 0, complained: '' });

  const wire = told.filter(({ source }) => source === 'wire');
  const server = told.filter(({ source }) => source === 'server');
  expect(wire.filter(({ type }) => type === 'warning')).toEqual([]);
  expect(wire.at(-1)).toMatchObject({ type: 'ended', reason: 'agent-hung-up' });
  expect(server.find(({ type, phase }) => type === 'tool' && phase === 'answered')).toMatchObject({ ok: true });
  expect(server.find(({ type }) => type === 'ended')).toMatchObject({ reason: 'agent-hung-up' });

  const spoke = wire.find(({ type, phase }) => type === 'caller-audio' && phase === 'started')!;
  const greeted = wire.find(({ type, phase }) => type === 'agent-audio' && phase === 'ended')!;
  const typed = server.find(({ type }) => type === 'said')!;
  expect(spoke.atMs - greeted.atMs).toBeGreaterThanOrEqual(699);
  expect(typed.atMs).toBeGreaterThan(spoke.atMs);

  const marks = wire.filter(({ type }) => type === 'mark');
  const named = (phase: string) => marks.filter((mark) => mark['phase'] === phase).map((mark) => mark['name']);
  expect(named('reached')).toEqual(named('received'));
  const { samples } = readWav(readFileSync(out));
  expect(samples).toHaveLength(Math.floor((wire.at(-1)!['heardMs'] as number) * 8));
});

it('fails on an agent that does not exist, after the caller heard why', async () => {
  const { exitCode, complained, told } = await call('nobody');
  expect(exitCode).toBe(1);
  expect(complained).toContain('fallback');
  expect(told.map(({ type }) => type)).toEqual(['ringing', 'twiml', 'said', 'ended']);
});
