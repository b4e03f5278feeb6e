import { expect, it } from 'vitest';
import { createLookup } from '../../../src/server/before-call.js';
import { createGuardedDispatchers } from '../../../src/tools/guarded-dispatcher.js';
import { agentsIn, deskWith } from '../../support/agents-file.js';
import { startLocalServer } from '../../support/local-server.js';
import { ManualClock } from '../../support/manual-clock.js';

it('takes nothing of an answer that is too large for a prompt, and what is picked of it', async () => {
  const answer = { name: 'Ada', notes: 'x'.repeat(40_000) };
  await using crm = await startLocalServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
  });
  await using dispatchers = createGuardedDispatchers();
  const clock = new ManualClock();
  async function lookUp(more: string) {
    const settings = `before_call: { url: "${crm.origin}/", allow_private_hosts: ["127.0.0.1"]${more} }`;
    const [agent] = agentsIn(deskWith(settings));
    const variables: Record<string, unknown> = {};
    const found = await createLookup(agent!, { dispatchers, clock })!('CA1', variables, new AbortController().signal);
    return { found, variables };
  }
  expect(await lookUp('')).toEqual({
    found: { ok: false, error: expect.objectContaining({ code: 'TOOL_RESPONSE_TOO_LARGE' }) },
    variables: {},
  });
  expect(await lookUp(', result: { name: "{{ response.body.name }}" }')).toEqual({
    found: { ok: true },
    variables: { lookup: { name: 'Ada' } },
  });
  expect(clock.pendingTimers).toBe(0);
});
