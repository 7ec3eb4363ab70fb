// Contention: what makes a map work hardest, for the evidence that `latch evidence` takes.
//
// Go's AdversarialAlloc and AdversarialDelete (sync/map_bench_test.go) in one loop over a few keys:
// loads of keys that are often missing, a key stored as soon as it is, a key taken out. Every
// bucket is dirty nearly always, so loads pass dirty entries, count misses and promote. A value
// proves by itself that it is whole.
import { MAP_VALUE_RETIRE_BATCH } from "../base/spec";
import { mapLoad, mapPin, mapUnpin } from "../map/map";
import { mapDelete, mapLoadOrStore } from "../map/operations";

/** Bytes of a value: its key, a number, words that follow from both. */
export const CONTENTION_VALUE_SIZE: i32 = 32;

/** Answer of contentionLoad for a value that mixes two writes. */
export const CONTENTION_TORN: i32 = -1;

let random: u32 = 1;

/** Begins the sequence of keys anew; `seed` is not 0. */
export function contentionSeed(seed: u32): void {
  random = seed;
}

/**
 * `count` rounds of a load and, in turn, a store or a deletion, over `keys` keys; `scratch` holds
 * CONTENTION_VALUE_SIZE bytes. The torn values that were seen: 0. One thread or the main loop.
 */
export function contend(map: usize, agent: i32, scratch: usize, count: i32, keys: u32): i32 {
  let torn = 0;
  for (let round = 0; round < count; round++) {
    const key = <u64>(next() % keys);
    if (contentionLoad(map, agent, key) == CONTENTION_TORN) torn++;
    if (round & 1) {
      fill(scratch, key, next());
      mapLoadOrStore(map, agent, key, scratch, CONTENTION_VALUE_SIZE);
    } else if (round & 2) {
      mapDelete(map, agent, <u64>(next() % keys));
    }
  }
  return torn;
}

/** The number in the value of `key`, 0 if it is absent, or CONTENTION_TORN. Any agent. */
export function contentionLoad(map: usize, agent: i32, key: u64): i32 {
  mapPin(map, agent);
  const value = mapLoad(map, agent, key);
  let number = 0;
  if (value != 0) number = isWhole(value, key) ? load<i32>(value, 8) : CONTENTION_TORN;
  mapUnpin(map, agent);
  return number;
}

/** Bytes of arena that `keys` keys need while `agents` agents replace them. */
export function contentionArenaSize(keys: i32, agents: i32): i32 {
  const perKey = 128; // value with header, entry, pair; once more for what is in limbo
  return (keys * perKey + agents * MAP_VALUE_RETIRE_BATCH * 3 * perKey + 1023) & ~1023;
}

function fill(value: usize, key: u64, number: u32): void {
  store<u64>(value, key);
  for (let i: u32 = 8; i < <u32>CONTENTION_VALUE_SIZE; i += 4) {
    store<u32>(value + i, word(key, number >>> 1, i));
  }
}

function isWhole(value: usize, key: u64): bool {
  if (load<u64>(value) != key) return false;
  const number = load<u32>(value, 8);
  for (let i: u32 = 8; i < <u32>CONTENTION_VALUE_SIZE; i += 4) {
    if (load<u32>(value + i) != word(key, number, i)) return false;
  }
  return true;
}

/** The number itself first. */
function word(key: u64, number: u32, i: u32): u32 {
  return number ^ ((i - 8) * (0x9e3779b1 ^ <u32>key));
}

function next(): u32 {
  random ^= random << 13;
  random ^= random >> 17;
  random ^= random << 5;
  return random;
}
