// Threads over one map: what Go's concurrent tests of sync.Map prove, and cuts while others write.
import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import * as spec from "../../../host/base/spec.ts";
import { type Key, MapClient, newMap } from "./map-client.ts";
import { type CoreProgram, loadProgram } from "./program.ts";
import type { Call } from "./roles.ts";
import { ThreadPool } from "./thread-pool.ts";
import { validateMap } from "./validate-map.ts";

let program: CoreProgram;
let pool: ThreadPool;

before(async () => {
  program = await loadProgram();
  pool = await ThreadPool.open(program, 4);
});
after(() => pool.close());

function begin(options: Parameters<typeof newMap>[1] = {}): MapClient {
  newMap(program, { arenaSize: 1 << 22, capacity: 1024, ...options });
  return new MapClient(program.core, program.memory, 0);
}

/** Nothing is torn, lost or leaked; all goes when the keys do. */
function end(map: MapClient): void {
  validateMap(program.memory, map.map);
  map.clear();
  for (let round = 0; round < 2; round++) {
    for (let agent = 0; agent < 8; agent++) program.core.mapReclaim(map.map, agent);
  }
  assert.equal(map.arenaUsed, 0);
  const report = validateMap(program.memory, map.map);
  assert.deepEqual([report.present, report.retired], [0, 0]);
}

it("shows each of 1,024 keys once in every walk while two threads store multiples of them", async () => {
  const map = begin();
  const keys = 1024;
  for (let key = 1; key <= keys; key++) map.store(BigInt(key), `${key}`);
  const [first, second] = await pool.play<number>(
    { role: "rangeMultiples", with: { keys }, isBackground: true },
    { role: "rangeMultiples", with: { keys }, isBackground: true },
    { role: "storeMultiples", with: { keys, rounds: 30 } },
    { role: "storeMultiples", with: { keys, rounds: 30 } },
  );
  assert.ok((first as number) > 3 && (second as number) > 3, `${first}, ${second} walks`);
  assert.equal(map.length, keys);
  end(map);
});

it("is empty after the last clear, whatever stores, loads and clears ran before it", async () => {
  const map = begin();
  const keys = Array.from({ length: 100 }, (_, n): Key => (n % 2 ? BigInt(n) : `key ${n}`));
  const store = keys.map((key): Call => ["store", key, `${key}/0`]);
  const load = keys.map((key): Call => ["load", key]);
  const [rounds, loads] = await pool.play<number>(
    { role: "repeat", with: { calls: [["clear"]] }, isBackground: true },
    { role: "repeat", with: { calls: load }, isBackground: true },
    { role: "calls", with: { calls: store, rounds: 60 } },
    { role: "churnShared", with: { keys, count: 6000, seed: 5 } },
  );
  assert.ok((rounds as number) > 3 && (loads as number) > 3);
  map.clear();
  assert.equal(map.length, 0);
  assert.equal(map.entries().size, 0);
  for (const key of keys) assert.equal(map.load(key), undefined);
  end(map);
});

it("70970: lets one of CompareAndSwap and CompareAndDelete have the old value, never both", async () => {
  const keys = Array.from({ length: 500 }, (_, n): Key => (n % 2 ? BigInt(n) : `key ${n}`));
  const swaps = keys.map((key): Call => ["compareAndSwap", key, "old", "new"]);
  const deletes = keys.map((key): Call => ["compareAndDelete", key, "old"]);
  let [swapped, deleted] = [0, 0];
  for (let round = 0; round < 20; round++) {
    const map = begin({ chainMax: 2 + (round % 7) });
    for (const key of keys) map.store(key, "old");
    const answers = await pool.play<boolean[]>(
      { role: "calls", with: { calls: swaps } },
      { role: "calls", with: { calls: deletes } },
      { role: "calls", with: { calls: round % 2 ? swaps : deletes } },
    );
    keys.forEach((key, n) => {
      assert.equal(answers.filter((own) => own[n]).length, 1, `${key} in round ${round}`);
      const hasDeleted = answers[1]?.[n] || (round % 2 === 0 && answers[2]?.[n]);
      assert.equal(map.load(key), hasDeleted ? undefined : "new");
      if (hasDeleted) deleted++;
      else swapped++;
    });
    end(map);
  }
  assert.ok(swapped > 0 && deleted > 0, `${swapped} swaps, ${deleted} deletions`);
});

it("70970: takes no value away twice, in any race of conditional changes", async () => {
  for (const hashMask of [0xffffffff, 0]) {
    const map = begin({ hashMask, chainMax: 3 });
    const keys: Key[] = [1n, "two", 3n];
    const balances = await pool.play<number[]>(
      ...[1, 2, 3, 4].map((thread) => {
        const seed = thread + hashMask;
        return { role: "passTokens", with: { keys, count: 60_000, seed } } as const;
      }),
    );
    keys.forEach((key, n) => {
      const sum = balances.reduce((total, balance) => total + (balance[n] as number), 0);
      assert.equal(sum, map.load(key) === "token" ? 1 : 0, `${key}`);
    });
    end(map);
  }
});

it("counts every step when four threads count one key up", async () => {
  const map = begin();
  map.store("count", "0");
  const count = 4000;
  const part = { role: "countUp", with: { key: "count", count } } as const;
  await pool.play(part, part, part, part);
  assert.equal(map.load("count"), `${4 * count}`);
  end(map);
});

for (const hashMask of [0xffffffff, 0, 15]) {
  it(`cuts between two steps of a writer, all keys of one moment: hash mask ${hashMask}`, async () => {
    const keys = 40;
    const map = begin({ hashMask, migrateChunk: 1, chainMax: 3, capacity: 64 });
    const [cuts, more] = await pool.play<number>(
      { role: "readJournal", with: { keys }, isBackground: true },
      { role: "readJournal", with: { keys }, isBackground: true },
      { role: "journal", with: { keys, steps: 40_000 } },
    );
    assert.ok((cuts as number) > 20 && (more as number) > 20, `${cuts}, ${more} cuts`);
    assert.equal(map.header(spec.MAP_CUTS), 0);
    end(map);
  });
}
