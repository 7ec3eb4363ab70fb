// Random operations against a JavaScript Map, and cuts against copies of it.
//
// All ten methods of sync.Map over few keys, integers and byte strings, so that most calls meet
// what another left; two agents take turns. Every answer and the final walk are those of the
// oracle. The second oracle copies itself whenever a cut is taken: a cut shows that copy, by walk
// and by key, however long it is held. To see one seed again: --test-name-pattern "seed N".
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as spec from "../../../host/base/spec.ts";
import { type Key, MapClient, type MapOptions, newMap, randomFrom } from "./map-client.ts";
import { type CoreProgram, loadProgram } from "./program.ts";
import { validateMap } from "./validate-map.ts";

const STEPS = 6000;
const CUT_TAKERS = [2, 3];

let program: CoreProgram;
before(async () => {
  program = await loadProgram();
});

const HASHES: [string, number][] = [
  ["whole", 0xffffffff],
  ["constant", 0],
  ["truncated", 15],
];

/** `0` to `count - 1` as keys of both kinds; strings of 0 to 3 letters first of all. */
function keySet(count: number): Key[] {
  const letters = ["", "a", "b", "c", "aa", "ab", "ba", "abc", "cba"];
  return Array.from({ length: count }, (_, n) => {
    if (n % 2 === 0) return BigInt.asUintN(64, BigInt(n) << BigInt((n * 8) % 64));
    return letters[(n - 1) / 2] ?? `${"long ".repeat(n % 30)}${n}`;
  });
}

/** One random operation on the map and the oracle; both answer the same. */
function step(map: MapClient, oracle: Map<Key, string>, keys: Key[], n: number): void {
  const random = randomFrom(n * 2654435761);
  const key = keys[random(keys.length)] as Key;
  const text = `${n}`.padEnd(8 + random(random(8) === 0 ? 600 : 40), "x");
  const old = oracle.get(key);
  const isRight = random(3) > 0 && old !== undefined;
  const guess = isRight ? old : "wrong";
  switch (random(10)) {
    case 0:
    case 1:
      assert.equal(map.store(key, text), spec.STATUS_OK);
      oracle.set(key, text);
      break;
    case 2:
      assert.equal(map.swap(key, text), old);
      oracle.set(key, text);
      break;
    case 3:
      assert.deepEqual(map.loadOrStore(key, text), {
        loaded: old !== undefined,
        value: old ?? text,
      });
      if (old === undefined) oracle.set(key, text);
      break;
    case 4:
      assert.equal(map.loadAndDelete(key), old);
      oracle.delete(key);
      break;
    case 5:
      assert.equal(map.delete(key), oracle.delete(key));
      break;
    case 6:
      assert.equal(map.compareAndSwap(key, guess, text), isRight);
      if (isRight) oracle.set(key, text);
      break;
    case 7:
      assert.equal(map.compareAndDelete(key, guess), isRight);
      if (isRight) oracle.delete(key);
      break;
    case 8:
      assert.equal(map.load(key), old);
      break;
    default:
      if (random(40) === 0) {
        map.clear();
        oracle.clear();
      } else if (random(4) === 0) {
        map.reclaim();
      }
  }
  assert.equal(map.load(key), oracle.get(key));
  assert.equal(map.length, oracle.size);
}

function sorted(map: Map<Key, string>): [Key, string][] {
  const name = (key: Key) => `${typeof key} ${key}`;
  return [...map].sort(([a], [b]) => (name(a) < name(b) ? -1 : 1));
}

function agents(count: number): MapClient[] {
  return Array.from({ length: count }, (_, n) => new MapClient(program.core, program.memory, n));
}

/** Deletes all and gives all back: nothing may stay taken. */
function emptyOut(clients: MapClient[], keys: Key[]): void {
  for (const key of keys) clients[0]?.delete(key);
  for (const client of clients) client.reclaim();
  for (const client of clients) client.reclaim();
  assert.equal(clients[0]?.arenaUsed, 0);
  assert.equal(clients[0]?.length, 0);
}

function playAnswers(seed: number, options: MapOptions): void {
  newMap(program, { agents: 2, capacity: 256, arenaSize: 1 << 17, ...options });
  const clients = agents(2);
  const keys = keySet(12 + 24 * (seed % 4));
  const oracle = new Map<Key, string>();
  const random = randomFrom(seed);
  for (let n = 0; n < STEPS; n++) {
    const client = clients[random(2)] as MapClient;
    try {
      step(client, oracle, keys, seed * 1_000_003 + n);
    } catch (error) {
      throw new Error(`seed ${seed}, step ${n}`, { cause: error });
    }
    if (n % 500 === 0) assert.deepEqual(sorted(client.entries()), sorted(oracle));
  }
  assert.deepEqual(sorted((clients[0] as MapClient).entries()), sorted(oracle));
  const report = validateMap(program.memory, (clients[0] as MapClient).map);
  assert.equal(report.present, oracle.size);
  emptyOut(clients, keys);
  validateMap(program.memory, (clients[0] as MapClient).map);
}

/** A cut shows the copy: walked by another agent, and key by key. */
function checkCut(reader: MapClient, taker: number, copy: Map<Key, string>, keys: Key[]): void {
  assert.deepEqual(sorted(reader.entries(taker)), sorted(copy));
  for (const key of keys) assert.equal(reader.cutLoad(taker, key), copy.get(key), `key ${key}`);
}

function playCuts(seed: number, options: MapOptions): number {
  newMap(program, { agents: 4, capacity: 256, arenaSize: 1 << 20, ...options });
  const clients = agents(4);
  const keys = keySet(12 + 24 * (seed % 4));
  const oracle = new Map<Key, string>();
  const copies = new Map<number, Map<Key, string>>();
  const random = randomFrom(seed);
  let checked = 0;
  for (let n = 0; n < STEPS / 2; n++) {
    try {
      step(clients[random(2)] as MapClient, oracle, keys, seed * 1_000_003 + n);
      const taker = clients[CUT_TAKERS[random(2)] as number] as MapClient;
      const copy = copies.get(taker.agent);
      if (random(20) > 0) continue;
      if (copy === undefined) {
        taker.takeCut();
        copies.set(taker.agent, new Map(oracle));
        continue;
      }
      checkCut(clients[random(4)] as MapClient, taker.agent, copy, keys);
      checked++;
      if (random(2) > 0) continue;
      taker.endCut();
      copies.delete(taker.agent);
    } catch (error) {
      throw new Error(`seed ${seed}, step ${n}`, { cause: error });
    }
  }
  for (const [taker, copy] of copies) checkCut(clients[0] as MapClient, taker, copy, keys);
  validateMap(program.memory, (clients[0] as MapClient).map, { pinned: [...copies.keys()] });
  for (const taker of copies.keys()) clients[taker]?.endCut();
  emptyOut(clients, keys);
  validateMap(program.memory, (clients[0] as MapClient).map);
  return checked;
}

for (const [name, hashMask] of HASHES) {
  describe(`hashes that are ${name}`, () => {
    for (const [migrateChunk, chainMax] of [
      [1, 2],
      [1, 8],
      [128, 3],
    ] as const) {
      const options = { hashMask, migrateChunk, chainMax };
      const what = `chunks of ${migrateChunk}, chains of ${chainMax}`;
      for (const seed of [1, 2, 3]) {
        it(`answer as a JavaScript Map does: ${what}, seed ${seed}`, () => {
          playAnswers(seed, options);
        });
        it(`let a cut show the copy of its moment: ${what}, seed ${seed + 100}`, () => {
          const checked = playCuts(seed + 100, options);
          assert.ok(checked > 50, `${checked} cuts`);
        });
      }
    }
  });
}
