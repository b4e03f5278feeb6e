import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SpeechDetector } from '../../../../src/audio/speech-detector.js';
import { sentencesOf } from '../../../../src/emulator/generation.js';
import { DEFAULT_SCRIPT_URL, loadScript } from '../../../../src/emulator/script.js';
import { CachedSpeech } from '../../../../src/emulator/speech/cached-speech.js';
import { createSpeech } from '../../../../src/emulator/speech/create-speech.js';
import { FliteSpeech, isFliteInstalled } from '../../../../src/emulator/speech/flite-speech.js';
import { NEUTRAL_LINE, ShippedSpeech, shippedSpeechUrl } from '../../../../src/emulator/speech/shipped-speech.js';
import { SPEECH_HZ, type SpeechSource } from '../../../../src/emulator/speech/speech-source.js';
import { fixedSentences } from '../../../support/fixed-sentences.js';

/** How long somebody speaks in it. */
function spokenMs(samples: Int16Array): number {
  const detector = new SpeechDetector({ sampleRateHz: SPEECH_HZ });
  let longest = 0;
  for (let start = 0; start < samples.length; start += 480) {
    detector.push(samples.subarray(start, start + 480));
    longest = Math.max(longest, detector.speechMs);
  }
  return longest;
}

/** Ten samples a text; counts how often it was asked. */
function countingSpeech(): SpeechSource & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    speak: (text) => {
      asked.push(text);
      return text === 'bad' ? Promise.reject(new Error('no')) : Promise.resolve(new Int16Array(10));
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

describe.runIf(isFliteInstalled())('flite', { timeout: 30_000 }, () => {
  it('speaks English at 24 kHz, longer for longer texts', async () => {
    await using speech = new FliteSpeech();
    const [short, long] = await Promise.all([
      speech.speak('Good morning.'),
      speech.speak('Good morning, and thank you very much for calling.'),
    ]);
    expect(spokenMs(short)).toBeGreaterThan(500);
    expect(spokenMs(long)).toBeGreaterThan(spokenMs(short) + 1_000);
    expect(short.length / SPEECH_HZ).toBeLessThan(2);
  });

  it('takes a text without words, and anything in it', async () => {
    await using speech = new FliteSpeech();
    const texts = ['', ' ', 'こんにちは', '<b> & "quotes" — 5:30 pm', '-o /etc/passwd'];
    const spoken = await Promise.all(texts.map((text) => speech.speak(text)));
    expect(spoken[0]).toHaveLength(0);
    expect(spokenMs(spoken[3]!)).toBeGreaterThan(500);
  });

  it('refuses a text beyond its bound, and everything once it is stopped', async () => {
    const speech = new FliteSpeech();
    await expect(speech.speak('a'.repeat(5_000))).rejects.toMatchObject({ code: 'SPEECH_UNAVAILABLE' });
    const interrupted = expect(speech.speak('Hello.')).rejects.toMatchObject({ code: 'SPEECH_UNAVAILABLE' });
    await speech[Symbol.asyncDispose]();
    await interrupted;
    await expect(speech.speak('Hello.')).rejects.toMatchObject({ code: 'SPEECH_UNAVAILABLE' });
  });

  it('is what is used where it is installed', async () => {
    await using speech = createSpeech();
    const unshipped = await speech.speak('This sentence was never recorded by anybody.');
    await using shipped = new ShippedSpeech();
    expect(unshipped.length).not.toBe((await shipped.speak(NEUTRAL_LINE)).length);
  });
});

describe('the shipped recordings', () => {
  it('hold every fixed sentence of the default script', { timeout: 30_000 }, async () => {
    await using speech = new ShippedSpeech();
    const neutral = await speech.speak(NEUTRAL_LINE);
    const sentences = fixedSentences(loadScript(DEFAULT_SCRIPT_URL));
    expect(sentences.length).toBeGreaterThan(10);
    for (const sentence of new Set(sentences)) {
      const samples = await speech.speak(sentence);
      expect(samples.length, sentence).not.toBe(neutral.length);
      expect(spokenMs(samples), sentence).toBeGreaterThan(400);
    }
  });

  it('are of no other text: they are made anew by test/support/render-shipped-speech.ts', async () => {
    const texts = new Set([...fixedSentences(loadScript(DEFAULT_SCRIPT_URL)), NEUTRAL_LINE]);
    const files = await readdir(new URL('.', shippedSpeechUrl(NEUTRAL_LINE)));
    expect(files.sort()).toEqual([...texts].map((text) => basename(shippedSpeechUrl(text).pathname)).sort());
  });

  it('have a neutral line for any other text', async () => {
    await using speech = new ShippedSpeech();
    const other = await speech.speak('On Friday we are open.');
    expect(other).toEqual(await speech.speak(NEUTRAL_LINE));
    expect(spokenMs(other)).toBeGreaterThan(400);
  });
});

describe('the cache', () => {
  it('asks once for a text, even while it is being made', async () => {
    const source = countingSpeech();
    await using speech = new CachedSpeech(source);
    const [first, second] = await Promise.all([speech.speak('a'), speech.speak('a')]);
    expect(first).toBe(second);
    expect(await speech.speak('a')).toBe(first);
    expect(source.asked).toEqual(['a']);
  });

  it('forgets what was not asked for longest', async () => {
    const source = countingSpeech();
    await using speech = new CachedSpeech(source, 20);
    for (const text of ['a', 'b', 'a', 'c', 'a', 'b']) await speech.speak(text);
    expect(source.asked).toEqual(['a', 'b', 'c', 'b']);
  });

  it('does not keep a failure', async () => {
    const source = countingSpeech();
    await using speech = new CachedSpeech(source);
    await expect(speech.speak('bad')).rejects.toThrow('no');
    await expect(speech.speak('bad')).rejects.toThrow('no');
    expect(source.asked).toEqual(['bad', 'bad']);
  });
});

describe('sentences', () => {
  it('are what is spoken at a time', () => {
    expect(sentencesOf(' Hello there.\n  How are you?  At 5.30 pm! ')).toEqual([
      'Hello there.',
      'How are you?',
      'At 5.30 pm!',
    ]);
    expect(sentencesOf('  ')).toEqual([]);
  });
});
