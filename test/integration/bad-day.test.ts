import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { readWav } from '../../src/audio/wav.js';
import { runCli } from '../../src/cli/cli.js';
import { startLiveEmulator } from '../../src/emulator/live-emulator.js';
import { loadScript } from '../../src/emulator/script.js';
import { silencesIn, soundsOf, type Span } from '../support/audible.js';
import { createTestSpeech } from '../support/test-speech.js';

const EXAMPLES = fileURLToPath(new URL('../../config/examples/', import.meta.url));
const CALLER = [
  ...['--say', 'When are you open?', '--type', 'How do I find you?', '--type', 'I want to book a service.'],
  ...['--interrupt', 'No, on Friday please.', '--type', 'What does it cost?', '--type', 'Thank you, goodbye.'],
];

const LONGEST_SILENCE_MS = 2_000;

interface Line {
  atMs: number;
  who: string;
  text: string;
}

async function callOnABadDay(): Promise<{ lines: Line[]; printed: string; heard: Float32Array; rateHz: number }> {
  const directory = mkdtempSync(join(tmpdir(), 'bad-day-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const out = join(directory, 'heard.wav');
  await using emulator = await startLiveEmulator({
    script: loadScript(join(EXAMPLES, 'bad-day.script.yaml')),
    speech: createTestSpeech(),
  });
  let [printed, complained] = ['', ''];
  const exitCode = await runCli(['call', ...CALLER, '--out', out], {
    print: (text) => (printed += text),
    complain: (text) => (complained += text),
    env: {
      GEMINI_API_KEY: 'any',
      GOOGLE_GEMINI_BASE_URL: emulator.url,
      AGENTS_CONFIG: join(EXAMPLES, 'bad-day.yaml'),
      DATA_DIR: join(directory, 'data'),
    },
    isInteractive: false,
  });
  expect({ exitCode, complained }, printed).toEqual({ exitCode: 0, complained: '' });
  const { samples, sampleRateHz } = readWav(readFileSync(out));
  return { lines: linesOf(printed), printed, heard: samples, rateHz: sampleRateHz };
}

function linesOf(printed: string): Line[] {
  return [...printed.matchAll(/^(\d+):(\d+\.\d+) {2}(\w+) +(.*)$/gm)].map(
    ([, minutes, seconds, who = '', text = '']) => {
      return { atMs: Number(minutes) * 60_000 + Number(seconds) * 1_000, who, text };
    },
  );
}

function speechOfCaller(lines: readonly Line[]): Span[] {
  const times = (text: string) => lines.filter((line) => line.who === 'caller' && line.text === text);
  const ends = times('■ has spoken');
  return times('▶ speaks').map(({ atMs }, index) => ({ fromMs: atMs, toMs: ends[index]?.atMs ?? atMs }));
}

it('is a call without a gap, whose timeline tells what went wrong', { timeout: 90_000 }, async () => {
  const { lines, printed, heard, rateHz } = await callOnABadDay();
  const told = (pattern: RegExp, from = 0): number => {
    const at = lines.findIndex(({ text }, index) => index >= from && pattern.test(text));
    expect(at, `${String(pattern)} is not told after line ${from} of\n${printed}`).toBeGreaterThanOrEqual(0);
    return at;
  };

  // The service goes away behind what the caller hears.
  let at = told(/^the service will end the connection in 20\.00 s$/);
  at = told(/^“We are open from nine to six, except on Sundays\.”$/, at);
  at = told(/^the session is taken up by its handle$/, at);
  at = told(/^model ready after/, at);
  // The socket is cut in a sentence.
  at = told(/^“You find us .* \(cut off\)$/, at);
  at = told(/^model lost: .* during the conversation \(1006\); trying again$/, at);
  at = told(/^the session is taken up by its handle$/, at);
  at = told(/^“As I was saying, right behind the fish market\.”$/, at);
  // The caller cuts in while a tool runs.
  at = told(/^book_service\(\{"day":"Monday"\}\)$/, at);
  expect(lines.slice(at).some(({ text }) => /^interrupts: [\d.]+ s of [\d.]+ s were heard$/.test(text))).toBe(true);
  at = told(/^book_service cancelled after/, at);
  at = told(/^book_service answers after .*"Friday"/, at);
  at = told(/^“Friday it is, one moment\. You are booked for Friday at 9:00\.”$/, at);
  // The socket is cut before an answer, and the handle is refused.
  at = told(/^model lost: .* during the conversation \(1006\); trying again$/, at);
  at = told(/^model lost: .*1008: Requested entity was not found.*; its handle is given up, trying without$/, at);
  at = told(/^a fresh session is opened, and told what was said \(attempt 2\)$/, at);
  at = told(/^“A service costs fifty euro\.”$/, at);
  // The model stalls in a sentence.
  at = told(/^the model stopped in the middle of a reply, after 1\.\d\d s of silence; it is told so$/, at);
  at = told(/^“Goodbye, and ride safely!”$/, at);
  at = told(/^ended: agent-hung-up/, at);

  expect(lines.filter(({ text }) => text.includes('Harbour Bicycle')).map(({ who }) => who)).toEqual(['agent']);
  const { atMs: fromMs } = lines[told(/^connected$/)]!;
  const sounds = [...soundsOf(heard, rateHz, fromMs), ...speechOfCaller(lines)];
  expect(silencesIn(sounds, fromMs, LONGEST_SILENCE_MS), printed).toEqual([]);
});
