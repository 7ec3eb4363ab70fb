// A thread that creates a kept map, gives its handle away, and lives until it is killed.
import { parentPort, workerData } from "node:worker_threads";
import { EntryMap, type MapHandle } from "../../../host/map/entry-map.ts";

export interface KeeperReady {
  handle: MapHandle;
  agent: number;
}

const { file }: { file: string } = workerData;
const map = await EntryMap.create({
  capacity: 1000,
  arenaSize: 1 << 20,
  agents: 4,
  pages: { file, passMs: 1, flushMs: 2 },
});
parentPort?.postMessage({ handle: map.handle, agent: map.agent } satisfies KeeperReady);
setInterval(() => {}, 1000);
