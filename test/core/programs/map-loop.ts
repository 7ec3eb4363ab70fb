// A node program that only uses the map: `npm run bench:map` counts the instructions of a board.
//
// Two words of its configuration record say what: at FLAGS the kind of operation, at PUBLISHER_ID
// how many of them a step does. Map and keys are as a node has them.
import {
  LIMIT_NODE_ENTRIES_MAX,
  NODE_CONFIG_FLAGS,
  NODE_CONFIG_PUBLISHER_ID,
  NODE_CONFIG_VALUE_SIZE,
  STATUS_END,
} from "../../../assembly/base/spec";
import { mapInit, mapLoad, mapPin, mapSize, mapUnpin } from "../../../assembly/map/map";
import { mapDelete, mapStore } from "../../../assembly/map/operations";
import { regionAllocate, regionsInit } from "../../../assembly/memory/regions";
import { configRead, memorySize } from "../../../firmware/node/port";

const record = memory.data(NODE_CONFIG_VALUE_SIZE, 8);
const STEPS: i32 = 20;
const KEYS: u32 = 32;
const FIRST_KEY: u64 = (1 << 32) | (1 << 16);
const AGENTS: i32 = 3;
const ARENA_SIZE: i32 = 16384;
/** A rate at which the sampling interrupt does not come within a step. */
const SAMPLE_RATE_HZ: i32 = 100;

let map: usize = 0;
let scratch: usize = 0;
let steps: i32 = 0;
let sum: u32 = 0;

export function init(): i32 {
  configRead(record, NODE_CONFIG_VALUE_SIZE);
  regionsInit(__heap_base, memorySize());
  map = regionAllocate(mapSize(LIMIT_NODE_ENTRIES_MAX, ARENA_SIZE, AGENTS), 64);
  scratch = regionAllocate(64);
  const status = mapInit(map, LIMIT_NODE_ENTRIES_MAX, ARENA_SIZE, AGENTS);
  if (status < 0) return status;
  for (let i: u32 = 0; i < KEYS; i++) put(FIRST_KEY + <u64>i, 64);
  // Every key a few times, so that buckets which are still dirty are promoted by their misses.
  for (let i: u32 = 0; i < 8 * KEYS; i++) sum += first(FIRST_KEY + <u64>(i & (KEYS - 1)));
  return SAMPLE_RATE_HZ;
}

export function tick(): void {}

export function step(): i32 {
  if (steps++ == STEPS) return STATUS_END;
  const kind = load<i32>(record, NODE_CONFIG_FLAGS);
  const count = load<u32>(record, NODE_CONFIG_PUBLISHER_ID);
  if (kind == 1) mapPin(map, 0);
  for (let i: u32 = 0; i < count; i++) {
    const key = FIRST_KEY + <u64>(i & (KEYS - 1));
    if (kind == 0) sum += <u32>key;
    if (kind == 1) sum += loaded(key);
    if (kind == 2) sum += first(key);
    if (kind == 3) sum += first(key + KEYS);
    if (kind == 4) put(key, 8);
    if (kind == 5) put(key, 64);
    if (kind == 6 && (mapDelete(map, 0, key) < 0 || put(key, 64) < 0)) return -1;
  }
  if (kind == 1) mapUnpin(map, 0);
  return 1;
}

function first(key: u64): u32 {
  mapPin(map, 0);
  const word = loaded(key);
  mapUnpin(map, 0);
  return word;
}

function loaded(key: u64): u32 {
  const value = mapLoad(map, 0, key);
  return value == 0 ? 0 : load<u32>(value);
}

function put(key: u64, size: i32): i32 {
  store<u32>(scratch, sum);
  return mapStore(map, 0, key, scratch, size);
}
