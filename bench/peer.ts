import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { callerMediaChars, type ModelChunk } from './messages.js';

/** What a measured process used between `begin` and `end`, by its own account. */
export interface Usage {
  cpuMs: number;
  wallMs: number;
  loopDelayP99Ms: number;
  loopDelayMaxMs: number;
  gcMs: number;
  gcCount: number;
}

/** A measured process between the fake telephone and the fake model. */
export interface Peer extends AsyncDisposable {
  readonly kind: 'bridge' | 'relay';
  /** `127.0.0.1:port` */
  readonly address: string;
  /** From its start to its first answer that it is ready. */
  readonly startMs: number;
  begin(): Promise<void>;
  end(): Promise<Usage>;
  memory(): Promise<{ heldBytes: number; rssBytes: number }>;
}

const METER = new URL('meter.js', import.meta.url).href;
const RELAY = fileURLToPath(new URL('relay.js', import.meta.url));

/** The smallest agent there is; its instructions tell the fake model whose call a session is. */
const AGENTS = `agents:
  bench:
    default: true
    instructions: '{{ call.sid }}'
    transcription: { caller: false, agent: false }
    fallback: { say: Sorry. }
`;

/** Starts the real server, as `liveline serve` does, with a model at `modelPort`. */
export async function startBridge(options: { build: string; modelPort: number }): Promise<Peer> {
  const directory = await mkdtemp(join(tmpdir(), 'liveline-bench-'));
  await writeFile(join(directory, 'agents.yaml'), AGENTS);
  const port = await freePort();
  const args = [join(options.build, 'main.js'), 'serve'];
  const environment = {
    PORT: String(port),
    HOST: '127.0.0.1',
    AGENTS_CONFIG: join(directory, 'agents.yaml'),
    GEMINI_API_KEY: 'bench',
    GOOGLE_GEMINI_BASE_URL: `http://127.0.0.1:${options.modelPort}`,
    LIVELINE_MAX_CALLS: '10000',
    LOG_FORMAT: 'json',
  };
  const started = spawnMetered(args, { cwd: directory, env: environment });
  return peer('bridge', port, started, () => rm(directory, { recursive: true }));
}

/** Starts the relay with messages of the sizes that the bridge's have. */
export async function startRelay(options: { modelPort: number; chunk: ModelChunk }): Promise<Peer> {
  const port = await freePort();
  const { toModelChars, toCallerChars } = callerMediaChars(options.chunk);
  const model = `ws://127.0.0.1:${options.modelPort}`;
  const args = [RELAY, String(port), model, String(toModelChars), String(toCallerChars)];
  return peer('relay', port, spawnMetered(args, {}), () => Promise.resolve());
}

function spawnMetered(args: string[], options: { cwd?: string; env?: Record<string, string> }): ChildProcess {
  const { PATH = '', HOME = '' } = process.env;
  return spawn(process.execPath, ['--expose-gc', '--import', METER, ...args], {
    ...options,
    env: { PATH, HOME, NODE_ENV: 'production', ...options.env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

async function peer(
  kind: Peer['kind'],
  port: number,
  child: ChildProcess,
  cleanUp: () => Promise<void>,
): Promise<Peer> {
  const startedMs = performance.now();
  const address = `127.0.0.1:${port}`;
  await answers(`http://${address}/ready`, child);
  const startMs = performance.now() - startedMs;
  const waiting = new Map<number, (answer: unknown) => void>();
  let asked = 0;
  child.on('message', ({ id, answer }: { id: number; answer: unknown }) => {
    waiting.get(id)?.(answer);
    waiting.delete(id);
  });
  function ask(question: string): Promise<unknown> {
    const id = ++asked;
    child.send({ id, question });
    return new Promise((resolve) => waiting.set(id, resolve));
  }
  return {
    kind,
    address,
    startMs,
    begin: () => ask('begin').then(() => undefined),
    end: () => ask('end') as Promise<Usage>,
    memory: () => ask('memory') as ReturnType<Peer['memory']>,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      await cleanUp();
    },
  };
}

/** Resolves with the first HTTP answer of any kind. */
async function answers(url: string, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    const answered = await fetch(url).then(
      (response) => response.arrayBuffer().then(() => true),
      () => false,
    );
    if (answered) return;
    await sleep(5);
  }
  throw new Error(`the measured process ended with ${child.exitCode} before it was ready`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
