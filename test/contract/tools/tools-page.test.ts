import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentTools } from '../../../src/server/agent-tools.js';
import { createGuardedDispatchers } from '../../../src/tools/guarded-dispatcher.js';
import { createToolbox } from '../../../src/tools/toolbox.js';
import type { ToolConfig } from '../../../src/agents/tool-schema.js';
import { createSystemClock } from '../../../src/clock.js';
import { agentsIn, problemsIn } from '../../support/agents-file.js';
import { scriptedActions } from '../../support/scripted-actions.js';
import { type LocalServer, startLocalServer } from '../../support/local-server.js';

const page = readFileSync(fileURLToPath(new URL('../../../docs/tools.md', import.meta.url)), 'utf8');
/** Every example of the page, as a whole agents file. */
const examples = [...page.matchAll(/^```yaml\n([^]*?)^```/gm)].map(([, yaml = '']) =>
  /^(?:agents|defaults):/m.test(yaml)
    ? yaml
    : `agents:\n  desk:\n    instructions: Answer the phone.\n${yaml.replace(/^(?=.)/gm, '    ')}`,
);

/** What `${VAR}` of an example is, when it runs. */
function environment(api: string): Record<string, string> {
  return { CLINIC_API: api, CLINIC_TOKEN: 'clinic-token' };
}

/** A service that gives back what it was asked. */
function startEcho(): Promise<LocalServer> {
  return startLocalServer(({ method, path, body }, response) => {
    const items = [{ id: 7, asked: path }];
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ method, path, body, items }));
  });
}

/** One run of each tool of the page that answers by itself: what the model gives, and what it gets. */
const RUNS: Record<string, { args: Record<string, unknown>; output: unknown }> = {
  find_patient: {
    args: { name: 'Ann Bell', born: '1980-02-03' },
    output: { found: 1, patient: { id: 7, asked: '/patients?name=Ann+Bell&born=1980-02-03' } },
  },
  book: {
    args: { patient_id: '7', starts_at: '2026-05-04T10:00Z' },
    output: expect.objectContaining({
      method: 'POST',
      body: '{"patient":7,"starts_at":"2026-05-04T10:00Z","source":"telephone","caller":"+15550001111"}',
    }),
  },
  cancel_appointment: {
    args: { appointment_id: 12 },
    output: { status: 'not_done_yet', note: expect.stringContaining('ask whether to go ahead') },
  },
  send_code: {
    args: {},
    output: expect.objectContaining({ path: '/codes', body: '{"caller":"+15550001111"}' }),
  },
  leave_message: {
    args: { text: 'Call back, please' },
    output: expect.objectContaining({ body: 'from=%2B15550001111&text=Call+back%2C+please' }),
  },
};

describe('tools.md', () => {
  it('has examples', () => {
    expect(examples.length).toBeGreaterThan(1);
  });

  it.each(examples.map((yaml) => [/(?:name|built_in): (\w+)/.exec(yaml)?.[1] ?? yaml.slice(0, 60), yaml]))(
    'shows %s as a file that is valid',
    (_name, yaml) => {
      expect(problemsIn(yaml, { env: environment('https://api.example.com') })).toEqual([]);
    },
  );
});

describe('the tools of tools.md', () => {
  let echo: LocalServer;
  beforeAll(async () => {
    echo = await startEcho();
  });
  afterAll(() => echo[Symbol.asyncDispose]());

  const named = examples.flatMap((yaml) =>
    [...yaml.matchAll(/- name: (\w+)/g)].map(([, name = '']) => ({ name, yaml })),
  );

  it('are each tried out', () => {
    expect(Object.keys(RUNS).sort()).toEqual(named.map(({ name }) => name).sort());
  });

  it.each(named)('$name does what it says', async ({ name, yaml }) => {
    const [agent] = agentsIn(yaml, { env: environment('https://api.example.com') });
    for (const tool of agent!.tools) pointTo(tool, echo.origin);
    const clock = createSystemClock();
    await using dispatchers = createGuardedDispatchers();
    const toolbox = createToolbox(agentTools(agent!, { dispatchers, clock }), { clock });
    const { args, output } = RUNS[name]!;
    const answer = await toolbox.run(
      { id: 'call-1', name, args },
      {
        callSid: 'CA1',
        variables: { caller: { number: '+15550001111' }, call: { sid: 'CA1' }, now: '2026-05-01T08:00:00Z' },
        signal: new AbortController().signal,
        actions: scriptedActions(),
        onUpdate: () => undefined,
      },
    );
    expect(answer?.response).toEqual({ output });
    expect(clock.pendingTimers).toBe(0);
  });

  /** The same tool, asking a service of this machine. */
  function pointTo(tool: ToolConfig, origin: string): void {
    if (!('http' in tool)) return;
    tool.http.url = tool.http.url.replace('https://api.example.com', origin);
    tool.http.allow_private_hosts = ['127.0.0.1'];
  }
});
