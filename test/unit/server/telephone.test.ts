import { describe, expect, it } from 'vitest';
import { CallRegistry } from '../../../src/call/registry.js';
import { CallError } from '../../../src/errors.js';
import { createTelephone } from '../../../src/server/telephone.js';
import { Transfers } from '../../../src/server/transfers.js';
import { limitedTool } from '../../../src/tools/limited-tool.js';
import { createSendSmsTool } from '../../../src/tools/send-sms-tool.js';
import { createToolbox } from '../../../src/tools/toolbox.js';
import type { TwilioRest } from '../../../src/twilio/rest.js';
import { createTransferSeal } from '../../../src/twilio/transfer-order.js';
import { agentsIn, deskWith } from '../../support/agents-file.js';
import { ManualClock } from '../../support/manual-clock.js';
import { scriptedActions } from '../../support/scripted-actions.js';
import { callStart } from '../../support/scripted-legs.js';

const refusal = (status: number) => new CallError('CARRIER_FAILED', `HTTP ${status}`, { status });

/** `send_sms` with `once_per_call`, on a call from this number, as the model calls it. */
function texting(from = '+15550001111') {
  const clock = new ManualClock();
  const [agent] = agentsIn(deskWith('tools:\n  - built_in: send_sms\n    from: "+15550002222"'));
  const sent: string[] = [];
  const answers: (() => Promise<string>)[] = [];
  const start = callStart({ agent: 'desk', from, serverUrl: 'https://host.test' });
  const rest: TwilioRest = {
    accountSid: start.accountSid,
    createCall: () => Promise.resolve('CA2'),
    completeCall: () => Promise.resolve(),
    redirectCall: () => Promise.resolve(true),
    callStatus: () => Promise.resolve(undefined),
    isRoomRunning: () => Promise.resolve(false),
    pauseRecording: () => Promise.resolve(false),
    sendMessage: ({ to }) => (sent.push(to), answers.shift()?.() ?? Promise.resolve('SM1')),
  };
  const findAgent = () => agent;
  const seal = createTransferSeal(['secret']);
  const transfers = new Transfers({ rest, seal, clock, calls: new CallRegistry(10), findAgent });
  const telephone = createTelephone({ rest, transfers, findAgent }, start);
  if (!telephone) throw new Error('the call is not of this account');
  const tool = limitedTool(createSendSmsTool({ names: [] }), { oncePerCall: true }, clock, 'send_sms');
  const toolbox = createToolbox([tool], { clock });
  const context = {
    callSid: start.callSid,
    memory: {},
    variables: {},
    signal: new AbortController().signal,
    actions: scriptedActions({ sendSms: (text, to) => telephone.sendSms(text, to) }),
    onUpdate: () => undefined,
  };
  return {
    sent,
    answers,
    send: async () =>
      (await toolbox.run({ id: 'a', name: 'send_sms', args: { text: 'Hello.' } }, context))?.response ?? {},
  };
}

describe('a text message that is sent once in a call', () => {
  it.each([
    [400, false],
    [403, false],
    [429, true],
  ])('is none where Twilio refused it with %i', async (status, retryable) => {
    const { send, sent, answers } = texting();
    answers.push(() => Promise.reject(refusal(status)));
    expect(await send()).toEqual({ error: `HTTP ${status}`, status, retryable });
    expect(await send()).toEqual({ output: { status: 'sent' } });
    expect(sent).toHaveLength(2);
  });

  it.each([
    ['Twilio failed', refusal(500)],
    ['Twilio was not ready', refusal(503)],
    ['nobody answered', new CallError('CARRIER_UNREACHABLE', 'no answer', { retryable: true })],
  ])('may be one where %s', async (_why, error) => {
    const { send, sent, answers } = texting();
    answers.push(() => Promise.reject(error));
    expect(await send()).toMatchObject({ retryable: false });
    expect(await send()).toMatchObject({ error: expect.stringContaining('or may have been') });
    expect(sent).toHaveLength(1);
  });

  it.each([
    ['a word', 'anonymous'],
    ['a number that spells one', '+266696687'],
    ['another', '+86282452253'],
  ])('is none where the number of the caller is withheld: %s', async (_what, from) => {
    const { send, sent } = texting(from);
    expect(await send()).toMatchObject({ error: expect.stringContaining('withheld'), retryable: false });
    expect(await send()).toMatchObject({ error: expect.stringContaining('withheld') });
    expect(sent).toEqual([]);
  });
});
