import { afterEach, describe, expect, it } from 'vitest';
import type { LiveActivity } from '../../../src/emulator/activity.js';
import type { LiveEmulator } from '../../../src/emulator/live-emulator.js';
import type { EmulatorScriptInput } from '../../../src/emulator/script-schema.js';
import { LiveClient } from '../../support/live-client.js';
import { startScriptedEmulator } from '../../support/scripted-emulator.js';
import { silence, speechLike } from '../../support/sounds.js';

const REPLIES = { replies: [{ on: 'speech' as const, say: 'Yes.' }, { say: 'Well then.' }] };
const START = { realtimeInput: { activityStart: {} } };
const END = { realtimeInput: { activityEnd: {} } };

let emulator: LiveEmulator;
let activities: LiveActivity[];

async function open(script: EmulatorScriptInput = REPLIES, input: object = {}): Promise<LiveClient> {
  ({ emulator, activities } = await startScriptedEmulator(script));
  const realtimeInputConfig = { automaticActivityDetection: { disabled: true }, ...input };
  return LiveClient.open(emulator.url, { realtimeInputConfig });
}

afterEach(async () => {
  await emulator[Symbol.asyncDispose]();
});

const of = (type: LiveActivity['type']) => activities.filter((activity) => activity.type === type);

describe('activity that the client announces', () => {
  it('is the turn, and what comes outside is not', async () => {
    await using client = await open();
    client.sendAudio(speechLike(600));
    client.send(START);
    client.sendAudio(speechLike(300));
    client.sendAudio(silence(100));
    client.send(END);
    client.sendAudio(silence(500));
    await client.untilContent('turnComplete');
    expect(of('activity-ended')).toEqual([{ type: 'activity-ended', audioMs: 400, outsideMs: 600 }]);
    expect(of('speech-heard')).toHaveLength(1);
  });

  it('interrupts what is being said', async () => {
    await using client = await open();
    client.say('Talk.');
    await client.untilContent('modelTurn');
    client.send(START);
    await client.untilContent('interrupted');
    client.sendAudio(speechLike(300));
    client.send(END);
    await client.untilContent('generationComplete');
    expect(of('interrupted')).toHaveLength(1);
  });

  it('interrupts nothing where it shall not, and is answered next', async () => {
    await using client = await open(REPLIES, { activityHandling: 'NO_INTERRUPTION' });
    client.say('Talk.');
    await client.untilContent('modelTurn');
    client.send(START);
    client.sendAudio(speechLike(300));
    client.send(END);
    await client.untilContent('turnComplete', 2);
    expect(of('interrupted')).toEqual([]);
    expect(of('turn-completed').map((turn) => 'text' in turn && turn.text)).toEqual(['Well then.', 'Yes.']);
  });

  it('in which nobody speaks puts a model out of step, if the script wants it so', async () => {
    const noisy = { replies: [...REPLIES.replies], wire: { noise_turns: 'stall' as const } };
    await using client = await open(noisy);
    client.send(START);
    client.sendAudio(silence(300));
    client.send(END);
    client.send(START);
    client.sendAudio(speechLike(300));
    client.send(END);
    client.say('Are you there?');
    await client.untilContent('turnComplete');
    expect(of('speech-heard')).toHaveLength(1);
    expect(of('text-heard')).toHaveLength(1);
  });

  it('takes what was told before, without a reply, for a part of the turn', async () => {
    await using client = await open();
    client.send({
      clientContent: { turns: [{ role: 'user', parts: [{ text: 'You were cut off. ' }] }], turnComplete: false },
    });
    client.send(START);
    client.sendAudio(speechLike(300));
    client.send(END);
    await client.untilContent('turnComplete');
    client.say('Hello.');
    await client.untilContent('turnComplete', 2);
    expect(of('text-heard')).toEqual([{ type: 'text-heard', text: 'Hello.' }]);
  });
});

describe('a short answer that is not noticed', () => {
  const script = { ...REPLIES, faults: [{ at: 'speech_end' as const, reply: 'unnoticed' as const }] };
  const automatic = { automaticActivityDetection: { silenceDurationMs: 300 } };

  it('is, when audio pauses', async () => {
    await using client = await open(script, automatic);
    client.sendAudio(speechLike(300));
    client.sendAudio(silence(1_000));
    client.send({ realtimeInput: { audioStreamEnd: true } });
    await client.untilContent('turnComplete');
    expect(of('speech-heard')).toHaveLength(1);
  });

  it('is, when two seconds were silent, and not before', async () => {
    await using client = await open(script, automatic);
    client.sendAudio(speechLike(300));
    client.sendAudio(silence(1_900));
    client.say('Anybody?');
    await client.untilContent('turnComplete');
    expect(of('speech-heard')).toHaveLength(0);
    client.sendAudio(silence(200));
    await client.untilContent('turnComplete', 2);
    expect(of('speech-heard')).toHaveLength(1);
  });
});
