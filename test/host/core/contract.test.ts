// The contract of sync.Map, row by row, for integers and byte strings; one agent, no surprises.
//
// The tests named by a number prove what the Go issue of that number is about.
import assert from "node:assert/strict";
import { before, beforeEach, describe, it } from "node:test";
import * as spec from "../../../host/base/spec.ts";
import { type Key, MapClient, newMap } from "./map-client.ts";
import { type CoreProgram, loadProgram } from "./program.ts";
import { validateMap } from "./validate-map.ts";

let program: CoreProgram;
let map: MapClient;

before(async () => {
  program = await loadProgram();
});
beforeEach(() => {
  newMap(program);
  map = new MapClient(program.core, program.memory, 0);
});

/** What the bitmap says, without what the agents have claimed and not used. */
function takenGranules(): number {
  const report = validateMap(program.memory, map.map);
  assert.equal(report.leaked, 0);
  const start = map.header(spec.MAP_BITMAP);
  let count = 0;
  for (let i = 0; i < map.header(spec.MAP_BITMAP_WORDS); i++) {
    for (let word = map.view.getUint32(start + 4 * i, true); word !== 0; word &= word - 1) count++;
  }
  return count;
}

const KINDS: [string, (n: number) => Key][] = [
  ["integers", (n) => BigInt(n) * 0x1_0000_0001n],
  ["byte strings", (n) => "k".repeat(n % 9) + n],
];

for (const [kind, key] of KINDS) {
  describe(`a map of ${kind}`, () => {
    it("loads nothing while it is empty, then what was stored, then nothing beside it", () => {
      assert.equal(map.load(key(1)), undefined);
      assert.equal(map.store(key(1), "one"), spec.STATUS_OK);
      assert.equal(map.load(key(1)), "one");
      assert.equal(map.load(key(2)), undefined);
      assert.equal(map.length, 1);
    });

    it("stores over an old value and leaves the neighbours alone", () => {
      for (let n = 0; n < 100; n++) map.store(key(n), `old ${n}`);
      assert.equal(map.store(key(3), "a longer new value"), 0);
      for (let n = 0; n < 100; n++) {
        assert.equal(map.load(key(n)), n === 3 ? "a longer new value" : `old ${n}`);
      }
      assert.equal(map.length, 100);
    });

    it("lets the existing value win in LoadOrStore", () => {
      assert.deepEqual(map.loadOrStore(key(5), "first"), { loaded: false, value: "first" });
      assert.deepEqual(map.loadOrStore(key(5), "second"), { loaded: true, value: "first" });
      assert.equal(map.load(key(5)), "first");
    });

    it("takes a value exactly once with LoadAndDelete, and then stores again", () => {
      map.store(key(5), "five");
      assert.equal(map.loadAndDelete(key(5)), "five");
      assert.equal(map.loadAndDelete(key(5)), undefined);
      assert.equal(map.load(key(5)), undefined);
      assert.equal(map.length, 0);
      assert.deepEqual(map.loadOrStore(key(5), "again"), { loaded: false, value: "again" });
    });

    it("deletes what is there, says so when nothing is, and misses it from then on", () => {
      map.store(key(5), "five");
      map.store(key(6), "six");
      assert.equal(map.delete(key(5)), true);
      assert.equal(map.delete(key(5)), false);
      assert.equal(map.delete(key(7)), false);
      assert.equal(map.load(key(5)), undefined);
      assert.equal(map.load(key(6)), "six");
    });

    it("swaps in the new value and hands out the old one", () => {
      assert.equal(map.swap(key(5), "a"), undefined);
      assert.equal(map.swap(key(5), "b"), "a");
      assert.equal(map.load(key(5)), "b");
    });

    it("compares by bytes and size before it swaps", () => {
      map.store(key(5), "a");
      assert.equal(map.compareAndSwap(key(5), "b", "x"), false);
      assert.equal(map.compareAndSwap(key(5), "a.........", "x"), false);
      assert.equal(map.load(key(5)), "a");
      assert.equal(map.compareAndSwap(key(5), "a", "x"), true);
      assert.equal(map.load(key(5)), "x");
      assert.equal(map.compareAndSwap(key(5), "x", "x"), true);
      assert.equal(map.load(key(5)), "x");
    });

    it("compares before it deletes", () => {
      map.store(key(5), "a");
      assert.equal(map.compareAndDelete(key(5), "b"), false);
      assert.equal(map.load(key(5)), "a");
      assert.equal(map.compareAndDelete(key(5), "a"), true);
      assert.equal(map.load(key(5)), undefined);
      assert.equal(map.compareAndDelete(key(5), "a"), false);
    });

    it("51972: never matches an absent key, with the smallest values and none at all", () => {
      const { core } = program;
      const [old, text] = [map.scratch + 0x2000, map.scratch + 0x4000];
      const before = takenGranules();
      for (const isDeleted of [false, true]) {
        if (isDeleted) map.store(key(5), "");
        if (isDeleted) map.delete(key(5));
        map.bytes.fill(0, old, old + 16);
        for (const size of [0, 1, 8]) {
          const swapped =
            kind === "integers"
              ? core.mapCompareAndSwap(map.map, 0, key(5) as bigint, old, size, text, 8)
              : core.mapCompareAndSwapBytes(map.map, 0, text, 5, old, size, text, 8);
          assert.equal(swapped, 0);
        }
        assert.equal(map.compareAndSwap(key(5), "", "x"), false);
        assert.equal(map.compareAndDelete(key(5), ""), false);
        assert.equal(map.load(key(5)), undefined);
        assert.equal(map.length, 0);
        if (!isDeleted) assert.equal(takenGranules(), before);
      }
    });

    it("clears at one moment, misses all, and stores again", () => {
      for (let n = 0; n < 200; n++) map.store(key(n), `v${n}`);
      map.clear();
      assert.equal(map.length, 0);
      assert.equal(map.entries().size, 0);
      for (let n = 0; n < 200; n++) assert.equal(map.load(key(n)), undefined);
      assert.equal(map.compareAndSwap(key(3), "v3", "x"), false);
      map.clear();
      for (let n = 0; n < 200; n += 3) {
        assert.deepEqual(map.loadOrStore(key(n), `w${n}`), { loaded: false, value: `w${n}` });
      }
      assert.equal(map.length, 67);
      map.clear();
      map.reclaim();
      assert.equal(map.arenaUsed, 0);
      validateMap(program.memory, map.map);
    });

    it("ranges over each key once while the walk itself takes keys out and puts them back", () => {
      for (let n = 0; n < 60; n++) map.store(key(n), `v${n}`);
      const seen = new Map<Key, number>();
      for (const [found] of map.walk()) {
        seen.set(found, (seen.get(found) ?? 0) + 1);
        assert.equal(map.delete(found), true);
        assert.equal(map.store(found, "back"), 0);
        map.store(key(100 + seen.size), "new");
      }
      for (let n = 0; n < 60; n++) assert.equal(seen.get(key(n)), 1);
      for (const times of seen.values()) assert.equal(times, 1);
      validateMap(program.memory, map.map);
    });

    it("46399: nests walks with every kind of change in them, and ends empty", () => {
      const all = new Set<Key>();
      for (let n = 0; n < 40; n++) all.add(key(n));
      for (const each of all) map.store(each, "v");
      for (const [outer] of map.walk()) {
        for (const [inner] of map.walk()) {
          assert.ok(all.has(inner));
          assert.equal(map.loadOrStore(outer, "dummy").loaded, all.delete(outer));
          assert.equal(map.delete(outer), true);
          assert.equal(map.loadAndDelete(inner) !== undefined, all.delete(inner));
        }
        for (const _ of map.walk()) assert.fail("the inner walk has emptied the map");
      }
      assert.equal(map.length, 0);
      map.reclaim();
      assert.equal(map.arenaUsed, 0);
      validateMap(program.memory, map.map);
    });

    it("40999: gives back what was stored and deleted although nobody ever misses", () => {
      const baseline = takenGranules();
      let most = 0;
      for (let n = 0; n < 3000; n++) {
        map.store(key(n), "x".repeat(200));
        assert.equal(map.delete(key(n)), true);
        most = Math.max(most, map.arenaUsed);
      }
      // Some 300 bytes a key: what is taken at once are the batches that wait for their turn.
      assert.ok(most < 40_000, `${most} bytes at once`);
      map.reclaim();
      assert.equal(map.arenaUsed, 0);
      assert.equal(takenGranules(), baseline);
      assert.equal(map.own(spec.MAP_AGENT_MISS_TOTAL), 0);
    });
  });
}

describe("a map", () => {
  it("tells integers apart in all 64 bits, and from the same bytes as a string", () => {
    for (let bit = 0n; bit < 64n; bit++) assert.equal(map.store(1n << bit, `bit ${bit}`), 0);
    for (let bit = 0n; bit < 64n; bit++) {
      assert.equal(map.load(1n << bit), `bit ${bit}`);
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(1n << bit);
      assert.equal(map.load(bytes.toString("latin1")), undefined);
      assert.equal(map.store(bytes.toString("latin1"), `text ${bit}`), 0);
    }
    for (let bit = 0n; bit < 64n; bit++) assert.equal(map.load(1n << bit), `bit ${bit}`);
    assert.equal(map.length, 128);
    assert.equal(map.entries().size, 128);
  });

  it("tells strings apart by every byte, by their length, and knows the empty one", () => {
    const keys = ["", "\0", "\0\0", "a", "a\0", "\0a"];
    for (let i = 0; i < 40; i++) keys.push(`${"b".repeat(i)}c${"b".repeat(39 - i)}`);
    for (const key of keys) assert.equal(map.store(key, `<${key}>`), 0);
    for (const key of keys) assert.equal(map.load(key), `<${key}>`);
    assert.equal(map.load("b".repeat(40)), undefined);
    assert.deepEqual([...map.entries().keys()].sort(), [...keys].sort());
  });

  it("62404: takes nothing for a walk or a clear while it is empty", () => {
    const before = takenGranules();
    for (let i = 0; i < 100; i++) {
      for (const _ of map.walk()) assert.fail("there is nothing to show");
      map.clear();
    }
    assert.equal(map.own(spec.MAP_AGENT_ARENA_USED), 0);
    assert.equal(takenGranules(), before);
  });

  it("62404: takes nothing for a walk over what it holds", () => {
    for (let n = 0n; n < 100n; n++) map.store(n, "x");
    const [used, taken] = [map.arenaUsed, takenGranules()];
    for (let i = 0; i < 20; i++) assert.equal(map.entries().size, 100);
    assert.equal(map.arenaUsed, used);
    assert.equal(takenGranules(), taken);
  });

  it("counts hits, and misses a key once it is deleted, in the agent's own record", () => {
    map.store(1n, "x");
    const hits = map.own(spec.MAP_AGENT_HITS);
    const misses = map.own(spec.MAP_AGENT_MISS_TOTAL);
    for (let i = 0; i < 10; i++) map.load(1n);
    map.delete(1n);
    for (let i = 0; i < 7; i++) map.load(1n);
    assert.equal(map.own(spec.MAP_AGENT_HITS) - hits, 10);
    assert.equal(map.own(spec.MAP_AGENT_MISS_TOTAL) - misses, 7);
  });
});
