import { expect, it } from 'vitest';
import { createSystemClock } from '../../../src/clock.js';
import { agentTools } from '../../../src/server/agent-tools.js';
import { createGuardedDispatchers } from '../../../src/tools/guarded-dispatcher.js';
import { createModuleLibrary } from '../../../src/tools/module-library.js';
import { createToolbox } from '../../../src/tools/toolbox.js';
import { agentsIn } from '../../support/agents-file.js';
import { startLocalServer } from '../../support/local-server.js';
import { scriptedActions } from '../../support/scripted-actions.js';

/** `book` of three agents: the last one's asks for something else. Each bounds it in its own way. */
const file = (origin: string) => `
agents:
${[
  ['reception', '/tables', 'once_per_call: true'],
  ['billing', '/tables', 'max_per_call: 3'],
  ['taxis', '/taxis', 'once_per_call: true'],
]
  .map(
    ([agent, path, limit]) => `
  ${agent}:
    instructions: Answer the phone.
    tools:
      - built_in: send_sms
        from: "+15550002222"
        ${limit}
      - name: book
        description: Books, says ${agent}.
        ${limit}
        http: { method: POST, url: "${origin}${path}", allow_private_hosts: [127.0.0.1] }`,
  )
  .join('')}
`;

it('bounds what is the same tool of several agents in one call', async () => {
  await using service = await startLocalServer((_request, response) => response.end());
  await using dispatchers = createGuardedDispatchers();
  const clock = createSystemClock();
  const mcp = { find: () => undefined, of: () => undefined, version: 0 };
  const parts = { dispatchers, clock, modules: createModuleLibrary(clock), mcp, toolLog: () => undefined };
  const toolboxes = agentsIn(file(service.origin)).map(
    (agent) => [agent.name, createToolbox(agentTools(agent, parts), { clock })] as const,
  );
  async function outcomes(name: string, args: Record<string, unknown>, memory: object) {
    const done: Record<string, boolean> = {};
    for (const [agent, toolbox] of toolboxes) {
      const answer = await toolbox.run(
        { id: agent, name, args },
        {
          callSid: 'CA1',
          memory,
          variables: {},
          signal: new AbortController().signal,
          actions: scriptedActions(),
          onUpdate: () => undefined,
        },
      );
      done[agent] = answer !== undefined && 'output' in answer.response;
    }
    return done;
  }
  const memory = {};
  expect(await outcomes('book', {}, memory)).toEqual({ reception: true, billing: true, taxis: true });
  expect(await outcomes('book', {}, memory)).toEqual({ reception: false, billing: true, taxis: false });
  expect(await outcomes('book', {}, memory), 'three in all, of two agents').toMatchObject({ billing: false });
  expect(await outcomes('book', {}, {}), 'another call').toMatchObject({ reception: true });
  expect(await outcomes('send_sms', { text: 'Hello.' }, memory)).toEqual({
    reception: true,
    billing: true,
    taxis: false,
  });
});
