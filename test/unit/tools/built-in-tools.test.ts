import { describe, expect, it } from 'vitest';
import { createCollectDigitsTool } from '../../../src/tools/collect-digits-tool.js';
import { createHandOverTool } from '../../../src/tools/hand-over-tool.js';
import { createSendDigitsTool } from '../../../src/tools/send-digits-tool.js';
import type { CollectDigitsOptions, CollectedDigits, Tool } from '../../../src/tools/tool.js';
import { createToolbox } from '../../../src/tools/toolbox.js';
import { ManualClock } from '../../support/manual-clock.js';
import { scriptedActions } from '../../support/scripted-actions.js';

async function run(tool: Tool, args: Record<string, unknown>, actions = scriptedActions()) {
  const toolbox = createToolbox([tool], { clock: new ManualClock() });
  const signal = new AbortController().signal;
  const context = { callSid: 'CA1', memory: {}, variables: {}, signal, actions, onUpdate: () => undefined };
  return (await toolbox.run({ id: '1', name: tool.declaration.name, args }, context))?.response;
}

describe('send_digits', () => {
  it('presses the keys, written in groups or not', async () => {
    const sent: string[] = [];
    const actions = scriptedActions({ sendDigits: (digits) => Promise.resolve(void sent.push(digits)) });
    expect(await run(createSendDigitsTool(), { digits: '12 34-5w#' }, actions)).toEqual({
      output: { status: 'pressed' },
    });
    expect(sent).toEqual(['12345w#']);
  });

  it('needs keys', async () => {
    expect(await run(createSendDigitsTool(), {})).toMatchObject({ error: expect.stringContaining('digits') });
  });
});

describe('collect_digits', () => {
  const timing = { firstDigitMs: 10_000, nextDigitMs: 4_000 };

  async function collect(
    result: CollectedDigits,
    options: Partial<Parameters<typeof createCollectDigitsTool>[0]> = {},
    args: Record<string, unknown> = {},
  ) {
    let asked: CollectDigitsOptions = {};
    const actions = scriptedActions({
      collectDigits: (how) => {
        asked = how;
        return Promise.resolve(result);
      },
    });
    const tool = createCollectDigitsTool({ name: 'collect_digits', ...timing, ...options });
    return { response: await run(tool, args, actions), asked };
  }

  it('gives the model the digits', async () => {
    const { response } = await collect({ ok: true, digits: '1234' });
    expect(response).toEqual({ output: { status: 'collected', digits: '1234' } });
  });

  it('gives the model of a sensitive number nothing but its length', async () => {
    const { response, asked } = await collect({ ok: true, digits: '4111222' }, { sensitive: true, as: 'card' });
    expect(response).toMatchObject({ output: { status: 'collected', count: 7 } });
    expect(JSON.stringify(response)).not.toContain('4111');
    expect(asked).toMatchObject({ sensitive: true, as: 'card' });
  });

  it.each(['timeout', 'too_short', 'no_match', 'recorded', 'busy', 'cancelled'] as const)(
    'tells the model why there are none: %s',
    async (why) => {
      const { response } = await collect({ ok: false, why, count: 1 });
      expect(response).toMatchObject({ output: { status: 'not_collected', why, note: expect.any(String) } });
    },
  );

  it('takes how many there are from the model where the file does not say', async () => {
    const { asked } = await collect({ ok: true, digits: '1' }, {}, { max_digits: 5 });
    expect(asked.max).toBe(5);
    const fixed = await collect({ ok: true, digits: '1' }, { max: 8 }, { max_digits: 5 });
    expect(fixed.asked.max).toBe(8);
  });

  it('refuses fewer from the model than the file accepts, before the caller types in vain', async () => {
    const { response, asked } = await collect({ ok: true, digits: '12345678' }, { min: 8 }, { max_digits: 4 });
    expect(response).toMatchObject({ error: expect.stringContaining('max_digits must be >= 8') });
    expect(asked).toEqual({});
    const enough = await collect({ ok: true, digits: '12345678' }, { min: 8 }, { max_digits: 8 });
    expect(enough.asked).toMatchObject({ min: 8, max: 8 });
  });

  it('has time for the slowest entry', () => {
    const tool = createCollectDigitsTool({ name: 'collect_digits', ...timing, max: 16 });
    expect(tool.timeoutMs).toBeGreaterThan(20_000 + 10_000 + 15 * 4_000);
  });
});

describe('hand_over', () => {
  const tool = createHandOverTool({ to: { billing: 'Invoices.', sales: undefined }, greet: true });

  it('gives the call to an agent that is named, with a note', async () => {
    const handed: unknown[] = [];
    const actions = scriptedActions({ handOver: (...request) => handed.push(request) });
    const response = await run(tool, { agent: 'billing', note: ' invoice 7 ' }, actions);
    expect(response).toMatchObject({ output: { status: 'handing_over' } });
    expect(handed).toEqual([['billing', 'invoice 7', { greet: true, signal: expect.any(AbortSignal) }]]);
  });

  it('is not talked into another one', async () => {
    const handed: unknown[] = [];
    const actions = scriptedActions({ handOver: (...request) => handed.push(request) });
    expect(await run(tool, { agent: 'boss', note: '' }, actions)).toMatchObject({
      error: expect.stringContaining('billing'),
    });
    expect(handed).toEqual([]);
  });

  it('tells the model what each agent is for', () => {
    expect(JSON.stringify(tool.declaration.parameters)).toContain('billing: Invoices.');
  });
});
