import { describe, expect, it } from 'vitest';
import { MicrophoneGate } from '../../../../src/call/caller/microphone-gate.js';
import { ModelError } from '../../../../src/errors.js';
import type { ToolAnswer } from '../../../../src/tools/tool.js';
import { activeCall, scriptedTools } from '../../../support/placed-call.js';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const lost = new ModelError('MODEL_UNAVAILABLE', 'gone', { phase: 'conversation', closeCode: 1011, retryable: true });

function gateWithLog() {
  const log: string[] = [];
  const gate = new MicrophoneGate(
    { onAudio: (mulaw) => log.push(`audio ${mulaw[0]}`), onPaused: () => log.push('paused') },
    (ms) => log.push(`dropped ${ms}`),
  );
  return { gate, log };
}

describe('the microphone’s gate', () => {
  it('lets everything through while it is open', () => {
    const { gate, log } = gateWithLog();
    gate.onAudio(new Uint8Array([1]));
    gate.onPaused();
    expect(log).toEqual(['audio 1', 'paused']);
  });

  it('keeps audio, in order and not by reference, until it opens; a pause at its end too', () => {
    const { gate, log } = gateWithLog();
    const bytes = Buffer.from([1]);
    gate.set(true);
    gate.onAudio(bytes);
    bytes[0] = 9;
    gate.onPaused();
    gate.onAudio(new Uint8Array([2]));
    expect(log).toEqual([]);
    gate.onPaused();
    gate.set(false);
    gate.set(false);
    expect(log).toEqual(['audio 1', 'audio 2', 'paused']);
  });

  it('keeps the latest minute, and says what had to go', () => {
    const { gate, log } = gateWithLog();
    gate.set(true);
    for (let second = 0; second < 62; second += 1) gate.onAudio(new Uint8Array(8_000).fill(second));
    gate.set(false);
    expect(log).toHaveLength(61);
    expect(log[0]).toBe('audio 2');
    expect(log.at(-1)).toBe('dropped 2000');
  });
});

describe('a model that must not hear the caller while it waits for a tool', () => {
  function callWithTool() {
    const ends = new Map<string, (answer: ToolAnswer) => void>();
    const placed = activeCall({
      tools: scriptedTools(({ id }) => new Promise((resolve) => ends.set(id, resolve))),
      holdsMicrophoneFor: (name) => name === 'book',
      protectGreeting: false,
    });
    return {
      ...placed,
      call: (id: string, name = 'book') => placed.model.handlers.onToolCalls([{ id, name, args: {} }]),
      end: async (id: string) => {
        ends.get(id)?.({ id, name: 'book', response: { output: 1 } });
        await settle();
      },
    };
  }

  it('hears every word after its answer', async () => {
    const { call, end, model, talk } = callWithTool();
    talk(100);
    call('a');
    call('b');
    talk(12_000, 100);
    await end('a');
    expect(model.heardMs).toBe(100);
    await end('b');
    expect(model.answers).toHaveLength(2);
    expect(model.heardMs).toBe(12_100);
    talk(100, 12_100);
    expect(model.heardMs).toBe(12_200);
  });

  it('hears the caller during other tools, and once the call is called off', () => {
    const { call, model, talk } = callWithTool();
    call('a', 'look_up');
    talk(100);
    expect(model.heardMs).toBe(100);
    call('b');
    talk(100, 100);
    model.handlers.onToolCallsCancelled(['b']);
    expect(model.heardMs).toBe(200);
  });

  it('is answered although the caller was cut off by nothing but the bridge', async () => {
    const { call, end, model } = callWithTool();
    model.speak(400);
    call('a');
    model.handlers.onInterrupted();
    await end('a');
    expect(model.answers.map(({ id }) => id)).toEqual(['a']);
  });

  it('loses no word when its connection is replaced meanwhile', async () => {
    const { call, end, model, models, talk } = callWithTool();
    call('a');
    model.handlers.onResumable('handle');
    talk(6_000);
    model.handlers.onClosed(lost);
    talk(1_000, 6_000);
    models.last.handlers.onReady();
    expect(models.last.heardMs).toBeLessThan(20);
    await end('a');
    expect(models.last.answers).toHaveLength(1);
    expect(models.last.heardMs).toBe(7_000);
  });

  it('hears it all at once where the next session did not make the call', () => {
    const { call, model, models, talk } = callWithTool();
    call('a');
    talk(6_000);
    model.handlers.onClosed(lost);
    models.last.handlers.onReady();
    expect(models.last.heardMs).toBe(6_000);
  });
});
