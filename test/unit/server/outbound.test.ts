import { expect, it } from 'vitest';
import { CallRegistry } from '../../../src/call/registry.js';
import { createLog } from '../../../src/observability/log.js';
import type { AgentRuntimes } from '../../../src/server/agent-runtimes.js';
import { Outbound } from '../../../src/server/outbound.js';
import { createOrderSeal } from '../../../src/twilio/outbound-order.js';
import type { CallOrder, TwilioRest } from '../../../src/twilio/rest.js';
import { agentsIn, deskWith } from '../../support/agents-file.js';
import { ManualClock } from '../../support/manual-clock.js';

const OUTBOUND = 'outbound: { allow: ["+1555"], from: "+15550002222" }\nlimits: { max_call_minutes: 5 }';

/** The call that Twilio is asked to make for an agent with these tools. */
async function orderOf(tools: string): Promise<CallOrder | undefined> {
  const [agent] = agentsIn(deskWith(`${OUTBOUND}\n${tools}`));
  const made: CallOrder[] = [];
  const createCall: TwilioRest['createCall'] = (order) => Promise.resolve((made.push(order), 'CA1'));
  const bounds = { calls_per_second: 1, max_calls: 10, max_queued: 100, allow: [], deny: [] };
  const outbound = new Outbound({
    rest: { createCall } as Partial<TwilioRest> as TwilioRest,
    clock: new ManualClock(),
    runtimes: { config: () => agent, outbound: bounds } as Partial<AgentRuntimes> as AgentRuntimes,
    calls: new CallRegistry(10),
    seal: createOrderSeal(['secret']),
    isLocalCarrier: true,
    observe: () => undefined,
    log: await createLog({ level: 'silent', format: 'json' }),
  });
  outbound.dial({ agent: 'desk', to: '+15550004444', variables: {} }, 'http://127.0.0.1:1');
  return made[0];
}

it('has Twilio hold a call to its agent’s time, and to that of people where the agent can give it to them', async () => {
  expect(await orderOf('tools: []')).toMatchObject({ timeLimitS: 5 * 60 + 60 });
  const transfer = 'tools:\n  - built_in: transfer\n    to: { sales: "+15550004444" }';
  expect(await orderOf(transfer)).toMatchObject({ timeLimitS: 4 * 3600 });
});
