import { Load } from '../load.js';
import { startBridge } from '../peer.js';
import { against, progress, table } from '../report.js';
import { median } from '../statistics.js';

const STARTS = 7;
const MAX_START_MS = 600;

/** From the start of the process to its first answer on `/ready`, without the emulator. */
export async function measureStartup({ build }: { build: string }): Promise<string> {
  await using load = await Load.start();
  const startsMs: number[] = [];
  for (let i = 0; i < STARTS; i++) {
    await using bridge = await startBridge({ build, modelPort: load.modelPort });
    startsMs.push(bridge.startMs);
  }
  progress(`  started in ${startsMs.map((ms) => Math.round(ms)).join(', ')} ms`);
  return table(
    ['start-up', 'median'],
    [[`process start → ready, ms, of ${STARTS}`, against(Math.round(median(startsMs)), MAX_START_MS)]],
  );
}
