// A reader whose map doubles under it, at each shared access it makes: it misses nothing.
//
// The other agent stores so many keys at that point that all buckets are split, once or twice; or
// only one bucket, which leaves the map half grown.
import assert from "node:assert/strict";
import { before, it } from "node:test";
import * as spec from "../../../host/base/spec.ts";
import { type Key, MapClient, newMap } from "./map-client.ts";
import { type CoreProgram, loadProgram } from "./program.ts";
import { validateMap } from "./validate-map.ts";

const KEYS = Array.from({ length: 52 }, (_, n): Key => (n % 3 === 2 ? `key ${n}` : BigInt(n)));
const TAKER = 2;

let program: CoreProgram;
let stepsLeft = -1;
let intruder = () => {};

before(async () => {
  const hook = () => {
    if (stepsLeft-- === 0) intruder();
  };
  program = await loadProgram({ defines: ["MAP_HOOKS"], hook });
});

/** How a map grows: keys that are stored before, and while the reader reads. */
interface Growth {
  migrateChunk: number;
  before: number;
  meanwhile: number;
}

const GROWTHS: Growth[] = [
  { migrateChunk: 128, before: 0, meanwhile: 1 },
  { migrateChunk: 128, before: 0, meanwhile: 120 },
  { migrateChunk: 1, before: 1, meanwhile: 1 },
  { migrateChunk: 1, before: 3, meanwhile: 60 },
  { migrateChunk: 1, before: 0, meanwhile: 2 },
];

const READS: Record<string, (map: MapClient, key: Key) => void> = {
  load: (map, key) => assert.equal(map.load(key), `${key}`),
  loadOrStore: (map, key) => {
    assert.deepEqual(map.loadOrStore(key, "new"), { loaded: true, value: `${key}` });
  },
  compareAndSwap: (map, key) => assert.equal(map.compareAndSwap(key, `${key}`, `${key}`), true),
  cutLoad: (map, key) => assert.equal(map.cutLoad(TAKER, key), `${key}`),
};

/** Runs `read` on key `key` with growth at hook `step` of it; false if it has no such hook. */
function readAt(step: number, growth: Growth, read: (map: MapClient) => void): boolean {
  const { migrateChunk } = growth;
  newMap(program, { capacity: 1024, migrateChunk, chainMax: 4, agents: 3 });
  const [reader, other, taker] = [0, 1, TAKER].map(
    (agent) => new MapClient(program.core, program.memory, agent),
  ) as [MapClient, MapClient, MapClient];
  for (const key of KEYS) reader.store(key, `${key}`);
  taker.takeCut();
  let next = 1000n;
  const grow = (count: number) => {
    for (let n = 0; n < count; n++) assert.equal(other.store(next++, "more"), 0);
  };
  grow(growth.before);
  let isDone = false;
  intruder = () => {
    grow(growth.meanwhile);
    isDone = true;
  };
  stepsLeft = step;
  read(reader);
  stepsLeft = -1;
  taker.endCut();
  if (isDone) validateMap(program.memory, reader.map);
  return isDone;
}

for (const [name, read] of Object.entries(READS)) {
  it(`${name} finds the key, wherever the map grows under it`, () => {
    let points = 0;
    for (const growth of GROWTHS) {
      for (const key of KEYS.slice(0, 12)) {
        for (let step = 0; readAt(step, growth, (map) => read(map, key)); step++) points++;
      }
    }
    assert.ok(points > 200, `${points} points`);
  });
}

for (const what of ["the map", "a cut"]) {
  it(`a walk over ${what} shows all that was there, once, wherever the map grows under it`, () => {
    for (const growth of GROWTHS) {
      let step = 0;
      const walk = (map: MapClient) => {
        const found = map.entries(what === "a cut" ? TAKER : undefined);
        for (const key of KEYS) assert.equal(found.get(key), `${key}`, `step ${step}`);
        if (what === "a cut") assert.equal(found.size, KEYS.length);
      };
      for (; readAt(step, growth, walk); step++);
      assert.ok(step > KEYS.length, `${step} points`);
    }
  });
}

it("begins to grow at the load factor, so that the above has what it needs", () => {
  newMap(program, { capacity: 1024, agents: 3 });
  const map = new MapClient(program.core, program.memory, 0);
  for (const key of KEYS) map.store(key, "x");
  assert.equal(map.header(spec.MAP_BUCKETS), spec.MAP_VALUE_BUCKETS_MIN);
  map.store(1000n, "x");
  assert.equal(map.header(spec.MAP_BUCKETS), 2 * spec.MAP_VALUE_BUCKETS_MIN);
});
