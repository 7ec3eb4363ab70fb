// No room: an operation at a full arena leaves the map as it was; what takes out still works.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as spec from "../../../host/base/spec.ts";
import { type Key, MapClient, newMap } from "./map-client.ts";
import { type CoreProgram, loadProgram } from "./program.ts";
import { validateMap } from "./validate-map.ts";

let program: CoreProgram;
let stepsLeft = -1;
let intruder = () => {};

before(async () => {
  const hook = () => {
    if (stepsLeft-- === 0) intruder();
  };
  program = await loadProgram({ defines: ["MAP_HOOKS"], hook });
});

const agentOf = (agent: number) => new MapClient(program.core, program.memory, agent);

/** With values of few granules and of more than a word of the bitmap has. */
const KINDS: [string, (n: number) => Key, number[]][] = [
  ["integers", (n) => BigInt(n), [8, 40, 900]],
  ["byte strings", (n) => `key ${n}`, [40, 900]],
];

/** Stores until there is no room; what is in the map then. */
function fill(map: MapClient, key: (n: number) => Key, size: number): Map<Key, string> {
  const stored = new Map<Key, string>();
  for (let n = 0; ; n++) {
    const text = `${n}`.padEnd(size, "x");
    const status = map.store(key(n), text);
    if (status !== spec.STATUS_OK) {
      assert.equal(status, spec.STATUS_FULL);
      return stored;
    }
    stored.set(key(n), text);
  }
}

for (const [kind, key, sizes] of KINDS) {
  for (const size of sizes) {
    describe(`a full map of ${kind} with values of ${size} bytes`, () => {
      const begin = () => {
        newMap(program, { arenaSize: 16384, capacity: 512, agents: 2 });
        const map = agentOf(0);
        const stored = fill(map, key, size);
        assert.ok(stored.size > 8, `${stored.size} keys`);
        return { map, stored };
      };
      const big = "y".repeat(size);
      const isFull = /status FULL/;

      it("refuses and counts whatever needs room, and is as it was", () => {
        const { map, stored } = begin();
        const refused = map.own(spec.MAP_AGENT_REFUSED_FULL);
        const old = stored.get(key(3)) as string;
        for (let round = 1; round <= 20; round++) {
          assert.equal(map.store(key(3), big), spec.STATUS_FULL);
          assert.equal(map.store(key(9999), big), spec.STATUS_FULL);
          assert.throws(() => map.swap(key(3), big), isFull);
          assert.throws(() => map.swap(key(9999), big), isFull);
          assert.throws(() => map.loadOrStore(key(9999), big), isFull);
          assert.throws(() => map.compareAndSwap(key(3), old, big), isFull);
          assert.equal(map.own(spec.MAP_AGENT_REFUSED_FULL), refused + 6 * round);
        }
        assert.deepEqual(map.entries(), stored);
        assert.equal(map.length, stored.size);
        validateMap(program.memory, map.map);
      });

      it("answers what needs no room", () => {
        const { map, stored } = begin();
        const old = stored.get(key(3)) as string;
        assert.deepEqual(map.loadOrStore(key(3), big), { loaded: true, value: old });
        assert.equal(map.compareAndSwap(key(3), "wrong", big), false);
        assert.equal(map.compareAndSwap(key(9999), "wrong", big), false);
        assert.equal(map.compareAndDelete(key(3), "wrong"), false);
        assert.equal(map.delete(key(9999)), false);
        for (const [each, text] of stored) assert.equal(map.load(each), text);
        map.takeCut();
        assert.deepEqual(map.entries(0), stored);
        map.endCut();
        assert.deepEqual(map.entries(), stored);
        validateMap(program.memory, map.map);
      });

      it("has room again, for any agent, long before all is taken out", () => {
        const { map, stored } = begin();
        const other = agentOf(1);
        const ways: ((each: Key) => void)[] = [
          (each) => assert.equal(map.delete(each), true),
          (each) => assert.equal(map.loadAndDelete(each), stored.get(each)),
          (each) => assert.equal(map.compareAndDelete(each, stored.get(each) as string), true),
        ];
        const keys = [...stored.keys()];
        let isTaken = false;
        for (let n = 0; n < keys.length / 2 && !isTaken; n++) {
          const each = keys[n] as Key;
          ways[n % 3]?.(each);
          stored.delete(each);
          // A bucket goes on with its other entries in a new block. Where not a granule is left,
          // that takes until it is empty, or its neighbours are.
          map.reclaim();
          isTaken = other.store(key(2000), big) === spec.STATUS_OK;
          assert.deepEqual(other.entries().size, stored.size + (isTaken ? 1 : 0));
        }
        assert.ok(isTaken);
        stored.set(key(2000), big);
        assert.deepEqual(other.entries(), stored);
        validateMap(program.memory, map.map);
      });

      it("is cleared without room, and then empty to the last granule", () => {
        const { map } = begin();
        map.clear();
        assert.equal(map.entries().size, 0);
        // Where growth stood still for want of room, each change splits one bucket more.
        for (let n = 0; n < map.header(spec.MAP_BUCKETS); n++) map.reclaim();
        assert.equal(map.arenaUsed, 0);
        assert.ok(fill(map, key, size).size > 8);
        validateMap(program.memory, map.map);
      });

      it("stays whole while a pin holds everything back, and goes on when it is gone", () => {
        const { map, stored } = begin();
        const reader = agentOf(1);
        program.core.mapPin(reader.map, 1);
        for (const each of [...stored.keys()].slice(0, stored.size / 2)) {
          assert.equal(map.delete(each), true);
          stored.delete(each);
        }
        for (let n = 0; n < 50; n++) assert.equal(map.store(key(7000 + n), big), spec.STATUS_FULL);
        assert.deepEqual(map.entries(), stored);
        program.core.mapUnpin(reader.map, 1);
        map.reclaim();
        assert.equal(map.store(key(7000), big), spec.STATUS_OK);
        validateMap(program.memory, map.map);
      });
    });
  }
}

/** Integers whose bucket, of eight, is the first (`isFirst`) or another one. */
function integers(isFirst: boolean, count: number): bigint[] {
  newMap(program, { capacity: 8 });
  const map = agentOf(0);
  const found: bigint[] = [];
  for (let key = 0n; found.length < count; key++) {
    const word = map.header(spec.MAP_DIRECTORY);
    const before = map.view.getUint32(word, true);
    map.store(key, "x");
    if ((map.view.getUint32(word, true) !== before) === isFirst) found.push(key);
    newMap(program, { capacity: 8 });
  }
  return found;
}

it("promotes with little room and another agent in between, without a granule lost", () => {
  const inFirst = integers(true, 12);
  const others = integers(false, 40);
  let promoted = 0;
  for (let step = 0; ; step++) {
    const arenaSize = 1024;
    newMap(program, { capacity: 8, arenaSize, agents: 4, chainMax: 100 });
    const [first, second, filler, taker] = [0, 1, 2, 3].map(agentOf) as [
      MapClient,
      MapClient,
      MapClient,
      MapClient,
    ];
    // Ten of twelve entries could be dropped; there is room for the two others, not for all.
    taker.takeCut();
    for (const key of inFirst) assert.equal(first.store(key, "x"), 0);
    first.reclaim();
    for (const key of others) {
      if (arenaSize - filler.arenaUsed <= 6 * spec.MAP_VALUE_GRANULE_SIZE) break;
      assert.equal(filler.store(key, "y"), 0);
    }
    filler.reclaim();
    for (const key of inFirst.slice(1, 11)) assert.equal(first.delete(key), true);
    taker.endCut();
    const expected = filler.entries();
    assert.ok(arenaSize - filler.arenaUsed >= 4 * spec.MAP_VALUE_GRANULE_SIZE);

    let isDone = false;
    intruder = () => {
      second.reclaim();
      isDone = true;
    };
    stepsLeft = step;
    first.reclaim();
    stepsLeft = -1;
    validateMap(program.memory, first.map);
    assert.deepEqual(first.entries(), expected);
    if (second.own(spec.MAP_AGENT_PROMOTIONS) > 0) promoted++;
    if (!isDone) break;
  }
  assert.ok(promoted > 10, `the other agent was faster ${promoted} times`);
});
