// The map in several threads: opened by handle, counted in, killed in the middle, taken over.
import assert from "node:assert/strict";
import { once } from "node:events";
import { it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import * as spec from "../../../host/base/spec.ts";
import { startWorker } from "../../../host/base/worker.ts";
import { EntryMap, type MapHandle } from "../../../host/map/entry-map.ts";
import { randomFrom } from "../core/map-client.ts";
import { validateMap } from "../core/validate-map.ts";
import type { UserTask } from "./map-user.worker.ts";

const SIZES = { capacity: 1024, arenaSize: 1 << 20, agents: 4 };
const worker = (task: UserTask): Worker =>
  startWorker(new URL("./map-user.worker.ts", import.meta.url), task);
const mapOffset = (handle: MapHandle) =>
  handle.offset + spec.MAP_HEAD_VALUE_SIZE + handle.agents * spec.MAP_HEAD_VALUE_SCRATCH_SIZE;

it("threads that open it by its handle count exactly, each as an agent of its own", async () => {
  const map = await EntryMap.create(SIZES);
  for (let i = 0; i < 50; i++) map.store(i % 2 ? i : `counter ${i}`, new Uint8Array(8));
  const users = [1, 2, 3].map((seed) => worker({ handle: map.handle, job: "count", seed }));
  await Promise.all(users.map((user) => once(user, "message")));
  await Promise.all(users.map((user) => user.terminate()));
  for (const [key, value] of map) {
    const count = new DataView(value.buffer).getBigUint64(0, true);
    assert.equal(count, 600n, String(key));
  }
  assert.equal(map.size, 50);
  assert.deepEqual(map.threads(), [0, -1, -1, -1], "all have given their agents back");
  map.reclaim();
  assert.equal(map.stats().unreclaimed, 0, "what others retired comes back too");
  validateMap(map.handle.memory, mapOffset(map.handle));
  map.close();
});

it("a thread that is killed anywhere is taken over, twelve times, and all memory comes back", {
  timeout: 60_000,
}, async () => {
  const map = await EntryMap.create(SIZES);
  const seed = 11;
  const random = randomFrom(seed);
  const rounds = 12;
  for (let round = 0; round < rounds; round++) {
    const what = `seed ${seed}, round ${round}`;
    const user = worker({ handle: map.handle, job: "churn", seed: round + 1 });
    const [agent] = (await once(user, "message")) as [number];
    const thread = user.threadId;
    assert.deepEqual(map.threads().indexOf(thread), agent, what);
    await sleep(random(40));
    for (let i = 0; i < 2000; i++) map.store(i % 100, new Uint8Array(24).fill(i));
    await user.terminate();
    map.recover(agent);
    assert.equal(map.threads()[agent], -1, what);
    assert.throws(() => map.recover(agent), { code: "NO_AGENT" });
    const stats = map.stats();
    assert.equal(stats.pins, 0, what);
    for (const [key, value] of map) {
      assert.ok(
        value.every((byte) => byte === value[0]),
        `${what}: ${key} is torn`,
      );
    }
  }
  map.clear();
  for (let i = 0; i < 3; i++) map.reclaim();
  assert.equal(map.stats().unreclaimed, 0);
  // What each was filling: a value and a key of up to 240 bytes, a bucket of some 30 pairs.
  validateMap(map.handle.memory, mapOffset(map.handle), { leakLimit: rounds * 1024 });
  map.close();
});
