import { describe, expect, it } from 'vitest';
import { decodeMulaw, encodeMulaw } from '../../src/audio/mulaw.js';
import { ModelToCallerTranscoder } from '../../src/audio/transcoder.js';
import { resampleWhole, toPcm16 } from '../../src/audio/resample-whole.js';
import type { EmulatorScriptInput } from '../../src/emulator/script-schema.js';
import { bestFit } from '../support/correlation.js';
import { startTestLine } from '../support/liveline.js';
import { createTestSpeech } from '../support/test-speech.js';

const AGENTS = `
agents:
  reception:
    default: true
    instructions: You answer the phone.
    greeting: Greet the caller.
`;
const GREETING = 'Good morning, this is Harbour Dental, how can I help you today?';

/** The greeting as a telephone gives it at best: the whole of it resampled at once, and µ-law. */
async function idealGreeting(): Promise<Int16Array> {
  await using speech = createTestSpeech();
  const pcm24k = await speech.speak(GREETING);
  const pcm8k = resampleWhole(
    Float32Array.from(pcm24k, (sample) => sample / 32_768),
    24_000,
    8_000,
  );
  return decodeMulaw(encodeMulaw(toPcm16(pcm8k)));
}

/** The greeting as the bridge makes it when it gets it in one piece. */
async function seamlessGreeting(): Promise<Int16Array> {
  await using speech = createTestSpeech();
  const pcm24k = await speech.speak(GREETING);
  const transcoder = new ModelToCallerTranscoder();
  const mulaw = [transcoder.transcode(new Uint8Array(pcm24k.buffer)), transcoder.flush()];
  return decodeMulaw(Buffer.concat(mulaw));
}

describe('what the caller hears', () => {
  const wires: [string, EmulatorScriptInput['wire']][] = [
    ['the service’s usual chunks', {}],
    ['chunks that cut samples in two', { odd_chunks: true }],
    ['text frames with several fields in one', { frames: 'text', bundle: true }],
  ];

  it.each(wires)('is what the model said, whole and without a seam: %s', async (_what, wire) => {
    await using line = await startTestLine({ agents: AGENTS, script: { greeting: GREETING, wire } });
    await using phone = line.call();
    await phone.waitFor('agent-audio', ({ phase }) => phase === 'ended');
    const heard = bestFit(phone.heard, await idealGreeting());
    expect(heard.correlation).toBeGreaterThan(0.99);
    const seamless = await seamlessGreeting();
    const { at } = bestFit(phone.heard, seamless);
    expect(phone.heard.subarray(at, at + seamless.length)).toEqual(seamless);
  });
});
