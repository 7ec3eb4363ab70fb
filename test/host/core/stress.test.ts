// One writer and two readers in threads over one memory: no value and no snapshot is ever torn.
import assert from "node:assert/strict";
import { once } from "node:events";
import { it } from "node:test";
import * as spec from "../../../host/base/spec.ts";
import { startWorker } from "../../../host/base/worker.ts";
import { loadProgram } from "./program.ts";
import type { StressTask } from "./stress.worker.ts";

const KEYS = 24;

it("keeps values and snapshots whole while one thread writes and two read", async () => {
  const { core, memory, module } = await loadProgram();
  const arena = 1 << 19;
  const map = core.regionTake(core.mapSize(64, arena), 64);
  assert.equal(core.mapInit(map, 64, arena), 0);
  const slotSize = 16384;
  const region = core.regionTake(core.snapshotRegionSize(slotSize), 64);
  assert.equal(core.snapshotInit(region, slotSize), 0);
  const scratch = core.regionTake(4096, 8);
  const gate = core.regionTake(8, 8);
  const shared = { module, memory, map, region, scratch, gate, keys: KEYS };
  const tasks: StressTask[] = [
    { ...shared, reader: -1, count: 200_000 },
    { ...shared, reader: 0, count: 12_000 },
    { ...shared, reader: 1, count: 12_000 },
  ];
  const workers = tasks.map((task) =>
    startWorker(new URL("./stress.worker.ts", import.meta.url), task),
  );
  await Promise.all(workers.map((worker) => once(worker, "message")));
  const results = workers.map((worker) => once(worker, "message"));
  const words = new Int32Array(memory.buffer);
  Atomics.store(words, gate / 4, 1);
  Atomics.notify(words, gate / 4);
  const [refused, brokenByFirst, brokenBySecond] = (await Promise.all(results)).map(
    ([value]) => value,
  );
  await Promise.all(workers.map((worker) => worker.terminate()));

  assert.equal(brokenByFirst, 0);
  assert.equal(brokenBySecond, 0);
  const view = new DataView(memory.buffer);
  assert.equal(view.getUint32(map + spec.MAP_ILLEGAL_STEPS, true), 0);
  const rebuilds = view.getUint32(map + spec.MAP_REBUILDS, true);
  assert.ok(rebuilds > 100, `${rebuilds} rebuilds`);
  // A reader that the system has put to sleep while pinned holds back reuse; the writer is refused,
  // not stopped.
  assert.equal(view.getUint32(map + spec.MAP_REFUSED_FULL, true), refused);
  for (let key = 0n; key < KEYS; key++) core.mapDelete(map, key);
  core.mapReclaim(map);
  assert.equal(core.mapArenaUsed(map), 0);
});
