// Several threads on one map in translated C: each runs work() with an agent number of its own, the
// main thread runs step() behind them all.
//
// A value is a seed and words that follow from it and the key, so one that is torn, or reused under
// its reader, does not add up. No function here writes a global but init, and each agent has its
// own scratch memory, so what a race detector reports is the map's.
import { MAP_CURSOR_KEY, MAP_CURSOR_VALUE, STATUS_END } from "../../../assembly/base/spec";
import { cutEnd, cutTake } from "../../../assembly/map/cut";
import {
  mapArenaUsed,
  mapInit,
  mapLen,
  mapLoad,
  mapPin,
  mapUnpin,
  valueSize,
} from "../../../assembly/map/map";
import {
  mapCompareAndSwap,
  mapDelete,
  mapLoadOrStore,
  mapStore,
} from "../../../assembly/map/operations";
import { cutBegin, rangeBegin, walkNext } from "../../../assembly/map/walk";
import { mapClear, mapReclaim } from "../../../assembly/map/whole";
import { valueFill, valueIsWhole } from "../memory/stress";

const AGENTS: i32 = 4;
const KEYS: u32 = 200;
const ARENA_SIZE: i32 = 98304;
const SCRATCH: usize = 4096;
const SCRATCH_SIZE: usize = 1024;
const CURSOR: usize = 512;
const MAP: usize = 8192;

export function init(): i32 {
  const status = mapInit(MAP, <i32>KEYS, ARENA_SIZE, AGENTS);
  return status < 0 ? status : 12000;
}

export function tick(): void {}

/** `count` random operations as `agent`, one thread each; how many values were not whole. */
export function work(agent: i32, seed: u32, count: i32): i32 {
  const scratch = SCRATCH + <usize>agent * SCRATCH_SIZE;
  let random = seed | 1;
  let broken = 0;
  for (let i = 0; i < count; i++) {
    random ^= random << 13;
    random ^= random >> 17;
    random ^= random << 5;
    const key = <u64>((random >> 8) % KEYS);
    const kind = (random >> 20) % 64;
    const size = 8 + 4 * <i32>((random >> 4) % 24);
    valueFill(scratch, size, key, random);
    if (kind < 32) broken += read(agent, key);
    else if (kind < 48) mapStore(MAP, agent, key, scratch, size);
    else if (kind < 56) mapDelete(MAP, agent, key);
    else if (kind < 59) mapLoadOrStore(MAP, agent, key, scratch, size);
    else if (kind < 61) broken += swap(agent, key, scratch, size);
    else if (kind < 63) broken += walk(agent, scratch + CURSOR, (random & 1) != 0);
    else mapReclaim(MAP, agent);
    if (i % 4096 == 4095) mapClear(MAP, agent);
  }
  return broken;
}

/** Behind all threads: counts, clears and counts again; STATUS_END, or what is wrong. */
export function step(): i32 {
  let count = 0;
  mapPin(MAP, 0);
  rangeBegin(SCRATCH + CURSOR);
  while (walkNext(MAP, SCRATCH + CURSOR) == 1) count++;
  mapUnpin(MAP, 0);
  if (count != mapLen(MAP)) return -101;
  mapClear(MAP, 0);
  if (mapLen(MAP) != 0) return -102;
  // Each gives back what it has retired; what one still holds keeps the others' epoch back once.
  for (let round = 0; round < 3; round++) {
    for (let agent = 0; agent < AGENTS; agent++) mapReclaim(MAP, agent);
  }
  return mapArenaUsed(MAP) == 0 ? STATUS_END : -103;
}

function read(agent: i32, key: u64): i32 {
  mapPin(MAP, agent);
  const value = mapLoad(MAP, agent, key);
  const isWhole = value == 0 || valueIsWhole(value, valueSize(value), key);
  mapUnpin(MAP, agent);
  return isWhole ? 0 : 1;
}

function swap(agent: i32, key: u64, scratch: usize, size: i32): i32 {
  mapPin(MAP, agent);
  const value = mapLoad(MAP, agent, key);
  let isWhole = true;
  if (value != 0) {
    isWhole = valueIsWhole(value, valueSize(value), key);
    mapCompareAndSwap(MAP, agent, key, value, valueSize(value), scratch, size);
  }
  mapUnpin(MAP, agent);
  return isWhole ? 0 : 1;
}

/** Range, or all keys of a cut. */
function walk(agent: i32, cursor: usize, isCut: bool): i32 {
  let broken = 0;
  mapPin(MAP, agent);
  if (isCut) isCut = cutTake(MAP, agent) == 0;
  if (isCut) cutBegin(cursor, agent);
  else rangeBegin(cursor);
  while (walkNext(MAP, cursor) == 1) {
    const value = <usize>load<u32>(cursor, MAP_CURSOR_VALUE);
    if (!valueIsWhole(value, valueSize(value), load<u64>(cursor, MAP_CURSOR_KEY))) broken++;
  }
  if (isCut) cutEnd(MAP, agent);
  mapUnpin(MAP, agent);
  return broken;
}
