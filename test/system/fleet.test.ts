// Simulated fleets: one seed gives one log, and every frame is accounted for, with and without a
// faulty wire.
import assert from "node:assert/strict";
import { test } from "node:test";
import { buildWasm } from "../../host/build/build.ts";
import { accountFleet } from "../../host/cli/fleet.ts";

const MEMORY_SIZE = 147_456;
const FAULTS = "loss=0.05,duplicate=0.05,corrupt=0.01,reorder=0.1,seed=7";

async function fleet(options: { nodes: number; seconds: number; seed: number; workers?: number }) {
  return {
    wasm: await buildWasm({ memorySizeBytes: MEMORY_SIZE }),
    memorySizeBytes: MEMORY_SIZE,
    nodes: options.nodes,
    durationMs: options.seconds * 1000,
    seed: options.seed,
    sources: [],
    workers: options.workers ?? 2,
  };
}

test("one seed gives one log, whatever the number of threads", async () => {
  const once = await accountFleet(await fleet({ nodes: 24, seconds: 30, seed: 11, workers: 1 }));
  const again = await accountFleet(await fleet({ nodes: 24, seconds: 30, seed: 11, workers: 2 }));
  const other = await accountFleet(await fleet({ nodes: 24, seconds: 30, seed: 12, workers: 2 }));
  assert.equal(again.logHash, once.logHash);
  assert.notEqual(other.logHash, once.logHash);
});

test("a sound wire loses nothing: what nodes sent is what the gateway accepted", async () => {
  const account = await accountFleet(await fleet({ nodes: 40, seconds: 20, seed: 3 }));
  assert.deepEqual(
    account.checks.filter((check) => check.expected !== check.found),
    [],
  );
  assert.ok(account.frames > 40 * 20 * 4, "frames were sent");
  assert.equal(account.accepted, account.frames);
  assert.equal(account.lost, 0);
});

test("lost, doubled, damaged and reordered frames leave the books balanced", async () => {
  for (const seed of [1, 2, 3]) {
    const account = await accountFleet(await fleet({ nodes: 30, seconds: 20, seed }), FAULTS);
    assert.deepEqual(
      account.checks.filter((check) => check.expected !== check.found),
      [],
      `seed ${seed}`,
    );
    const wire = account.wire;
    assert.ok(
      wire && wire.dropped > 0 && wire.duplicated > 0 && wire.corrupted > 0 && wire.reordered > 0,
      "faults happened",
    );
    assert.ok(account.lost > 0 && account.duplicates > 0, "and were seen");
  }
});
