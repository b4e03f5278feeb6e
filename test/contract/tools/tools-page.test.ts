import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkAgentsAndModules } from '../../../src/agents/check-modules.js';
import type { AgentConfig } from '../../../src/agents/schema/schema.js';
import { agentTools } from '../../../src/server/agent-tools.js';
import { createGuardedDispatchers } from '../../../src/tools/guarded-dispatcher.js';
import { createModuleLibrary } from '../../../src/tools/module-library.js';
import { createToolbox } from '../../../src/tools/toolbox.js';
import type { ToolConfig } from '../../../src/agents/schema/tool-schema.js';
import { createSystemClock } from '../../../src/clock.js';
import { problemsIn } from '../../support/agents-file.js';
import { scriptedActions } from '../../support/scripted-actions.js';
import { type LocalServer, startLocalServer } from '../../support/local-server.js';

const page = readFileSync(fileURLToPath(new URL('../../../docs/tools.md', import.meta.url)), 'utf8');
/** Every example of the page, as a whole agents file. */
const examples = [...page.matchAll(/^```yaml\n([^]*?)^```/gm)].map(([, yaml = '']) =>
  /^(?:agents|defaults):/m.test(yaml)
    ? yaml
    : `agents:\n  desk:\n    instructions: Answer the phone.\n${yaml.replace(/^(?=.)/gm, '    ')}`,
);

/** The module that the examples name, without the package, which is not installed beside it. */
const moduleSource = (/^```js\n([^]*?)^```/m.exec(page)?.[1] ?? '').replace(
  "import { defineTool } from 'liveline';",
  'const defineTool = (definition) => definition;',
);

/** What `${VAR}` of an example is, when it runs. */
function environment(api: string): Record<string, string> {
  return { CLINIC_API: api, CLINIC_TOKEN: 'clinic-token', ORDERS_TOKEN: 'orders-token', STOCK_DB: 'stock' };
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
  find_slot: {
    args: { doctor: 'Bell' },
    output: { doctor: 'Bell', at: '2026-05-04T10:00', for: '+15550001111' },
  },
  spell: { args: { name: 'Ann' }, output: 'A n n' },
  check_stock: { args: {}, output: expect.objectContaining({ method: 'GET' }) },
  page_nurse: { args: {}, output: expect.objectContaining({ method: 'POST' }) },
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
  const clock = createSystemClock();
  const modules = createModuleLibrary(clock);
  const mcp = { find: () => undefined, of: () => undefined, version: 0 };
  const agents: AgentConfig[] = [];
  let echo: LocalServer;
  let folder: string;

  beforeAll(async () => {
    echo = await startEcho();
    folder = await mkdtemp(join(tmpdir(), 'liveline-tools-'));
    await mkdir(join(folder, 'tools'));
    await writeFile(join(folder, 'tools/find-slot.js'), moduleSource);
    for (const yaml of examples) {
      const { agents: loaded } = await checkAgentsAndModules(yaml, join(folder, 'agents.yaml'), {
        env: environment('https://api.example.com'),
        loadModule: (file, exportName) => modules.load(file, exportName),
      });
      agents.push(...(loaded?.agents.values() ?? []));
    }
    for (const tool of agents.flatMap(({ tools }) => tools)) pointTo(tool, echo.origin);
  });

  afterAll(async () => {
    await echo[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
    expect(clock.pendingTimers).toBe(0);
  });

  it('are each tried out', () => {
    const own = agents.flatMap(({ tools }) =>
      tools.flatMap((tool) => ('name' in tool && !('built_in' in tool) ? [tool.name] : [])),
    );
    expect(Object.keys(RUNS).sort()).toEqual(own.sort());
  });

  it.each(Object.entries(RUNS))('%s does what it says', async (name, { args, output }) => {
    const agent = agents.find(({ tools }) => tools.some((tool) => 'name' in tool && tool.name === name));
    await using dispatchers = createGuardedDispatchers();
    const tools = agentTools(agent!, { dispatchers, clock, modules, mcp, toolLog: () => undefined });
    const answer = await createToolbox(tools, { clock }).run(
      { id: 'call-1', name, args },
      {
        callSid: 'CA1',
        variables: { caller: { number: '+15550001111' }, call: { sid: 'CA1' }, now: '2026-05-01T08:00:00Z' },
        signal: new AbortController().signal,
        memory: {},
        actions: scriptedActions(),
        onUpdate: () => undefined,
      },
    );
    expect(answer?.response).toEqual({ output });
  });
});

/** The same tool, asking a service of this machine. */
function pointTo(tool: ToolConfig, origin: string): void {
  if (!('http' in tool)) return;
  tool.http.url = tool.http.url.replace('https://api.example.com', origin);
  tool.http.allow_private_hosts = ['127.0.0.1'];
}
