import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { expect, it, onTestFinished } from 'vitest';
import { CallRegistry } from '../../../src/call/registry.js';
import { CallError } from '../../../src/errors.js';
import { createOutboundRoutes } from '../../../src/http/outbound-routes.js';
import { createLog } from '../../../src/observability/log.js';
import type { AgentRuntimes } from '../../../src/server/agent-runtimes.js';
import { Outbound } from '../../../src/server/outbound.js';
import { createOrderSeal } from '../../../src/twilio/outbound-order.js';
import type { CallOrder, TwilioRest } from '../../../src/twilio/rest.js';
import { createStreamTokens } from '../../../src/twilio/stream-token.js';
import { agentsIn, deskWith } from '../../support/agents-file.js';
import { ManualClock } from '../../support/manual-clock.js';

const OUTBOUND = 'outbound: { allow: ["+1555"], from: "+15550002222" }';
const MESSAGE = 'outbound: { machine: message, message: Goodbye. }';

async function outboundWith(settings: string, rest: Partial<TwilioRest>) {
  const [agent] = agentsIn(deskWith(settings));
  const bounds = { calls_per_second: 1, max_calls: 10, max_queued: 100, allow: [], deny: [] };
  const calls = new CallRegistry(10);
  const outbound = new Outbound({
    rest: rest as TwilioRest,
    clock: new ManualClock(),
    runtimes: { config: () => agent, outbound: bounds } as Partial<AgentRuntimes> as AgentRuntimes,
    calls,
    seal: createOrderSeal(['secret']),
    isLocalCarrier: true,
    observe: () => undefined,
    log: await createLog({ level: 'silent', format: 'json' }),
  });
  return { outbound, calls, agent: agent! };
}

/** The call that Twilio is asked to make for an agent with these tools. */
async function orderOf(tools: string): Promise<CallOrder | undefined> {
  const made: CallOrder[] = [];
  const { outbound } = await outboundWith(`${OUTBOUND}\nlimits: { max_call_minutes: 5 }\n${tools}`, {
    createCall: (order) => Promise.resolve((made.push(order), 'CA1')),
  });
  outbound.dial({ agent: 'desk', to: '+15550004444', variables: {} }, 'http://127.0.0.1:1');
  return made[0];
}

it('has Twilio hold a call to its agent’s time, and to that of people where the agent can give it to them', async () => {
  expect(await orderOf('tools: []')).toMatchObject({ timeLimitS: 5 * 60 + 60 });
  const transfer = 'tools:\n  - built_in: transfer\n    to: { sales: "+15550004444" }';
  expect(await orderOf(transfer)).toMatchObject({ timeLimitS: 4 * 3600 });
});

it('hangs up on whoever picks up a call that was given up, also where nobody could tell Twilio', async () => {
  const made: CallOrder[] = [];
  const unreachable = new CallError('CARRIER_UNREACHABLE', 'no answer');
  const { outbound, calls, agent } = await outboundWith(OUTBOUND, {
    createCall: (order) => Promise.reject((made.push(order), unreachable)),
    completeCall: () => Promise.reject(unreachable),
  });
  const tokens = createStreamTokens({ secrets: ['secret'], clock: new ManualClock() });
  const app = express();
  app.use(
    '/twilio/outbound',
    express.urlencoded(),
    createOutboundRoutes({ calls, tokens, publicUrl: undefined, findAgent: () => agent, outbound }),
  );
  const server = app.listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { id } = outbound.dial({ agent: 'desk', to: '+15550004444', variables: {} }, baseUrl);
  const pickUp = async () => {
    const body = new URLSearchParams({ CallSid: 'CA1', AccountSid: 'AC1', CallStatus: 'in-progress' });
    return (await fetch(made[0]!.url, { method: 'POST', body })).text();
  };
  await outbound.cancel(id);
  expect(await pickUp()).toMatch(/<Response><Hangup\/><\/Response>$/);
  expect(outbound.find(id)).toMatchObject({ status: 'canceled', error: { code: 'CARRIER_UNREACHABLE' } });
});

it('leaves a message once, however often it is told of the machine, and tries again only what Twilio did not do', async () => {
  const moves: string[] = [];
  let answer: Promise<boolean> = Promise.reject(new CallError('CARRIER_UNREACHABLE', 'no answer'));
  const { outbound } = await outboundWith(MESSAGE, { redirectCall: (callSid) => (moves.push(callSid), answer) });
  const order = { id: 'OB1', agent: 'desk', variables: {}, leavesMessage: false };
  const found = { callSid: 'CA1', answeredBy: 'machine_end_beep', baseUrl: 'https://host.test' };
  outbound.onAnsweredBy(order, found);
  await new Promise(setImmediate);
  answer = Promise.resolve(true);
  outbound.onAnsweredBy(order, found);
  outbound.onAnsweredBy(order, found);
  await new Promise(setImmediate);
  outbound.onAnsweredBy(order, found);
  expect(moves).toEqual(['CA1', 'CA1']);
});
