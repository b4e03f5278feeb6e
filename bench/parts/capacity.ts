import { Load } from '../load.js';
import { modelChunk } from '../messages.js';
import { startBridge } from '../peer.js';
import { figure, progress, table } from '../report.js';
import { percentile } from '../statistics.js';

const STEP = 50;
const MAX_CALLS = 1_000;
const WARM_MS = 2_000;
const MEASURE_MS = 3_000;
const MAX_P99_MS = 20;
/** A load generator this busy measures itself. */
const MAX_LOAD_BUSY = 0.95;

/** How many calls one process carries before a message in a hundred is more than a frame late, found by stepping up. */
export async function measureCapacity({ build, calls }: { build: string; calls: number }): Promise<string> {
  await using load = await Load.start();
  await using bridge = await startBridge({ build, modelPort: load.modelPort });
  const chunk = modelChunk(20);
  const rows: string[][] = [];
  const all = await load.place(bridge, calls);
  let verdict = `more than ${MAX_CALLS} calls`;
  for (;;) {
    const { usage, latencies, loadBusy, otherCores } = await all.talk(bridge, chunk, WARM_MS, MEASURE_MS);
    const p99s = [latencies.toModel, latencies.toCaller].map((each) => percentile(each, 0.99));
    const core = (100 * usage.cpuMs) / usage.wallMs;
    rows.push([String(all.count), figure(core), ...p99s.map(figure), figure(100 * loadBusy), figure(100 * otherCores)]);
    progress(`  ${all.count} calls: ${figure(core)} % of a core, p99 ${p99s.map(figure).join(' / ')} ms`);
    // Also when no call could be measured, and there is no p99 at all.
    if (!(Math.max(...p99s) <= MAX_P99_MS)) {
      const byLoad = loadBusy > MAX_LOAD_BUSY ? ', where the load generator itself was at its limit' : '';
      const within =
        rows.length > 1
          ? `${all.count - STEP} calls within ${MAX_P99_MS} ms, ${all.count} not`
          : `fewer than ${all.count} calls`;
      verdict = within + byLoad;
      break;
    }
    if (all.count >= MAX_CALLS) break;
    all.addAll(await load.place(bridge, STEP));
  }
  await all.hangUp();
  const head = [
    'calls',
    '% of a core',
    'caller → model, p99 ms',
    'model → caller, p99 ms',
    'load generator busy, %',
    'others, % of a core',
  ];
  return `**One process carries** ${verdict}.\n\n${table(head, rows)}`;
}
