import { describe, expect, it } from 'vitest';
import { createHangUpTool } from '../../../src/tools/hang-up-tool.js';
import { createToolbox } from '../../../src/tools/toolbox.js';
import { ManualClock } from '../../support/manual-clock.js';
import { scriptedActions } from '../../support/scripted-actions.js';

async function hangUp(args: Record<string, unknown>) {
  const reasons: string[] = [];
  const toolbox = createToolbox([createHangUpTool()], { clock: new ManualClock() });
  const answer = await toolbox.run(
    { id: '1', name: 'hang_up', args },
    {
      callSid: 'CA1',
      variables: {},
      signal: new AbortController().signal,
      memory: {},
      actions: scriptedActions({ hangUp: (reason) => reasons.push(reason) }),
      onUpdate: () => undefined,
    },
  );
  return { reasons, answer };
}

describe('hang_up', () => {
  it('asks the call to end, with the reason the model gave', async () => {
    const { reasons, answer } = await hangUp({ reason: ' all done ' });
    expect(reasons).toEqual(['all done']);
    expect(answer?.response).toMatchObject({ output: { status: 'ending' } });
    expect(answer).not.toHaveProperty('whenDone');
  });

  it.each([{}, { reason: '' }, { reason: null }])('needs no reason (%j)', async (args) => {
    expect((await hangUp(args)).reasons).toEqual(['the agent ended the call']);
  });

  it('keeps a reason short', async () => {
    expect((await hangUp({ reason: 'x'.repeat(1000) })).reasons[0]).toHaveLength(200);
  });

  it('can be described in the words of the agent', () => {
    expect(createHangUpTool().declaration).toMatchObject({ name: 'hang_up', description: expect.any(String) });
    expect(createHangUpTool({ description: 'Ends it.' }).declaration.description).toBe('Ends it.');
  });
});
