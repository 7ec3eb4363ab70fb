// Threads at full speed over one map: no value, cut or snapshot is ever torn, and all comes back.
//
// The loops run inside the core (test/core/memory/stress.ts); every value proves itself.
import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import * as spec from "../../../host/base/spec.ts";
import { MapClient, type MapOptions, newMap } from "./map-client.ts";
import { type CoreProgram, loadProgram } from "./program.ts";
import { ThreadPool } from "./thread-pool.ts";
import { validateMap } from "./validate-map.ts";

const KEYS = 48;
const SLOT_SIZE = 16384;

let program: CoreProgram;
let pool: ThreadPool;
before(async () => {
  program = await loadProgram();
  pool = await ThreadPool.open(program, 5);
});
after(() => pool.close());

function agents(): MapClient[] {
  return Array.from({ length: 8 }, (_, n) => new MapClient(program.core, program.memory, n));
}

/** All is whole; then all goes, and nothing stays taken. */
function end(): void {
  const all = agents();
  const map = all[0] as MapClient;
  validateMap(program.memory, map.map);
  map.clear();
  for (let round = 0; round < 2; round++) for (const agent of all) agent.reclaim();
  const report = validateMap(program.memory, map.map);
  assert.deepEqual([report.present, report.retired, map.arenaUsed], [0, 0, 0]);
}

const WAYS: [string, MapOptions, number][] = [
  ["whole hashes", {}, 120_000],
  ["one hash for all, chains of 2", { hashMask: 0, chainMax: 2 }, 30_000],
  ["hashes of 4 bits, splits of 1", { hashMask: 15, chainMax: 3, migrateChunk: 1 }, 80_000],
];

WAYS.forEach(([what, options, count], way) => {
  it(`keeps values and cuts whole while three threads write and two read: ${what}`, async () => {
    newMap(program, { arenaSize: 1 << 20, ...options });
    const write = (n: number) =>
      ({ role: "write", with: { keys: KEYS, count, seed: 1 + way * 10 + n } }) as const;
    const read = { role: "read", with: { keys: KEYS }, isBackground: true } as const;
    const answers = await pool.play<number>(write(1), write(2), write(3), read, read);
    assert.ok((answers[3] as number) > 10 && (answers[4] as number) > 10, `${answers} rounds`);
    const promotions = agents().reduce((sum, map) => sum + map.own(spec.MAP_AGENT_PROMOTIONS), 0);
    assert.ok(promotions > 1000, `${promotions} promotions`);
    end();
  });
});

it("keeps snapshots whole while two threads write, one publishes and two read", async () => {
  const map = newMap(program, { arenaSize: 1 << 20 });
  const { core } = program;
  core.regionsInit(core.heapBase(), core.heapBase() + 0x40000);
  const region = core.regionTake(core.snapshotRegionSize(SLOT_SIZE), 64);
  assert.equal(core.snapshotInit(region, SLOT_SIZE), 0);
  const readSnapshots = (reader: number) =>
    ({
      role: "readSnapshots",
      with: { region, reader, keys: KEYS },
      isBackground: true,
    }) as const;
  const answers = await pool.play<number>(
    { role: "write", with: { keys: KEYS, count: 80_000, seed: 7 } },
    { role: "write", with: { keys: KEYS, count: 80_000, seed: 8 } },
    { role: "publish", with: { region }, isBackground: true },
    readSnapshots(0),
    readSnapshots(1),
  );
  assert.ok(
    answers.slice(2).every((rounds) => rounds > 10),
    `${answers} rounds`,
  );
  assert.ok(core.snapshotPin(region, 2) > 0);
  assert.equal(core.mapLen(map), [...new MapClient(core, program.memory, 0).walk()].length);
  end();
});

it("comes back to an empty arena after every kind of heavy churn by five threads", async () => {
  for (const [n, arenaSize] of [1 << 15, 1 << 17, 1 << 20].entries()) {
    newMap(program, { arenaSize, capacity: 512 });
    const write = (agent: number) =>
      ({ role: "write", with: { keys: 400, count: 25_000, seed: 100 * n + agent } }) as const;
    await pool.play(write(1), write(2), write(3), write(4), write(5));
    const refused = agents().reduce((sum, map) => sum + map.own(spec.MAP_AGENT_REFUSED_FULL), 0);
    // The smallest arena holds a fraction of the keys: room runs out, and comes back.
    assert.ok(n > 0 || refused > 100, `${refused} refused`);
    end();
  }
});
