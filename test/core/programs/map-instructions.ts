// A node program that is no node: one operation of the map, many times a step, for test/bench.
//
// The configuration record says which: PUBLISHER_ID holds the kind in its low byte and the size of
// the values above, WINDOW_LIMIT the measured steps. A step that answers 0 prepares and is not
// measured (runtime.c), one that answers 1 does KEYS operations; kind EMPTY does the loop alone.
import {
  NODE_CONFIG_PUBLISHER_ID,
  NODE_CONFIG_VALUE_SIZE,
  NODE_CONFIG_WINDOW_LIMIT,
  STATUS_END,
  STATUS_FULL,
} from "../../../assembly/base/spec";
import { cutEnd, cutTake } from "../../../assembly/map/cut";
import { mapInit, mapLoad, mapPin, mapSize, mapUnpin } from "../../../assembly/map/map";
import { mapDelete, mapStore } from "../../../assembly/map/operations";
import { cutBegin, rangeBegin, walkNext } from "../../../assembly/map/walk";
import { mapReclaim } from "../../../assembly/map/whole";
import { regionAllocate, regionsInit } from "../../../assembly/memory/regions";
import { configRead, memorySize } from "../../../firmware/node/port";

// The map of a node (firmware/node/entries.ts), three quarters full.
const CAPACITY = 64;
const ARENA_SIZE = 16384;
const AGENTS = 3;
const KEYS: i32 = 48;
const SAMPLE_RATE_HZ = 1_000;

// Kinds, in the order of test/bench/map-board.bench.ts.
// EMPTY is 0: whatever has no branch of its own.
const LOAD_HIT = 1;
const LOAD_DIRTY = 2;
const LOAD_MISS = 3;
const STORE_REPLACE = 4;
const STORE_NEW = 5;
const DELETE = 6;
const PIN = 7;
const CUT = 8;
const RANGE = 9;
const CUT_WALK = 10;

let map: usize = 0;
let value: usize = 0;
let cursor: usize = 0;
let sink: usize = 0;
let kind: u32 = 0;
let size: i32 = 8;
let steps: u32 = 0;
let limit: u32 = 0;
let isPrepared = false;

export function init(): i32 {
  regionsInit(__heap_base, memorySize());
  const config = regionAllocate(NODE_CONFIG_VALUE_SIZE);
  map = regionAllocate(mapSize(CAPACITY, ARENA_SIZE, AGENTS), 64);
  value = regionAllocate(4096);
  cursor = regionAllocate(128);
  sink = regionAllocate(8);
  configRead(config, NODE_CONFIG_VALUE_SIZE);
  kind = load<u32>(config, NODE_CONFIG_PUBLISHER_ID) & 255;
  size = <i32>(load<u32>(config, NODE_CONFIG_PUBLISHER_ID) >> 8);
  limit = load<u32>(config, NODE_CONFIG_WINDOW_LIMIT);
  if (mapInit(map, CAPACITY, ARENA_SIZE, AGENTS) < 0) return STATUS_FULL;
  return SAMPLE_RATE_HZ;
}

export function tick(): void {}

export function step(): i32 {
  if (steps == limit) return STATUS_END;
  if (!isPrepared) {
    isPrepared = true;
    return prepare();
  }
  isPrepared = false;
  steps++;
  return measured();
}

function key(i: i32): u64 {
  return 0x01020304_00010000 | <u64>i;
}

/** All keys there and promoted; for STORE_NEW none, for LOAD_DIRTY each behind its word. 0. */
function prepare(): i32 {
  if (kind == STORE_NEW || kind == LOAD_DIRTY) {
    for (let i = 0; i < KEYS; i++) mapDelete(map, 0, key(i));
    mapReclaim(map, 0);
  }
  if (kind == STORE_NEW) return 0;
  for (let i = 0; i < KEYS; i++) {
    const status = mapStore(map, 0, key(i), value, size);
    if (status < 0) return status;
  }
  if (kind != LOAD_DIRTY) {
    // Each bucket is promoted after as many loads as it has dirty entries.
    mapPin(map, 0);
    for (let i = 0; i < 8 * KEYS; i++) mapLoad(map, 0, key(i % KEYS));
    mapUnpin(map, 0);
  }
  return 0;
}

/** KEYS operations: 1, or what one of them was refused with. */
function measured(): i32 {
  let status = 1;
  let sum: u32 = 0;
  if (kind == LOAD_HIT || kind == LOAD_DIRTY || kind == LOAD_MISS) {
    const base = kind == LOAD_MISS ? 1000 : 0;
    mapPin(map, 0);
    for (let i = 0; i < KEYS; i++) sum += <u32>mapLoad(map, 0, key(base + i));
    mapUnpin(map, 0);
  } else if (kind == STORE_REPLACE || kind == STORE_NEW) {
    for (let i = 0; i < KEYS; i++) status = min(status, mapStore(map, 0, key(i), value, size) + 1);
  } else if (kind == DELETE) {
    for (let i = 0; i < KEYS; i++) status = min(status, mapDelete(map, 0, key(i)) + 1);
  } else if (kind == PIN) {
    for (let i = 0; i < KEYS; i++) {
      mapPin(map, 0);
      mapUnpin(map, 0);
    }
  } else if (kind == CUT) {
    for (let i = 0; i < KEYS; i++) {
      status = min(status, cutTake(map, 0) + 1);
      cutEnd(map, 0);
    }
  } else if (kind == RANGE || kind == CUT_WALK) {
    status = walked(kind == CUT_WALK);
  } else {
    for (let i = 0; i < KEYS; i++) sum += <u32>key(i);
  }
  store<u32>(sink, sum);
  return status;
}

/** Shows all keys: 1, or STATUS_FULL if they are not KEYS. */
function walked(isCut: bool): i32 {
  let count = 0;
  if (isCut) cutTake(map, 0);
  else mapPin(map, 0);
  if (isCut) cutBegin(cursor, 0);
  else rangeBegin(cursor);
  while (walkNext(map, cursor)) count++;
  if (isCut) cutEnd(map, 0);
  else mapUnpin(map, 0);
  return count == KEYS ? 1 : STATUS_FULL;
}
