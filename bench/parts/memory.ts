import { Load } from '../load.js';
import { type ModelChunk, modelChunk } from '../messages.js';
import { type Peer, startBridge, startRelay } from '../peer.js';
import { against, figure, progress, table } from '../report.js';

const FEW = 50;
const MANY = 200;
const TALK_MS = 4_000;
const MAX_KIB = 60;
const KIB = 1_024;

/** What a call holds: the slope of heap and external memory after collection, between few calls and many. */
export async function measureMemory({ build }: { build: string }): Promise<string> {
  await using load = await Load.start();
  const chunk = modelChunk(20);
  await using relay = await startRelay({ modelPort: load.modelPort, chunk });
  await using bridge = await startBridge({ build, modelPort: load.modelPort });
  const ofRelay = await slope(load, relay, chunk);
  const ofBridge = await slope(load, bridge, chunk);
  return table(
    ['memory a call', 'relay', 'bridge'],
    [
      ['heap + external, KiB', figure(ofRelay.heldKib), against(ofBridge.heldKib, MAX_KIB)],
      ['resident, KiB', figure(ofRelay.rssKib), figure(ofBridge.rssKib)],
    ],
  );
}

async function slope(load: Load, peer: Peer, chunk: ModelChunk): Promise<{ heldKib: number; rssKib: number }> {
  const calls = await load.place(peer, FEW);
  await calls.talk(peer, chunk, 0, TALK_MS);
  const few = await peer.memory();
  calls.addAll(await load.place(peer, MANY - FEW));
  await calls.talk(peer, chunk, 0, TALK_MS);
  const many = await peer.memory();
  await calls.hangUp();
  const perCall = (key: keyof typeof few) => (many[key] - few[key]) / (MANY - FEW) / KIB;
  progress(`  ${peer.kind}: ${figure(perCall('heldBytes'))} KiB a call`);
  return { heldKib: perCall('heldBytes'), rssKib: perCall('rssBytes') };
}
