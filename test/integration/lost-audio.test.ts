import { describe, expect, it } from 'vitest';
import { CallerToModelTranscoder } from '../../src/audio/transcoder.js';
import { encodeMulaw } from '../../src/audio/mulaw.js';
import { bestFit } from '../support/correlation.js';
import { startTestLine } from '../support/liveline.js';

const AGENTS = `
agents:
  reception:
    default: true
    instructions: You answer the phone.
    greeting: Greet the caller.
    turn: { protect_greeting: false, silence_ms: 300 }
`;

/** A long vowel whose every moment is another: speech with a pitch that rises. */
function risingVoice(ms: number): Int16Array {
  return Int16Array.from({ length: ms * 8 }, (_, index) => {
    const seconds = index / 8_000;
    const phase = 2 * Math.PI * (150 + 60 * seconds) * seconds;
    let value = 0;
    for (let harmonic = 2; harmonic <= 8; harmonic += 1) value += Math.sin(harmonic * phase) / harmonic;
    return Math.round(6_000 * value);
  });
}

function samplesOf(pieces: readonly string[]): Int16Array {
  const bytes = Buffer.concat(pieces.map((piece) => Buffer.from(piece, 'base64')));
  return new Int16Array(new Uint8Array(bytes).buffer);
}

describe('a word that the caller has just begun when the connection is lost', () => {
  it('is heard whole by the session, each sample once', async () => {
    const pieces: string[][] = [[], [], []];
    let known: number | undefined;
    await using line = await startTestLine({
      agents: AGENTS,
      backend: 'vertex-ai',
      script: {
        greeting: 'Hello.',
        replies: [{ on: 'speech', heard: 'When are you open?', say: 'From eight to six.' }],
        faults: [{ at: 'speech', delay_ms: 60, drop: true }],
      },
      watch: {
        onCallerAudio: (base64, session) => pieces[session]?.push(base64),
        // A handle follows at once: it knows of what was heard until here.
        onActivity: ({ type }) => (type === 'turn-completed' ? (known ??= pieces[1]?.length) : undefined),
      },
    });
    await using phone = line.call();
    await line.waitFor('turn');
    const voice = risingVoice(1_500);
    await phone.speak(voice);
    await line.waitFor('turn', ({ speaker, pii }) => speaker === 'agent' && pii.text === 'From eight to six.');
    expect(line.events.filter((event) => event.type === 'model-lost')).toHaveLength(1);

    const [, before = [], after = []] = pieces;
    const lost = before.slice(known);
    expect(lost.length).toBeGreaterThan(0);
    expect(after.slice(0, lost.length)).toEqual(lost);
    const heard = samplesOf([...before.slice(0, known), ...after]);
    const spoken = new CallerToModelTranscoder().transcode(encodeMulaw(voice));
    const whole = samplesOf([Buffer.from(spoken).toString('base64')]);
    const { at } = bestFit(heard, whole.subarray(0, 8_000));
    expect(at).toBeGreaterThan(0);
    // The filter's first samples know what came before the voice.
    expect(heard.subarray(at + 200, at + whole.length)).toEqual(whole.subarray(200));
  });
});
