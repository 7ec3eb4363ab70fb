// Loops for the tests with several agents: values that prove by themselves whether they are whole.
//
// A value is a u64 seed and words derived from it, so one that mixes two writes, or was reused
// under its reader, does not add up.
import { mapLoad, mapPin, mapUnpin, valueSize } from "../../../assembly/map/map";
import { mapDelete, mapStore } from "../../../assembly/map/operations";
import { mapSnapshot } from "../../../assembly/snapshot/publish";
import { snapshotLimit, snapshotPin, snapshotUnpin } from "../../../assembly/snapshot/region";
import {
  snapshotFind,
  snapshotFindSize,
  snapshotValidate,
} from "../../../assembly/snapshot/validate";

/** First free byte behind the static data. */
export function heapBase(): usize {
  return (__heap_base + 7) & ~7;
}

/**
 * Fills `size` bytes, a multiple of 4 from 8 on, with words that follow from `seed` and the key.
 */
export function valueFill(target: usize, size: i32, key: u64, seed: u32): void {
  store<u32>(target, seed);
  for (let i = 4; i < size; i += 4) store<u32>(target + i, word(key, seed, i));
}

/** Whether the bytes are one whole value of `key`. */
export function valueIsWhole(value: usize, size: i32, key: u64): bool {
  const seed = load<u32>(value);
  for (let i = 4; i < size; i += 4) if (load<u32>(value + i) != word(key, seed, i)) return false;
  return true;
}

function word(key: u64, seed: u32, i: i32): u32 {
  return (seed * 0x9e3779b1 + <u32>i) ^ (<u32>key * 0x85ebca6b);
}

/** Agent of writeLoop; the reader of number n in the region is agent n + 1 of the map. */
const WRITER: i32 = 0;

let random: u32 = 1;

function next(): u32 {
  random ^= random << 13;
  random ^= random >> 17;
  random ^= random << 5;
  return random;
}

/**
 * `count` random stores and deletes over `keys` keys, a snapshot each 8th; the writer's side. The
 * number of stores that were refused for want of room.
 */
export function writeLoop(
  map: usize,
  region: usize,
  scratch: usize,
  count: i32,
  keys: u32,
  seed: u32,
): i32 {
  random = seed;
  let refused = 0;
  for (let i = 0; i < count; i++) {
    const key = <u64>(next() % keys);
    if (next() % 4 == 0) {
      mapDelete(map, WRITER, key);
    } else {
      const size = 8 + 4 * <i32>(next() % 60);
      valueFill(scratch, size, key, next());
      if (mapStore(map, WRITER, key, scratch, size) < 0) refused++;
    }
    if (i % 8 == 0) mapSnapshot(map, WRITER, region, 0, u64.MAX_VALUE, i, 1);
  }
  return refused;
}

/**
 * `count` rounds of loads and one snapshot read, as reader number `reader`. The number of values
 * and snapshots that were not whole; a sequence that goes back counts too.
 */
export function readLoop(map: usize, region: usize, reader: i32, count: i32, keys: u32): i32 {
  let broken = 0;
  let sequence: u32 = 0;
  for (let i = 0; i < count; i++) {
    mapPin(map, reader + 1);
    for (let key: u64 = 0; key < <u64>keys; key++) {
      const value = mapLoad(map, reader + 1, key);
      if (value != 0 && !valueIsWhole(value, valueSize(value), key)) broken++;
    }
    mapUnpin(map, reader + 1);
    const base = snapshotPin(region, reader);
    if (base != 0) {
      if (snapshotValidate(base, snapshotLimit(region)) != 0) broken++;
      if (load<u32>(base, 8) < sequence) broken++;
      sequence = load<u32>(base, 8);
      for (let key: u64 = 0; key < <u64>keys; key++) {
        const value = snapshotFind(base, key);
        if (value != 0 && !valueIsWhole(value, snapshotFindSize(base, key), key)) broken++;
      }
    }
    snapshotUnpin(region, reader);
  }
  return broken;
}
