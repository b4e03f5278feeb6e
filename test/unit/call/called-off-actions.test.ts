import { describe, expect, it } from 'vitest';
import { createCollectDigitsTool } from '../../../src/tools/collect-digits-tool.js';
import { createSendDigitsTool } from '../../../src/tools/send-digits-tool.js';
import type { Tool, TransferOutcome } from '../../../src/tools/tool.js';
import { createToolbox } from '../../../src/tools/toolbox.js';
import { createTransferTool } from '../../../src/tools/transfer-tool.js';
import { settle } from '../../support/call-with-actions.js';
import { ManualClock } from '../../support/manual-clock.js';
import { activeCall } from '../../support/placed-call.js';

/** A call whose agent has this tool, as the agents file would give it, on a model that repeats what it calls off or not. */
function callWith(tool: Tool, repeatsCancelledCalls: boolean) {
  const signals: (AbortSignal | undefined)[] = [];
  const tools = createToolbox([tool], { clock: new ManualClock() });
  const placed = activeCall({ tools, repeatsCancelledCalls }, undefined, {
    telephoneOf: () => ({
      transfer: (_to, { signal }) => {
        signals.push(signal);
        return new Promise<TransferOutcome>(() => undefined);
      },
      sendSms: () => Promise.resolve(),
    }),
  });
  const { model } = placed;
  return {
    ...placed,
    signals,
    ask: async (id: string, args: Record<string, unknown> = {}) => {
      model.handlers.onToolCalls([{ id, name: tool.declaration.name, args }]);
      await settle();
    },
    callOff: async (id: string) => {
      model.handlers.onInterrupted();
      model.handlers.onToolCallsCancelled([id]);
      model.handlers.onTurnComplete(undefined);
      await settle();
    },
  };
}

describe.each([
  ['a model that repeats what it calls off', true],
  ['any other model', false],
])('an action on the telephone that %s has called off', (_model, repeats) => {
  it('rings nobody any longer, and somebody again when it is asked for again', async () => {
    const tool = createTransferTool({ names: ['nurse'], isWarm: true, ringTimeoutMs: 20_000 });
    const { ask, callOff, signals } = callWith(tool, repeats);
    await ask('a', { to: 'nurse', summary: 's' });
    await callOff('a');
    expect(signals.map((signal) => signal?.aborted)).toEqual([true]);
    await ask('b', { to: 'nurse', summary: 's' });
    expect(signals.map((signal) => signal?.aborted)).toEqual([true, false]);
  });

  it('takes no keys of the caller’s any longer', async () => {
    const tool = createCollectDigitsTool({ name: 'collect_digits', firstDigitMs: 10_000, nextDigitMs: 4_000 });
    const { ask, callOff, caller, clock, model } = callWith(tool, repeats);
    await ask('a');
    await callOff('a');
    caller.handlers.onDigit('7');
    clock.advance(2_000);
    expect(model.texts).toEqual(['The caller pressed 7 on the telephone keypad.']);
    expect(model.answers).toEqual([]);
  });

  it('presses no keys that it had not begun to press, and presses them when it is asked again', async () => {
    const { ask, callOff, caller, clock, events, model } = callWith(createSendDigitsTool(), repeats);
    const sent = () => events.filter((event) => event.type === 'digits-sent');
    model.speak(900);
    await ask('a', { digits: '1234' });
    await callOff('a');
    clock.advance(2_000);
    await settle();
    expect(sent()).toEqual([]);
    await ask('b', { digits: '1234' });
    expect(sent()).toHaveLength(1);
    caller.hearAll();
    await settle();
    expect(model.answers.map(({ id }) => id)).toEqual(['b']);
  });
});
