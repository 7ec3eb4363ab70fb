// Loops for the tests with several agents: values that prove by themselves whether they are whole.
//
// A value is a u64 seed and words derived from it and its key, so one that mixes two writes, was
// reused under its reader or stands under another key does not add up. Odd keys are byte strings,
// even ones integers. A loop answers with the number of things that were not whole.
import {
  MAP_CURSOR_KEY,
  MAP_CURSOR_KEY_SIZE,
  MAP_CURSOR_VALUE,
  STATUS_FULL,
} from "../../../assembly/base/spec";
import {
  mapCompareAndDeleteBytes,
  mapCompareAndSwapBytes,
  mapDeleteBytes,
  mapLoadAndDeleteBytes,
  mapLoadOrStoreBytes,
  mapStoreBytes,
  mapSwapBytes,
} from "../../../assembly/map/bytes";
import { cutEnd, cutLoad, cutLoadBytes, cutTake } from "../../../assembly/map/cut";
import { mapLoad, mapLoadBytes, mapPin, mapUnpin, valueSize } from "../../../assembly/map/map";
import {
  MAP_WAS_LOADED,
  mapCompareAndDelete,
  mapCompareAndSwap,
  mapDelete,
  mapLoadAndDelete,
  mapLoadOrStore,
  mapStore,
  mapSwap,
} from "../../../assembly/map/operations";
import { cutBegin, KEY_IS_INTEGER, rangeBegin, walkNext } from "../../../assembly/map/walk";
import { mapSnapshot } from "../../../assembly/snapshot/publish";
import { snapshotLimit, snapshotPin, snapshotUnpin } from "../../../assembly/snapshot/region";
import {
  snapshotFind,
  snapshotFindSize,
  snapshotValidate,
} from "../../../assembly/snapshot/validate";

/** Places in an agent's scratch area: how far a loop is, a key's bytes, values, a cursor. */
const SCRATCH_KEY: usize = 16;
const SCRATCH_NEW: usize = 64;
const SCRATCH_OLD: usize = 512;
const SCRATCH_CURSOR: usize = 1024;

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

let random: u32 = 1;

function next(): u32 {
  random ^= random << 13;
  random ^= random >> 17;
  random ^= random << 5;
  return random;
}

/**
 * `count` random changes of all kinds over `keys` keys as `agent`, whose 2 KiB of scratch begin
 * with the number of those done. What is answered is looked at under a pin. Refusals for want
 * of room are none of its business; the map counts them.
 */
export function writeLoop(
  map: usize,
  agent: i32,
  scratch: usize,
  count: i32,
  keys: u32,
  seed: u32,
): i32 {
  random = seed;
  let broken = 0;
  for (let i = 0; i < count; i++) {
    atomic.store<u32>(scratch, <u32>i);
    const key = next() % keys;
    const size = 8 + 4 * <i32>(next() % 60);
    valueFill(scratch + SCRATCH_NEW, size, key, next());
    mapPin(map, agent);
    const answer = changeOnce(map, agent, scratch, key, size, next() % 8);
    if (answer > 1 && !isWhole(answer & ~MAP_WAS_LOADED, key)) broken++;
    if (answer < 0 && answer != STATUS_FULL) broken++;
    mapUnpin(map, agent);
  }
  return broken;
}

/** One change; the offset of the value it was answered with, or 0, 1 or a status. */
function changeOnce(map: usize, agent: i32, scratch: usize, key: u32, size: i32, kind: u32): i32 {
  const value = scratch + SCRATCH_NEW;
  const old = scratch + SCRATCH_OLD;
  const bytes = scratch + SCRATCH_KEY;
  const keySize = putKey(bytes, key);
  const isBytes = <bool>(key & 1);
  if (kind == 0) {
    const status = isBytes
      ? mapDeleteBytes(map, agent, bytes, keySize)
      : mapDelete(map, agent, key);
    return max<i32>(status, 0); // ABSENT is no error here
  }
  if (kind == 1) {
    return isBytes
      ? mapLoadAndDeleteBytes(map, agent, bytes, keySize)
      : mapLoadAndDelete(map, agent, key);
  }
  if (kind == 2) {
    return isBytes
      ? mapSwapBytes(map, agent, bytes, keySize, value, size)
      : mapSwap(map, agent, key, value, size);
  }
  if (kind == 3) {
    return isBytes
      ? mapLoadOrStoreBytes(map, agent, bytes, keySize, value, size)
      : mapLoadOrStore(map, agent, key, value, size);
  }
  if (kind < 6) {
    return isBytes
      ? mapStoreBytes(map, agent, bytes, keySize, value, size)
      : mapStore(map, agent, key, value, size);
  }
  const present = find(map, agent, bytes, key);
  if (present == 0) return 0;
  const oldSize = valueSize(present);
  memory.copy(old, present, oldSize);
  if (kind == 6) {
    return isBytes
      ? mapCompareAndSwapBytes(map, agent, bytes, keySize, old, oldSize, value, size)
      : mapCompareAndSwap(map, agent, key, old, oldSize, value, size);
  }
  return isBytes
    ? mapCompareAndDeleteBytes(map, agent, bytes, keySize, old, oldSize)
    : mapCompareAndDelete(map, agent, key, old, oldSize);
}

/** `count` rounds as `agent`: loads of all keys, a walk, and a cut that is walked twice. */
export function readLoop(map: usize, agent: i32, scratch: usize, count: i32, keys: u32): i32 {
  let broken = 0;
  const cursor = scratch + SCRATCH_CURSOR;
  for (let i = 0; i < count; i++) {
    mapPin(map, agent);
    for (let key: u32 = 0; key < keys; key++) {
      const value = find(map, agent, scratch + SCRATCH_KEY, key);
      if (value != 0 && !isWhole(<i32>value, key)) broken++;
    }
    rangeBegin(cursor);
    while (walkNext(map, cursor)) {
      if (!isWhole(load<i32>(cursor, MAP_CURSOR_VALUE), keyOf(cursor))) broken++;
    }
    mapUnpin(map, agent);
    if (cutTake(map, agent) < 0) return -1;
    const first = walkCut(map, agent, scratch, false);
    const second = walkCut(map, agent, scratch, true);
    if (first < 0 || first != second) broken++;
    cutEnd(map, agent);
  }
  return broken;
}

/** The sum of a cut's offsets; -1 if a value is not whole, or not what its key finds. */
function walkCut(map: usize, agent: i32, scratch: usize, isByKey: bool): i64 {
  const cursor = scratch + SCRATCH_CURSOR;
  const bytes = scratch + SCRATCH_KEY;
  let sum: i64 = 0;
  cutBegin(cursor, agent);
  while (walkNext(map, cursor)) {
    const value = load<u32>(cursor, MAP_CURSOR_VALUE);
    const key = keyOf(cursor);
    if (!isWhole(<i32>value, key)) return -1;
    sum += <i64>value * (key + 1);
    if (!isByKey) continue;
    const size = putKey(bytes, key);
    const found = key & 1 ? cutLoadBytes(map, agent, bytes, size) : cutLoad(map, agent, key);
    if (found != <usize>value) return -1;
  }
  return sum;
}

/** `count` snapshots of the integers in the map, as `agent`; how many were refused. */
export function publishLoop(map: usize, agent: i32, region: usize, count: i32): i32 {
  let refused = 0;
  for (let i = 0; i < count; i++) {
    if (mapSnapshot(map, agent, region, 0, u64.MAX_VALUE, i, 1) < 0) refused++;
  }
  return refused;
}

/** `count` snapshots read in place; a sequence that goes back is not whole either. */
export function snapshotLoop(region: usize, reader: i32, count: i32, keys: u32): i32 {
  let broken = 0;
  let sequence: u32 = 0;
  for (let i = 0; i < count; i++) {
    const base = snapshotPin(region, reader);
    if (base != 0) {
      if (snapshotValidate(base, snapshotLimit(region)) != 0) broken++;
      if (load<u32>(base, 8) < sequence) broken++;
      sequence = load<u32>(base, 8);
      for (let key: u64 = 0; key < <u64>keys; key++) {
        const value = snapshotFind(base, key);
        if (value == 0) continue;
        if (!valueIsWhole(value, snapshotFindSize(base, key), key)) broken++;
      }
    }
    snapshotUnpin(region, reader);
  }
  return broken;
}

function isWhole(value: i32, key: u32): bool {
  return valueIsWhole(<usize>value, valueSize(<usize>value), key);
}

function find(map: usize, agent: i32, bytes: usize, key: u32): usize {
  if (!(key & 1)) return mapLoad(map, agent, key);
  return mapLoadBytes(map, agent, bytes, putKey(bytes, key));
}

/** The bytes of an odd key: itself and zeros, 4 to 16 together; how many. */
function putKey(bytes: usize, key: u32): i32 {
  store<u64>(bytes, key);
  store<u64>(bytes, 0, 8);
  return 4 + <i32>(key % 13);
}

function keyOf(cursor: usize): u32 {
  const key = load<u32>(cursor, MAP_CURSOR_KEY);
  return load<i32>(cursor, MAP_CURSOR_KEY_SIZE) == KEY_IS_INTEGER ? key : load<u32>(<usize>key);
}
