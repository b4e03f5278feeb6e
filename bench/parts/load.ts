import { Resources } from '../../src/server/resources.js';
import { type Calls, Load, type Measured } from '../load.js';
import { type ModelChunk, modelChunk } from '../messages.js';
import { type Peer, startBridge, startRelay } from '../peer.js';
import { against, figure, progress, table } from '../report.js';
import { median, percentile } from '../statistics.js';

export interface LoadOptions {
  /** Compiled servers to compare; the first is the one whose targets count. */
  builds: readonly string[];
  calls: number;
  seconds: number;
  rounds: number;
}

const WARM_MS = 3_000;
/** What the bridge may cost beside the relay, and how much later its messages may come. */
const MAX_CPU_RATIO = 1.6;
const MAX_LATENCY_RATIO = 2;

interface Round extends Measured {
  /** CPU milliseconds of one call for one second. */
  cpuMs: number;
  setUpCpuMs: number;
  setUpWallMs: number;
}

/** The bridge beside the relay under the same load, turn by turn. */
export async function measureLoad(options: LoadOptions): Promise<string> {
  const sections = [];
  for (const chunk of [modelChunk(20), modelChunk(240)]) sections.push(await measureChunk(options, chunk));
  return sections.join('\n\n');
}

async function measureChunk(options: LoadOptions, chunk: ModelChunk): Promise<string> {
  const { builds, calls, rounds } = options;
  await using load = await Load.start();
  await using peers = new Resources();
  const measured: { name: string; peer: Peer; rounds: Round[] }[] = [];
  const relay = peers.use(await startRelay({ modelPort: load.modelPort, chunk }));
  measured.push({ name: 'relay', peer: relay, rounds: [] });
  for (const build of builds) {
    const bridge = peers.use(await startBridge({ build, modelPort: load.modelPort }));
    measured.push({ name: builds.length > 1 ? `bridge (${build})` : 'bridge', peer: bridge, rounds: [] });
  }
  // A process that has never seen calls come and go is still being compiled, the more so the more code it has.
  for (const { name, peer } of measured) {
    progress(`  ${calls} calls, ${chunk.ms} ms chunks, ${name}: warming up`);
    await measureRound(load, peer, chunk, options);
  }
  for (let round = 1; round <= rounds; round++) {
    for (const { name, peer, rounds: done } of measured) {
      const result = await measureRound(load, peer, chunk, options);
      done.push(result);
      progress(
        `  ${calls} calls, ${chunk.ms} ms chunks, round ${round}/${rounds}, ${name}: ${figure(result.cpuMs)} CPU ms a call-second` +
          `, p99 ${figure(percentile(result.latencies.toModel, 0.99))} / ${figure(percentile(result.latencies.toCaller, 0.99))} ms` +
          (result.leftOut > 0 ? `, ${result.leftOut} calls left out` : ''),
      );
    }
  }
  return describe(options, chunk, measured);
}

async function measureRound(load: Load, peer: Peer, chunk: ModelChunk, options: LoadOptions): Promise<Round> {
  await peer.begin();
  const calls: Calls = await load.place(peer, options.calls);
  const setUp = await peer.end();
  const measured = await calls.talk(peer, chunk, WARM_MS, options.seconds * 1_000);
  await calls.hangUp();
  const { cpuMs, wallMs } = measured.usage;
  return {
    ...measured,
    cpuMs: cpuMs / (options.calls * (wallMs / 1_000)),
    setUpCpuMs: setUp.cpuMs / options.calls,
    setUpWallMs: setUp.wallMs / options.calls,
  };
}

type Figure = (round: Round) => number;

const FIGURES: [name: string, of: Figure, limit?: number][] = [
  ['CPU ms a call-second', (round) => round.cpuMs, MAX_CPU_RATIO],
  ['caller → model, p50 ms', (round) => percentile(round.latencies.toModel, 0.5)],
  ['caller → model, p99 ms', (round) => percentile(round.latencies.toModel, 0.99), MAX_LATENCY_RATIO],
  ['model → caller, p50 ms', (round) => percentile(round.latencies.toCaller, 0.5)],
  ['model → caller, p99 ms', (round) => percentile(round.latencies.toCaller, 0.99), MAX_LATENCY_RATIO],
  ['`interrupted` → `clear`, p50 ms', (round) => percentile(round.latencies.clear, 0.5)],
  ['`interrupted` → `clear`, p99 ms', (round) => percentile(round.latencies.clear, 0.99), MAX_LATENCY_RATIO],
  ['event loop late by, p99 ms', (round) => round.usage.loopDelayP99Ms],
  ['garbage collection, ms a second', (round) => (round.usage.gcMs * 1_000) / round.usage.wallMs],
  ['setting up a call, CPU ms', (round) => round.setUpCpuMs],
  ['setting up a call, ms (ten at once)', (round) => round.setUpWallMs * 10],
  ['load generator busy, %', (round) => 100 * round.loadBusy],
  ['taken by other programs, % of a core', (round) => 100 * round.otherCores],
];

function describe(
  { calls, seconds, rounds }: LoadOptions,
  chunk: ModelChunk,
  measured: { name: string; rounds: Round[] }[],
): string {
  const [relay, ...bridges] = measured;
  const rows = FIGURES.map(([name, of, limit]) => [
    name,
    figure(median(relay!.rounds.map(of))),
    ...bridges.flatMap((bridge) => {
      // Each round beside its own relay: the machine's neighbours come and go.
      const ratio = median(bridge.rounds.map((round, i) => of(round) / of(relay!.rounds[i]!)));
      return [figure(median(bridge.rounds.map(of))), limit === undefined ? figure(ratio) : against(ratio, limit)];
    }),
  ]);
  const leftOut = measured.flatMap(({ rounds: done }) => done).reduce((total, round) => total + round.leftOut, 0);
  const head = ['', 'relay', ...bridges.flatMap(({ name }) => [name, 'ratio'])];
  return (
    `**${calls} calls, the model's audio in ${chunk.ms} ms messages** (medians of ${rounds} rounds of ${seconds} s)\n\n` +
    table(head, rows) +
    (leftOut > 0
      ? `\n\nLatencies are without ${leftOut} calls of ${calls * rounds * measured.length}: the machine stood still for ` +
        'over 200 ms, the bridge filled the pause with silence, and their messages could not be told apart any more.'
      : '')
  );
}
