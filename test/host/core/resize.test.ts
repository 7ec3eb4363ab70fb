// Growth under load: what the resize tests of xsync and papaya prove, in steps of 1 and of 128.
//
// Splitting one bucket at a time leaves the map half grown for long, which is where nested growth
// goes wrong. Whole hashes, one hash for all (nothing ever spreads), and hashes that are all ones
// (all in the bucket that is split last).
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as spec from "../../../host/base/spec.ts";
import { type Key, MapClient, newMap } from "./map-client.ts";
import { type CoreProgram, loadProgram } from "./program.ts";
import type { Call } from "./roles.ts";
import { ThreadPool } from "./thread-pool.ts";
import { validateMap } from "./validate-map.ts";

const THREADS = 4;

let program: CoreProgram;
let pool: ThreadPool;
before(async () => {
  program = await loadProgram();
  pool = await ThreadPool.open(program, THREADS);
});
after(() => pool.close());

interface Hash {
  what: string;
  hashMask: number;
  /** Keys a thread works on: long chains cost their length. */
  count: number;
  /** The n-th key there is. */
  key: (n: number) => Key;
}

/** Every third key is a byte string. */
const anyKey = (n: number): Key => (n % 3 === 2 ? `key ${n}` : BigInt(n));

function mix(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

const ONES_MASK = 1023;
/** Integers below 2^32 whose hash ends in ten ones. */
const ones: bigint[] = [];
for (let n = 0; ones.length < 1400; n++)
  if ((mix(n) & ONES_MASK) === ONES_MASK) ones.push(BigInt(n));

const HASHES: Hash[] = [
  { what: "whole hashes", hashMask: 0xffffffff, count: 2500, key: anyKey },
  { what: "one hash for all", hashMask: 0, count: 120, key: anyKey },
  {
    what: "hashes of ones",
    hashMask: ONES_MASK,
    count: 120,
    key: (n) => ones[n] as bigint,
  },
];

for (const hash of HASHES) {
  for (const migrateChunk of [1, 128]) {
    describe(`a map with ${hash.what} that splits ${migrateChunk} at a time`, () => {
      resizeTests(hash, migrateChunk);
    });
  }
}

function resizeTests({ hashMask, count, key }: Hash, migrateChunk: number): void {
  const options = { hashMask, migrateChunk, chainMax: 4, capacity: 1 << 15, arenaSize: 1 << 23 };
  const begin = () => {
    newMap(program, options);
    return new MapClient(program.core, program.memory, 0);
  };
  const keysOf = (thread: number, many = count) =>
    Array.from({ length: many }, (_, n) => key(thread + n * (THREADS + 1)));
  const own = Array.from({ length: THREADS }, (_, thread) => keysOf(thread));
  const kept = keysOf(THREADS, Math.ceil(count / 20));
  const keep = (map: MapClient) => {
    for (const each of kept) map.store(each, `${each}`);
  };
  /** All of `present` is there, nothing else; then all goes, and its memory with it. */
  const end = (map: MapClient, present: Key[]) => {
    const expected = new Map(present.map((each) => [each, `${each}`]));
    assert.deepEqual(map.entries(), expected);
    for (const each of present) assert.equal(map.load(each), `${each}`);
    assert.equal(map.length, present.length);
    assert.equal(validateMap(program.memory, map.map).present, present.length);
    map.clear();
    for (let round = 0; round < 2; round++) {
      for (let agent = 0; agent < 8; agent++) program.core.mapReclaim(map.map, agent);
    }
    for (let index = 0; index < map.header(spec.MAP_BUCKETS); index++) map.load(BigInt(index));
    validateMap(program.memory, map.map);
    assert.equal(map.arenaUsed, 0);
  };

  it("loses no entry at any step of its growth, and splits no more at once than it says", () => {
    const map = begin();
    const keys = own.flat();
    keys.forEach((each, n) => {
      const before = map.own(spec.MAP_AGENT_MIGRATIONS);
      assert.equal(map.store(each, `${each}`), 0);
      const split = map.own(spec.MAP_AGENT_MIGRATIONS) - before;
      assert.ok(split <= migrateChunk + 1, `${split} buckets by one store`);
      if (n % 997 > 0) return;
      for (let i = 0; i <= n; i++) assert.equal(map.load(keys[i] as Key), `${keys[i]}`);
    });
    assert.ok(map.header(spec.MAP_BUCKETS) > keys.length / 13);
    end(map, keys);
  });

  it("keeps what four threads insert, and what was there before", async () => {
    const map = begin();
    keep(map);
    await pool.play(
      ...own.map((keys) => ({ role: "insertOwn", with: { keys, isMixed: true } }) as const),
    );
    end(map, [...kept, ...own.flat()]);
  });

  it("shows what was there before to readers and in every walk while it grows", async () => {
    const map = begin();
    keep(map);
    const [loads, walks] = await pool.play<number>(
      { role: "loadAll", with: { keys: kept }, isBackground: true },
      { role: "walkAll", with: { keys: kept }, isBackground: true },
      { role: "insertOwn", with: { keys: own[0] as Key[] } },
      { role: "insertOwn", with: { keys: own[1] as Key[] } },
    );
    assert.ok((loads as number) > 0 && (walks as number) > 0);
    end(map, [...kept, ...own.slice(0, 2).flat()]);
  });

  it("stores each key once when four threads bring the same", async () => {
    const map = begin();
    const keys = own[0] as Key[];
    const calls = keys.map((each): Call => ["loadOrStore", each, `${each}`]);
    const part = { role: "calls", with: { calls } } as const;
    const answers = await pool.play<{ loaded: boolean; value: string }[]>(part, part, part, part);
    keys.forEach((each, n) => {
      assert.equal(answers.filter((mine) => mine[n]?.loaded === false).length, 1, `${each}`);
      for (const mine of answers) assert.equal(mine[n]?.value, `${each}`);
    });
    end(map, keys);
  });

  it("keeps what it must while threads take out what they have and others insert", async () => {
    const map = begin();
    keep(map);
    for (const keys of own.slice(0, 2)) for (const each of keys) map.store(each, `${each}`);
    await pool.play(
      { role: "removeOwn", with: { keys: own[0] as Key[] } },
      { role: "removeOwn", with: { keys: own[1] as Key[] } },
      { role: "insertOwn", with: { keys: own[2] as Key[] } },
      { role: "insertOwn", with: { keys: own[3] as Key[] } },
    );
    end(map, [...kept, ...own.slice(2).flat()]);
  });

  it("takes all again after threads have cleared it while it grew", async () => {
    const map = begin();
    const [first, second] = own as [Key[], Key[]];
    const store = (keys: Key[]) => keys.map((each): Call => ["store", each, `${each}`]);
    const [clears] = await pool.play<number>(
      { role: "repeat", with: { calls: [["clear"]] }, isBackground: true },
      { role: "calls", with: { calls: store(first) } },
      { role: "calls", with: { calls: store(second) } },
      { role: "calls", with: { calls: store(first) } },
    );
    assert.ok((clears as number) > 0);
    map.clear();
    assert.equal(map.entries().size, 0);
    await pool.play(
      { role: "insertOwn", with: { keys: first } },
      { role: "insertOwn", with: { keys: second } },
    );
    end(map, [...first, ...second]);
  });

  it("answers each thread with what it did to its own keys, in any order of doing", async () => {
    const map = begin();
    keep(map);
    const sizes = await pool.play<number>(
      ...own.map((keys, thread) => {
        return { role: "churnOwn", with: { keys, count: 3000, seed: 77 + thread } } as const;
      }),
    );
    const present = sizes.reduce((sum, size) => sum + size, kept.length);
    assert.equal(map.length, present);
    assert.equal(map.entries().size, present);
    validateMap(program.memory, map.map);
    for (const each of own.flat()) map.delete(each);
    end(map, kept);
  });

  it("hands out no value under another's key while all do everything to the same few", async () => {
    const map = begin();
    const keys = (own[0] as Key[]).slice(0, 24);
    map.store(own[1]?.[0] as Key, "0");
    await pool.play(
      { role: "churnShared", with: { keys, count: 4000, seed: 11 } },
      { role: "churnShared", with: { keys, count: 4000, seed: 12 } },
      { role: "insertOwn", with: { keys: own[2] as Key[] } },
      { role: "countUp", with: { key: own[1]?.[0] as Key, count: 2000 } },
    );
    assert.equal(map.loadAndDelete(own[1]?.[0] as Key), "2000");
    for (const each of keys) map.delete(each);
    end(map, own[2] as Key[]);
  });
}
