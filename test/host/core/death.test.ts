// An agent dies inside an operation, at each shared access it makes: the others go on.
//
// Nobody waits for it; what it had done or not done is one of the two; another agent takes over
// what it had retired, pinned and claimed. What it held in its hands stays taken: that is bounded.
import assert from "node:assert/strict";
import { before, it } from "node:test";
import * as spec from "../../../host/base/spec.ts";
import { type Key, MapClient, newMap, randomFrom } from "./map-client.ts";
import { type CoreProgram, loadProgram } from "./program.ts";
import { validateMap } from "./validate-map.ts";

class Death extends Error {}

/** No operation of these small maps makes so many shared accesses, unless it waits. */
const STEPS_MAX = 20_000;
const VALUE_SIZE = 40;
/**
 * What may be lost here: a value (64), an entry, its key, a bucket; the free granules of a word of
 * the bitmap (512); and if it was a promotion, what that had dropped from its bucket.
 */
const LEAK_MAX = 1024;
const KEYS = Array.from({ length: 14 }, (_, n): Key => (n % 2 ? `key ${n}` : BigInt(n)));

let program: CoreProgram;
let stepsLeft = -1;
let stepsMade = 0;

before(async () => {
  const hook = () => {
    if (stepsLeft-- === 0) throw new Death();
    assert.ok(stepsMade++ < STEPS_MAX, "nobody waits");
  };
  program = await loadProgram({ defines: ["MAP_HOOKS"], hook });
});

const textOf = (n: number) => `${n}`.padEnd(VALUE_SIZE, "x");

const OPERATIONS: Record<string, (map: MapClient, key: Key, old: string) => unknown> = {
  store: (map, key) => map.store(key, "new"),
  swap: (map, key) => map.swap(key, "new"),
  loadOrStore: (map, key) => map.loadOrStore(key, "new"),
  load: (map, key) => map.load(key),
  loadAndDelete: (map, key) => map.loadAndDelete(key),
  delete: (map, key) => map.delete(key),
  compareAndSwap: (map, key, old) => map.compareAndSwap(key, old, "new"),
  compareAndDelete: (map, key, old) => map.compareAndDelete(key, old),
  clear: (map) => map.clear(),
  reclaim: (map) => map.reclaim(),
  walk: (map) => map.entries(),
  takeCut: (map) => map.takeCut(),
};

/** A map in the middle of its life, seeded: grown, half split, with what waits to be dropped. */
function begin(seed: number): MapClient[] {
  const chainMax = 2 + (seed % 3);
  newMap(program, { agents: 4, capacity: 128, arenaSize: 16384, migrateChunk: 1, chainMax });
  stepsLeft = -1;
  stepsMade = 0;
  const clients = [0, 1, 2, 3].map((n) => new MapClient(program.core, program.memory, n));
  const random = randomFrom(seed * 1013);
  const count = 30 + random(70);
  const dying = clients[0] as MapClient;
  const spread = 40 + random(60);
  for (let n = 0; n < count; n++) {
    const client = clients[random(2)] as MapClient;
    const key = random(2) ? (KEYS[random(KEYS.length)] as Key) : 100n + BigInt(random(spread));
    if (random(3) === 0) client.delete(key);
    else client.store(key, textOf(n));
  }
  if (seed % 4 === 0) {
    // What a cut held back is dropped by the next who looks.
    clients[3]?.takeCut();
    for (const key of dying.entries().keys()) dying.delete(key);
    clients[3]?.endCut();
  }
  stepsMade = 0;
  return clients;
}

/** Runs `action` to its death at step `step`; false if it came to its end before. */
function diesAt(step: number, action: () => unknown): boolean {
  stepsLeft = step;
  try {
    action();
    return false;
  } catch (error) {
    if (!(error instanceof Death)) throw error;
    return true;
  } finally {
    stepsLeft = -1;
  }
}

interface Leak {
  bytes: number;
  where: string;
}

/** Dies at each step of an operation on a map of this seed; how many steps, and the worst leak. */
function dieEverywhere(seed: number, name: string, worst: Leak): number {
  const operation = OPERATIONS[name] as (map: MapClient, key: Key, old: string) => unknown;
  for (let step = 0; ; step++) {
    const [dying, other, third] = begin(seed) as [MapClient, MapClient, MapClient];
    const before = other.entries();
    const key = KEYS[seed % KEYS.length] as Key;
    const old = before.get(key) ?? "";
    if (!diesAt(step, () => operation(dying, key, old))) return step;
    // The key is as it was or as it shall be.
    const now = other.load(key);
    const isPossible = now === before.get(key) || now === "new" || now === undefined;
    assert.ok(isPossible, `${now} after ${name}, seed ${seed}, step ${step}`);
    // A clear that was begun ends with the first change at the latest, and may take that along.
    assert.equal(other.store(KEYS[0] as Key, "first"), 0);
    // Others change it, and all else.
    for (const [n, each] of KEYS.entries()) {
      const text = `after ${n}`.padEnd(VALUE_SIZE, "y");
      assert.equal(other.store(each, text), 0);
      assert.equal(third.load(each), text);
      assert.equal(third.loadAndDelete(each), text);
    }
    assert.equal(other.core.mapRecover(other.map, other.agent, dying.agent), 0);
    for (const claim of [spec.MAP_AGENT_CLAIM_VALUES, spec.MAP_AGENT_CLAIM_INDEX]) {
      assert.equal(dying.own(claim + spec.MAP_CLAIM_BITS), 0);
    }
    other.clear();
    assert.equal(other.entries().size, 0);
    // The dead agent has nothing left, so nobody needs it to give anything back.
    for (let round = 0; round < 2; round++) for (const client of [other, third]) client.reclaim();
    const report = validateMap(program.memory, other.map, { leakLimit: LEAK_MAX });
    assert.deepEqual([report.present, report.retired], [0, 0]);
    if (report.leaked > worst.bytes) {
      Object.assign(worst, { bytes: report.leaked, where: `${name}, seed ${seed}, step ${step}` });
    }
  }
}

for (const name of Object.keys(OPERATIONS)) {
  it(`goes on when an agent dies in ${name}, wherever that is`, (t) => {
    const worst: Leak = { bytes: 0, where: "" };
    let steps = 0;
    // Operations that walk the whole map have so many steps that fewer maps do.
    const seeds = ["clear", "reclaim", "walk"].includes(name) ? 8 : 24;
    for (let seed = 1; seed <= seeds; seed++) steps += dieEverywhere(seed, name, worst);
    t.diagnostic(`${steps} deaths, at most ${worst.bytes} bytes lost: ${worst.where}`);
    assert.ok(steps > 20);
  });
}
