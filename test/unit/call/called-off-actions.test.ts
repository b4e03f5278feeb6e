import { describe, expect, it } from 'vitest';
import { createCollectDigitsTool } from '../../../src/tools/collect-digits-tool.js';
import { createHandOverTool } from '../../../src/tools/hand-over-tool.js';
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
    others: { billing: {} },
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

  it('gives the call to nobody, also where it was answered, and to somebody when it is asked again', async () => {
    const tool = createHandOverTool({ to: { billing: undefined }, greet: false });
    const { ask, call, callOff, clock, model, models } = callWith(tool, repeats);
    const args = { agent: 'billing', note: 'n' };
    await ask('a', args);
    clock.advance(300);
    await callOff('a');
    clock.advance(15_000);
    expect([call.agent, models.opened.length]).toEqual(['reception', 1]);
    await ask('b', args);
    expect(model.answers).toMatchObject([{ id: 'a' }, { id: 'b', response: { output: { status: 'handing_over' } } }]);
    clock.advance(800);
    model.handlers.onClosed(undefined);
    models.last.handlers.onReady();
    expect(call.agent).toBe('billing');
    await callOff('b');
    expect(call.agent).toBe('billing');
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
