import { describe, expect, it } from 'vitest';
import { createSendSmsTool } from '../../../src/tools/send-sms-tool.js';
import type { CallActions, Tool, ToolContext } from '../../../src/tools/tool.js';
import { createTransferTool } from '../../../src/tools/transfer-tool.js';
import { scriptedActions } from '../../support/scripted-actions.js';

function run(tool: Tool, args: Record<string, unknown>, actions: Partial<CallActions>): Promise<unknown> {
  const context: ToolContext = {
    callSid: 'CA1',
    toolCallId: 'call-1',
    variables: {},
    signal: new AbortController().signal,
    memory: {},
    actions: scriptedActions(actions),
    update: () => undefined,
  };
  return tool.run(args, context);
}

describe('transfer', () => {
  const options = { names: ['sales', 'nurse'], isWarm: true, ringTimeoutMs: 25_000 };

  it('tells the model the names alone, and asks for a summary where somebody hears it', () => {
    const { parameters } = createTransferTool(options).declaration;
    expect(parameters).toMatchObject({
      properties: { to: { enum: ['sales', 'nurse'] }, summary: { type: 'string' } },
      required: ['to', 'summary'],
    });
    expect(createTransferTool({ ...options, isWarm: false }).declaration.parameters).not.toHaveProperty(
      'properties.summary',
    );
  });

  it('says what became of it, and what to do then', async () => {
    const asked: unknown[] = [];
    const answer = await run(
      createTransferTool(options),
      { to: 'nurse', summary: ` ${'x'.repeat(500)}` },
      {
        transfer: (to, more) => {
          asked.push([to, more?.summary?.length]);
          return Promise.resolve('declined');
        },
      },
    );
    expect(asked).toEqual([['nurse', 400]]);
    expect(answer).toMatchObject({ status: 'declined', note: expect.stringContaining('still with you') });
    const moved = await run(createTransferTool(options), { to: 'sales' }, { transfer: () => Promise.resolve('moved') });
    expect(moved).toEqual({ status: 'moved' });
  });
});

describe('send_sms', () => {
  it('goes to the caller unless somebody else is named', async () => {
    const sent: unknown[] = [];
    const sendSms: CallActions['sendSms'] = (text, to) => Promise.resolve(void sent.push([text, to]));
    const tool = createSendSmsTool({ names: ['office'] });
    for (const to of [undefined, 'caller', 'office']) await run(tool, { text: ' Hello. ', to }, { sendSms });
    expect(sent).toEqual([
      ['Hello.', undefined],
      ['Hello.', undefined],
      ['Hello.', 'office'],
    ]);
    expect(createSendSmsTool({ names: [] }).declaration.parameters).not.toHaveProperty('properties.to');
  });

  it.each([' ', 'x'.repeat(1_601)])('sends nothing for %j', async (text) => {
    await expect(run(createSendSmsTool({ names: [] }), { text }, {})).rejects.toMatchObject({ code: 'TOOL_ARGUMENTS' });
  });
});
