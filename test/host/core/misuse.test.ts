// Misuse that the map answers with a status, or a build with MAP_CHECKED with a fault.
//
// An agent's number used twice at once (an interrupt that should have its own) is answered BUSY at
// every point of every operation, counted, and leaves the map as it was.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as spec from "../../../host/base/spec.ts";
import { MapClient, newMap } from "./map-client.ts";
import { type CoreProgram, loadProgram } from "./program.ts";
import { validateMap } from "./validate-map.ts";

let program: CoreProgram;
let stepsLeft = -1;
let intruder = () => {};

before(async () => {
  const hook = () => {
    if (stepsLeft-- === 0) intruder();
  };
  program = await loadProgram({ defines: ["MAP_HOOKS", "MAP_CHECKED"], hook });
});

function begin(): MapClient {
  newMap(program, { chainMax: 3, agents: 3 });
  const map = new MapClient(program.core, program.memory, 0);
  for (let n = 0; n < 12; n++) map.store(n % 2 ? `key ${n}` : BigInt(n), `value ${n}`);
  map.delete(4n);
  return map;
}

/** Where `put` has put a value of 8 bytes; the client's own calls would pin around the change. */
function put(map: MapClient, text: string): number {
  map.bytes.write(text.padEnd(8, "."), map.scratch + 0x5000, "latin1");
  return map.scratch + 0x5000;
}

const CHANGES: Record<string, (map: MapClient) => unknown> = {
  store: (map) => map.store(2n, "new"),
  "store of a new key": (map) => map.store("new key", "new"),
  swap: (map) => map.textAt(program.core.mapSwap(map.map, 0, 2n, put(map, "new"), 8)),
  loadOrStore: (map) => program.core.mapLoadOrStore(map.map, 0, 100n, put(map, "new"), 8) & 1,
  loadAndDelete: (map) => map.textAt(program.core.mapLoadAndDelete(map.map, 0, 2n)),
  delete: (map) => map.delete("key 3"),
  compareAndSwap: (map) => map.compareAndSwap(2n, "value 2", "new"),
  compareAndDelete: (map) => map.compareAndDelete("key 3", "value 3"),
  clear: (map) => map.clear(),
  reclaim: (map) => assert.ok(map.reclaim() >= 0),
};

/** The status of every call that changes the map, by agent 0, on keys there and not there. */
function intrusions(map: MapClient): number[] {
  const { core } = program;
  const value = map.scratch + 0x2000;
  const at = map.map;
  return [
    core.mapStore(at, 0, 2n, value, 8),
    core.mapStore(at, 0, 77n, value, 8),
    core.mapSwap(at, 0, 2n, value, 8),
    core.mapLoadOrStore(at, 0, 2n, value, 8),
    core.mapLoadAndDelete(at, 0, 2n),
    core.mapDelete(at, 0, 2n),
    core.mapCompareAndSwap(at, 0, 2n, value, 8, value, 8),
    core.mapCompareAndDelete(at, 0, 2n, value, 8),
    core.mapStoreBytes(at, 0, value, 5, value, 8),
    core.mapSwapBytes(at, 0, value, 5, value, 8),
    core.mapLoadOrStoreBytes(at, 0, value, 5, value, 8),
    core.mapLoadAndDeleteBytes(at, 0, value, 5),
    core.mapDeleteBytes(at, 0, value, 5),
    core.mapCompareAndSwapBytes(at, 0, value, 5, value, 8, value, 8),
    core.mapCompareAndDeleteBytes(at, 0, value, 5, value, 8),
    core.mapClear(at, 0),
    core.mapReclaim(at, 0),
    core.mapRecover(at, 0, 1),
  ];
}

describe("an agent inside its own operation", () => {
  for (const [name, change] of Object.entries(CHANGES)) {
    it(`is refused every change at every point of ${name}, which goes on unharmed`, () => {
      const alone = begin();
      const answer = change(alone);
      const expected = alone.entries();
      let step = 0;
      for (; ; step++) {
        const map = begin();
        let answers: number[] = [];
        const before = map.own(spec.MAP_AGENT_REFUSED_BUSY);
        intruder = () => {
          answers = intrusions(map);
        };
        stepsLeft = step;
        assert.deepEqual(change(map), answer);
        stepsLeft = -1;
        if (answers.length === 0) break;
        for (const status of answers) assert.equal(status, spec.STATUS_BUSY, `step ${step}`);
        assert.equal(map.own(spec.MAP_AGENT_REFUSED_BUSY) - before, answers.length);
        assert.deepEqual(map.entries(), expected);
        validateMap(program.memory, map.map);
      }
      assert.ok(step > 3, `${step} points`);
    });
  }

  it("may read: it finds the key as it was or as it shall be", () => {
    for (const [name, change] of Object.entries(CHANGES)) {
      for (let step = 0; ; step++) {
        const map = begin();
        const seen: (string | undefined)[] = [];
        // Integers only: a byte string would lie where the client has put that of the change.
        intruder = () => seen.push(map.load(2n), map.load(100n));
        stepsLeft = step;
        change(map);
        stepsLeft = -1;
        if (seen.length === 0) break;
        assert.ok([undefined, "value 2", "new"].includes(seen[0]), `${name}: ${seen[0]}`);
        assert.ok([undefined, "new"].includes(seen[1]), `${name}: ${seen[1]}`);
        validateMap(program.memory, map.map);
      }
    }
  });
});

describe("a cut", () => {
  it("taken twice by one agent is refused, and the first one stays as it was", () => {
    const map = begin();
    const moment = map.entries();
    map.takeCut();
    map.clear();
    map.store(2n, "later");
    for (let i = 0; i < 3; i++) {
      assert.equal(program.core.cutTake(map.map, 0), spec.STATUS_BUSY);
      assert.deepEqual(map.entries(0), moment);
    }
    assert.equal(map.header(spec.MAP_CUTS), 1);
    assert.equal(map.own(spec.MAP_AGENT_DEPTH), 1);
    map.endCut();
    assert.equal(map.own(spec.MAP_AGENT_DEPTH), 0);
    map.takeCut();
    assert.deepEqual(map.entries(0), new Map([[2n, "later"]]));
    map.endCut();
    validateMap(program.memory, map.map);
  });

  it("that an agent holds makes its snapshot BUSY, and no other agent's", () => {
    const map = begin();
    const { core } = program;
    const region = core.regionTake(core.snapshotRegionSize(4096), 64);
    assert.equal(core.snapshotInit(region, 4096), 0);
    const publish = (agent: number) => core.mapSnapshot(map.map, agent, region, 0n, 99n, 1n, 1);
    map.takeCut();
    assert.equal(publish(0), spec.STATUS_BUSY);
    assert.equal(core.snapshotPin(region, 0), 0);
    assert.ok(publish(1) > 0);
    map.endCut();
    assert.ok(publish(0) > 0);
  });

  it("that was given up, or never taken, is a fault to end or to read", () => {
    const map = begin();
    map.takeCut();
    map.endCut();
    for (const taker of [0, 1]) {
      assert.throws(() => program.core.cutEnd(map.map, taker), /core fault/);
      assert.throws(() => map.cutLoad(taker, 2n), /core fault/);
      assert.throws(() => map.entries(taker), /core fault/);
    }
    validateMap(program.memory, map.map);
  });
});

describe("a build with MAP_CHECKED", () => {
  it("faults at a load that is not pinned, before it and after it", () => {
    const map = begin();
    const { core } = program;
    const unpinned = () => {
      assert.throws(() => core.mapLoad(map.map, 0, 2n), /core fault/);
      assert.throws(() => core.mapLoad(map.map, 0, 4711n), /core fault/);
      assert.throws(() => core.mapLoadBytes(map.map, 0, map.scratch, 3), /core fault/);
    };
    unpinned();
    core.mapPin(map.map, 0);
    core.mapPin(map.map, 0);
    assert.equal(map.textAt(core.mapLoad(map.map, 0, 2n)), "value 2");
    core.mapUnpin(map.map, 0);
    assert.equal(map.textAt(core.mapLoad(map.map, 0, 2n)), "value 2");
    core.mapUnpin(map.map, 0);
    unpinned();
    // Another agent's pin is none of one's own.
    core.mapPin(map.map, 1);
    unpinned();
    core.mapUnpin(map.map, 1);
    validateMap(program.memory, map.map);
  });
});

describe("every build", () => {
  it("faults at an unpin too many, an agent there is not, and taking over from oneself", () => {
    const map = begin();
    const { core } = program;
    assert.throws(() => core.mapUnpin(map.map, 0), /core fault/);
    for (const agent of [3, -1, 64, 0x7fffffff]) {
      assert.throws(() => core.mapPin(map.map, agent), /core fault/);
      assert.throws(() => core.mapStore(map.map, agent, 2n, map.scratch, 8), /core fault/);
      assert.throws(() => core.mapDelete(map.map, agent, 2n), /core fault/);
      assert.throws(() => core.mapClear(map.map, agent), /core fault/);
      assert.throws(() => core.cutTake(map.map, agent), /core fault/);
      assert.throws(() => core.mapRecover(map.map, 0, agent), /core fault/);
    }
    assert.throws(() => core.mapRecover(map.map, 0, 0), /core fault/);
    assert.throws(() => core.mapStoreBytes(map.map, 0, 0, 3, map.scratch, 8), /core fault/);
    assert.equal(map.load(2n), "value 2");
    validateMap(program.memory, map.map);
  });
});
