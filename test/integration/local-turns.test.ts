import { describe, expect, it } from 'vitest';
import type { LiveActivity } from '../../src/emulator/activity.js';
import { startLiveEmulator } from '../../src/emulator/live-emulator.js';
import { createScript } from '../../src/emulator/script.js';
import type { EmulatorScriptInput } from '../../src/emulator/script-schema.js';
import { startTestLine } from '../support/liveline.js';
import { shippedSpeech } from '../support/telephone-sounds.js';
import { createTestSpeech } from '../support/test-speech.js';

const LONG = 'We are open on most days, and I will gladly read out the whole of the week, day by day, for you now.';

function agents(model: string, turn: string): string {
  return `
agents:
  reception:
    default: true
    model: ${model}
    instructions: You answer the phone.
    turn: ${turn}
`;
}

async function startLine(options: {
  backend: 'gemini-api' | 'vertex-ai';
  model: string;
  turn: string;
  script: EmulatorScriptInput;
}) {
  const activities: LiveActivity[] = [];
  const emulator = await startLiveEmulator({
    script: createScript(options.script),
    speech: createTestSpeech(),
    onActivity: (activity) => activities.push(activity),
  });
  const line = await startTestLine({
    agents: agents(options.model, options.turn),
    server: { model: { kind: options.backend, apiKey: 'test-key', baseUrl: emulator.url } },
  });
  return {
    line,
    activities,
    async [Symbol.asyncDispose]() {
      await line[Symbol.asyncDispose]();
      await emulator[Symbol.asyncDispose]();
    },
  };
}

/** A bit more than a second of a synthesised voice. */
function sentence(): Int16Array {
  const sentences = shippedSpeech().sort((a, b) => a.length - b.length);
  const found = sentences.find((pcm) => pcm.length > 9_000);
  if (!found) throw new Error('no such sentence is shipped');
  return found;
}

describe('a call on which the bridge finds the turns', () => {
  it('sends turns alone, clears the line once when the caller cuts in, and lets the next reply be heard', async () => {
    const turn = '{ detection: local, silence_ms: 400, tell_cut_off: true }';
    const replies = [
      { on: 'speech' as const, heard: 'Tell me everything.', say: LONG },
      { on: 'speech' as const, heard: 'Enough.', say: 'As you wish.' },
    ];
    await using test = await startLine({ backend: 'gemini-api', model: 'gemini-3.8-live', turn, script: { replies } });
    const { line, activities } = test;
    await using phone = line.call();
    await line.waitFor('model-ready');
    await phone.sleep(400);
    const said = sentence();
    await phone.speak(said);
    await phone.waitFor('agent-audio', ({ phase }) => phase === 'started');
    await phone.sleep(700);

    const begun = phone.events.length;
    await phone.speak(said);
    await phone.waitFor('clear', () => true, begun);
    await line.waitFor('turn', ({ pii }) => pii.text === 'As you wish.');
    await phone.waitFor('agent-audio', ({ phase }) => phase === 'ended', begun);

    expect(phone.events.filter(({ type }) => type === 'clear')).toHaveLength(1);
    const interruptions = line.events.filter(({ type }) => type === 'interrupted');
    expect(interruptions).toMatchObject([{ by: 'detector' }]);
    const cut = await line.waitFor('turn', ({ cutOff }) => cutOff === true);
    const { heard = '', unheard = '' } = cut.pii;
    expect([heard.length > 0, unheard.length > 0]).toEqual([true, true]);
    expect(LONG.startsWith(heard + unheard)).toBe(true);
    expect(line.events.findLast((event) => event.type === 'turn')).toMatchObject({ cutOff: false });

    const turns = activities.filter((activity) => activity.type === 'activity-ended');
    expect(turns).toHaveLength(2);
    for (const { audioMs, outsideMs } of turns) {
      expect(outsideMs).toBe(0);
      expect(audioMs).toBeGreaterThan(said.length / 8 + 300);
      expect(audioMs).toBeLessThan(said.length / 8 + 300 + 400 + 100);
    }
    expect(activities.filter(({ type }) => type === 'interrupted')).toHaveLength(1);
    expect(activities.filter(({ type }) => type === 'refused')).toEqual([]);
  });

  it('is the same call on Vertex AI, and lets the agent finish where it is not to be interrupted', async () => {
    const turn = '{ detection: local, silence_ms: 400, barge_in: false }';
    const replies = [
      { on: 'speech' as const, say: 'One moment, please, I will look.' },
      { on: 'speech' as const, say: 'Yes.' },
    ];
    const model = 'gemini-live-2.5-flash-native-audio';
    await using test = await startLine({ backend: 'vertex-ai', model, turn, script: { replies } });
    const { line, activities } = test;
    await using phone = line.call();
    await line.waitFor('model-ready');
    await phone.sleep(400);
    await phone.speak(sentence());
    await phone.waitFor('agent-audio', ({ phase }) => phase === 'started');
    await phone.speak(sentence());
    await line.waitFor('turn', ({ pii }) => pii.text === 'Yes.');
    expect(phone.events.some(({ type }) => type === 'clear')).toBe(false);
    expect(activities.filter(({ type }) => type === 'activity-ended')).toHaveLength(2);
    expect(line.events.filter((event) => event.type === 'turn' && event.speaker === 'agent')).toMatchObject([
      { cutOff: false, pii: { text: 'One moment, please, I will look.' } },
      { cutOff: false, pii: { text: 'Yes.' } },
    ]);
  });
});

describe('a short answer', () => {
  it('that the model does not notice is closed for it, and answered', async () => {
    const script: EmulatorScriptInput = {
      replies: [{ on: 'speech', say: 'Thank you.' }],
      faults: [{ at: 'speech_end', reply: 'unnoticed' }],
    };
    const turn = '{ start_sensitivity: high, silence_ms: 300 }';
    await using test = await startLine({ backend: 'gemini-api', model: 'gemini-3.8-live', turn, script });
    await using phone = test.line.call();
    await test.line.waitFor('model-ready');
    await phone.sleep(200);
    await phone.speak(sentence().subarray(0, 3_200));
    const closed = await test.line.waitFor('turn-closed');
    expect(closed).toMatchObject({ by: 'audio-end' });
    const reply = await test.line.waitFor('turn', ({ speaker }) => speaker === 'agent');
    expect(reply.pii.text).toBe('Thank you.');
  });
});
