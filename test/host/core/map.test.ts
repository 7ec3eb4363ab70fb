// The map against a JavaScript Map, row by row of sync.Map's contract, and at its limits.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as spec from "../../../host/base/spec.ts";
import { type CoreExports, loadProgram } from "./program.ts";

let core: CoreExports;
let bytes: Uint8Array;
let view: DataView;
let scratch = 0;
let other = 0;
let cursor = 0;

before(async () => {
  const program = await loadProgram();
  core = program.core;
  bytes = new Uint8Array(program.memory.buffer);
  view = new DataView(program.memory.buffer);
  scratch = core.regionTake(8192, 8);
  other = core.regionTake(8192, 8);
  cursor = core.regionTake(spec.MAP_VALUE_CURSOR_SIZE, 8);
});

const FREE_START = 0x800000;

/** A fresh map in the same memory each time. */
function newMap(capacity: number, arenaSize: number): number {
  core.regionsInit(FREE_START, FREE_START + 0x1000000);
  const map = core.regionTake(core.mapSize(capacity, arenaSize), 64);
  assert.notEqual(map, 0);
  assert.equal(core.mapInit(map, capacity, arenaSize), spec.STATUS_OK);
  return map;
}

function put(at: number, text: string): number {
  const value = new TextEncoder().encode(text.padEnd(8, "."));
  bytes.set(value, at);
  return value.length;
}

function textAt(offset: number): string | undefined {
  if (offset === 0) return undefined;
  const copy = bytes.slice(offset, offset + core.valueSize(offset));
  return new TextDecoder().decode(copy).replace(/\.+$/, "");
}

const load = (map: number, key: bigint) => textAt(core.mapLoad(map, key));
const store = (map: number, key: bigint, text: string) =>
  core.mapStore(map, key, scratch, put(scratch, text));
const compareAndSwap = (map: number, key: bigint, old: string, text: string) =>
  core.mapCompareAndSwap(map, key, other, put(other, old), scratch, put(scratch, text));
const compareAndDelete = (map: number, key: bigint, old: string) =>
  core.mapCompareAndDelete(map, key, other, put(other, old));
const header = (map: number, field: number) => view.getUint32(map + field, true);

function entries(map: number): Map<bigint, string | undefined> {
  const found = new Map<bigint, string | undefined>();
  core.rangeBegin(map, cursor);
  while (core.rangeNext(map, cursor) === 1) {
    const key = view.getBigUint64(cursor + spec.MAP_CURSOR_KEY, true);
    assert.ok(!found.has(key), `key ${key} is visited once`);
    found.set(key, textAt(view.getUint32(cursor + spec.MAP_CURSOR_VALUE, true)));
  }
  return found;
}

/** xorshift32, seeded. */
function randomFrom(seed: number): (below: number) => number {
  let x = seed;
  return (below) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % below;
  };
}

describe("contract of sync.Map", () => {
  it("loads nothing from an empty map and what was stored from another", () => {
    const map = newMap(8, 4096);
    assert.equal(load(map, 1n), undefined);
    assert.equal(store(map, 1n, "one"), spec.STATUS_OK);
    assert.equal(load(map, 1n), "one");
    assert.equal(load(map, 2n), undefined);
    assert.equal(core.mapLen(map), 1);
  });

  it("tells keys apart in all 64 bits", () => {
    const map = newMap(64, 16384);
    for (let bit = 0n; bit < 64n; bit++) assert.equal(store(map, 1n << bit, `bit ${bit}`), 0);
    for (let bit = 0n; bit < 64n; bit++)
      assert.equal(load(map, BigInt.asIntN(64, 1n << bit)), `bit ${bit}`);
  });

  it("stores over an old value and leaves the neighbours alone", () => {
    const map = newMap(8, 4096);
    for (let key = 0n; key < 8n; key++) store(map, key, `old ${key}`);
    assert.equal(store(map, 3n, "a longer new value"), 0);
    for (let key = 0n; key < 8n; key++) {
      assert.equal(load(map, key), key === 3n ? "a longer new value" : `old ${key}`);
    }
    assert.equal(core.mapLen(map), 8);
  });

  it("lets the existing value win in LoadOrStore", () => {
    const map = newMap(8, 4096);
    const first = core.mapLoadOrStore(map, 5n, scratch, put(scratch, "first"));
    assert.equal(first & 1, 0);
    assert.equal(textAt(first), "first");
    const second = core.mapLoadOrStore(map, 5n, scratch, put(scratch, "second"));
    assert.equal(second & 1, 1);
    assert.equal(textAt(second & ~1), "first");
  });

  it("takes a value exactly once with LoadAndDelete", () => {
    const map = newMap(8, 4096);
    store(map, 5n, "five");
    assert.equal(textAt(core.mapLoadAndDelete(map, 5n)), "five");
    assert.equal(core.mapLoadAndDelete(map, 5n), 0);
    assert.equal(load(map, 5n), undefined);
    assert.equal(core.mapLen(map), 0);
  });

  it("deletes what is there and says so when nothing is", () => {
    const map = newMap(8, 4096);
    store(map, 5n, "five");
    assert.equal(core.mapDelete(map, 5n), spec.STATUS_OK);
    assert.equal(core.mapDelete(map, 5n), spec.STATUS_ABSENT);
    assert.equal(store(map, 5n, "again"), 0);
    assert.equal(load(map, 5n), "again");
  });

  it("swaps in the new value and hands out the old one", () => {
    const map = newMap(8, 4096);
    assert.equal(core.mapSwap(map, 5n, scratch, put(scratch, "a")), 0);
    assert.equal(textAt(core.mapSwap(map, 5n, scratch, put(scratch, "b"))), "a");
    assert.equal(load(map, 5n), "b");
  });

  it("compares by bytes and size before it swaps, and never matches an absent key", () => {
    const map = newMap(8, 4096);
    assert.equal(compareAndSwap(map, 5n, "", "x"), 0);
    assert.equal(core.mapCompareAndSwap(map, 5n, other, 0, scratch, put(scratch, "x")), 0);
    assert.equal(load(map, 5n), undefined);
    store(map, 5n, "a");
    assert.equal(compareAndSwap(map, 5n, "b", "x"), 0);
    assert.equal(compareAndSwap(map, 5n, "a.........", "x"), 0);
    assert.equal(compareAndSwap(map, 5n, "a", "x"), 1);
    assert.equal(load(map, 5n), "x");
  });

  it("compares before it deletes, and never matches an absent key", () => {
    const map = newMap(8, 4096);
    assert.equal(compareAndDelete(map, 5n, ""), 0);
    store(map, 5n, "a");
    assert.equal(compareAndDelete(map, 5n, "b"), 0);
    assert.equal(load(map, 5n), "a");
    assert.equal(compareAndDelete(map, 5n, "a"), 1);
    assert.equal(load(map, 5n), undefined);
    assert.equal(compareAndDelete(map, 5n, "a"), 0);
  });

  it("ranges over each key once while the walk itself stores and deletes", () => {
    const map = newMap(64, 65536);
    for (let key = 0n; key < 40n; key++) store(map, key, `v${key}`);
    core.mapPin(map, 0);
    const seen = new Map<bigint, number>();
    core.rangeBegin(map, cursor);
    while (core.rangeNext(map, cursor) === 1) {
      const key = view.getBigUint64(cursor + spec.MAP_CURSOR_KEY, true);
      seen.set(key, (seen.get(key) ?? 0) + 1);
      // Takes the key out and puts it back: it now stands further on in the same table.
      assert.equal(core.mapDelete(map, key), 0);
      assert.equal(store(map, key, `w${key}`), 0);
    }
    core.mapUnpin(map, 0);
    assert.equal(seen.size, 40);
    for (const times of seen.values()) assert.equal(times, 1);
  });

  it("nests walks and empties itself within one", () => {
    const map = newMap(16, 16384);
    for (let key = 0n; key < 10n; key++) store(map, key, `v${key}`);
    const inner = cursor + 0;
    core.mapPin(map, 0);
    const outer = core.regionTake(spec.MAP_VALUE_CURSOR_SIZE, 8);
    core.rangeBegin(map, outer);
    let rounds = 0;
    while (core.rangeNext(map, outer) === 1) {
      const key = view.getBigUint64(outer + spec.MAP_CURSOR_KEY, true);
      let count = 0;
      core.rangeBegin(map, inner);
      while (core.rangeNext(map, inner) === 1) count++;
      assert.equal(count, 10 - rounds);
      assert.equal(core.mapDelete(map, key), 0);
      rounds++;
    }
    core.mapUnpin(map, 0);
    assert.equal(rounds, 10);
    assert.equal(core.mapLen(map), 0);
  });

  it("clears at one moment and stores again afterwards", () => {
    const map = newMap(16, 16384);
    for (let key = 0n; key < 16n; key++) store(map, key, `v${key}`);
    assert.equal(core.mapClear(map), 0);
    assert.equal(core.mapLen(map), 0);
    assert.equal(entries(map).size, 0);
    for (let key = 0n; key < 16n; key++) assert.equal(load(map, key), undefined);
    core.mapReclaim(map);
    assert.equal(core.mapArenaUsed(map), 0);
    assert.equal(core.mapClear(map), 0);
    assert.equal(store(map, 3n, "again"), 0);
    assert.equal(load(map, 3n), "again");
  });
});

describe("oracle", () => {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    it(`answers as a JavaScript Map over 20,000 random operations, seed ${seed}`, () => {
      const capacity = 4 + seed * 9;
      const map = newMap(capacity, 65536);
      const oracle = new Map<bigint, string>();
      const random = randomFrom(seed * 7919);
      for (let step = 0; step < 20_000; step++) {
        const key = BigInt(random(capacity)) << BigInt(16 * random(2));
        const text = `${step}`.padEnd(8 + random(300), "x");
        const old = oracle.get(key);
        const room = old !== undefined || oracle.size < capacity;
        switch (random(8)) {
          case 0:
          case 1:
            assert.equal(store(map, key, text), room ? 0 : spec.STATUS_FULL);
            if (room) oracle.set(key, text);
            break;
          case 2: {
            const answer = core.mapSwap(map, key, scratch, put(scratch, text));
            if (!room) assert.equal(answer, spec.STATUS_FULL);
            else assert.equal(textAt(answer), old);
            if (room) oracle.set(key, text);
            break;
          }
          case 3: {
            const answer = core.mapLoadOrStore(map, key, scratch, put(scratch, text));
            if (!room) {
              assert.equal(answer, spec.STATUS_FULL);
              break;
            }
            assert.equal(answer & 1, old === undefined ? 0 : 1);
            assert.equal(textAt(answer & ~1), old ?? text);
            if (old === undefined) oracle.set(key, text);
            break;
          }
          case 4:
            assert.equal(textAt(core.mapLoadAndDelete(map, key)), old);
            oracle.delete(key);
            break;
          case 5: {
            const right = random(2) === 0;
            const answer = compareAndSwap(map, key, right && old ? old : "wrong", text);
            assert.equal(answer, right && old !== undefined ? 1 : 0);
            if (answer === 1) oracle.set(key, text);
            break;
          }
          case 6: {
            const right = random(2) === 0;
            const answer = compareAndDelete(map, key, right && old ? old : "wrong");
            assert.equal(answer, right && old !== undefined ? 1 : 0);
            if (answer === 1) oracle.delete(key);
            break;
          }
          default:
            if (random(400) === 0) {
              assert.equal(core.mapClear(map), 0);
              oracle.clear();
            }
        }
        assert.equal(load(map, key), oracle.get(key));
        assert.equal(core.mapLen(map), oracle.size);
        if (step % 500 === 0) assert.deepEqual(sorted(entries(map)), sorted(oracle));
      }
      assert.deepEqual(sorted(entries(map)), sorted(oracle));
      assert.equal(header(map, spec.MAP_ILLEGAL_STEPS), 0);
      assert.ok(header(map, spec.MAP_REBUILDS) > 10);
    });
  }
});

function sorted<V>(map: Map<bigint, V>): [bigint, V][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

describe("limits", () => {
  it("takes values of every size from 8 to 4,096 and refuses the ones beside", () => {
    const map = newMap(2, 3 * 4200 - ((3 * 4200) % 8));
    for (let size = 8; size <= 4096; size++) {
      core.valueFill(scratch, size & ~3, 7n, size);
      assert.equal(core.mapStore(map, 7n, scratch, size), 0, `size ${size}`);
      const offset = core.mapLoad(map, 7n);
      assert.equal(offset % 8, 0);
      assert.equal(core.valueSize(offset), size);
      assert.equal(
        Buffer.compare(bytes.slice(offset, offset + size), bytes.slice(scratch, scratch + size)),
        0,
      );
    }
    assert.equal(core.mapStore(map, 7n, scratch, 7), spec.STATUS_TRUNCATED);
    assert.equal(core.mapStore(map, 7n, scratch, -1), spec.STATUS_TRUNCATED);
    assert.equal(core.mapStore(map, 7n, scratch, 4097), spec.STATUS_TOO_LONG);
    assert.equal(core.mapStore(map, 8n, scratch, 4097), spec.STATUS_TOO_LONG);
    assert.equal(core.valueSize(core.mapLoad(map, 7n)), 4096);
    assert.equal(core.mapLen(map), 1);
  });

  it("refuses the key beyond its capacity, counts it, and takes it once another is gone", () => {
    const map = newMap(10, 4096);
    for (let key = 0n; key < 10n; key++) assert.equal(store(map, key, `v${key}`), 0);
    assert.equal(store(map, 10n, "too many"), spec.STATUS_FULL);
    assert.equal(header(map, spec.MAP_REFUSED_FULL), 1);
    assert.equal(load(map, 10n), undefined);
    assert.equal(store(map, 9n, "still changes"), 0);
    assert.equal(core.mapDelete(map, 0n), 0);
    assert.equal(store(map, 10n, "fits"), 0);
  });

  it("refuses the value that the arena has no room for and leaves the map as it was", () => {
    const map = newMap(10, 1024);
    let stored = 0;
    while (store(map, BigInt(stored), "x".repeat(200)) === 0) stored++;
    assert.equal(stored, 4);
    assert.equal(store(map, 0n, "y".repeat(200)), spec.STATUS_FULL);
    assert.equal(load(map, 0n), "x".repeat(200));
    assert.equal(core.mapDelete(map, 1n), 0);
    assert.equal(store(map, 0n, "y".repeat(200)), 0);
    assert.equal(load(map, 0n), "y".repeat(200));
  });

  it("refuses configurations outside the stated ranges", () => {
    for (const [capacity, arena] of [
      [0, 1024],
      [-1, 1024],
      [(1 << 20) + 1, 1024],
      [8, 0],
      [8, 1028],
    ]) {
      assert.equal(core.mapSize(capacity as number, arena as number), spec.STATUS_BAD_CONFIG);
      assert.equal(
        core.mapInit(FREE_START, capacity as number, arena as number),
        spec.STATUS_BAD_CONFIG,
      );
    }
    assert.equal(core.mapInit(FREE_START + 4, 8, 1024), spec.STATUS_MISALIGNED);
  });
});

describe("reclamation", () => {
  it("returns to the baseline after any churn and holds the largest value again", () => {
    const map = newMap(64, 16384);
    const random = randomFrom(99);
    for (let round = 0; round < 30; round++) {
      for (let step = 0; step < 300; step++) {
        const key = BigInt(random(64));
        if (random(3) === 0) core.mapDelete(map, key);
        else core.mapStore(map, key, scratch, 8 + random(round % 2 ? 100 : 1500));
      }
      for (let key = 0n; key < 64n; key++) core.mapDelete(map, key);
      core.mapReclaim(map);
      assert.equal(core.mapLen(map), 0);
      assert.equal(core.mapArenaUsed(map), 0);
      assert.equal(header(map, spec.MAP_RETIRED_SIZE), 0);
      for (let key = 0n; key < 3n; key++) assert.equal(core.mapStore(map, key, scratch, 4096), 0);
      assert.equal(core.mapClear(map), 0);
    }
    assert.equal(header(map, spec.MAP_ILLEGAL_STEPS), 0);
  });

  it("keeps a pinned value as it was until the pin is lifted", () => {
    const map = newMap(8, 8192);
    store(map, 1n, "pinned");
    core.mapPin(map, 2);
    const offset = core.mapLoad(map, 1n);
    let stored = 0;
    while (stored < 1000 && store(map, 1n, `newer ${stored}`) === 0) stored++;
    assert.ok(stored < 1000, "the arena fills while the pin is held");
    assert.equal(textAt(offset), "pinned");
    assert.equal(load(map, 1n), `newer ${stored - 1}`);
    core.mapUnpin(map, 2);
    assert.equal(store(map, 1n, "newest"), 0);
    core.mapReclaim(map);
    assert.equal(core.mapArenaUsed(map), core.mapValueCost(8));
  });

  it("lets values retired before the pin go while it is held", () => {
    const map = newMap(8, 8192);
    store(map, 1n, "old");
    store(map, 1n, "new");
    core.mapPin(map, 0);
    assert.equal(core.mapReclaim(map), 1);
    store(map, 1n, "newest");
    assert.equal(core.mapReclaim(map), 0);
    core.mapUnpin(map, 0);
    assert.equal(core.mapReclaim(map), 1);
  });

  it("refuses with FULL while a pinned reader holds back deleted places, then goes on", () => {
    const map = newMap(8, 65536);
    // One rebuild, so that the other table has just been left; then a reader in the current one.
    while (header(map, spec.MAP_REBUILDS) === 0) {
      store(map, 1n, "x");
      core.mapDelete(map, 1n);
    }
    store(map, 5n, "kept");
    core.mapPin(map, 1);
    core.mapPin(map, 3);
    let status = 0;
    for (let i = 0; i < 200 && status === 0; i++) {
      status = store(map, 1n, "x");
      if (status === 0) core.mapDelete(map, 1n);
    }
    assert.equal(status, spec.STATUS_FULL);
    assert.equal(core.mapClear(map), spec.STATUS_BUSY);
    assert.equal(load(map, 5n), "kept");
    core.mapUnpin(map, 1);
    assert.equal(store(map, 1n, "x"), spec.STATUS_FULL);
    core.mapUnpin(map, 3);
    assert.equal(store(map, 1n, "back"), 0);
    assert.equal(load(map, 1n), "back");
    assert.equal(load(map, 5n), "kept");
    assert.equal(core.mapLen(map), 2);
  });

  it("passes over a place that a dead writer left in state writing", () => {
    const map = newMap(8, 8192);
    const table = header(map, spec.MAP_CURRENT);
    const count = header(map, spec.MAP_TABLE_COUNT);
    // The writer died right after its first step at every second place.
    for (let index = 0; index < count; index += 2) {
      const word = table + index * spec.MAP_VALUE_ENTRY_SIZE + spec.MAP_ENTRY_WORD;
      assert.equal(core.entryStep(word, spec.ENTRY_STATE_EMPTY, spec.ENTRY_STATE_WRITING), 0);
    }
    for (let key = 0n; key < 8n; key++) assert.equal(store(map, key, `v${key}`), 0);
    for (let key = 0n; key < 8n; key++) assert.equal(load(map, key), `v${key}`);
    assert.equal(entries(map).size, 8);
  });
});
