// A node program that does nothing but work on a map: seeded random operations of every kind by two
// agents, the same on every target.
//
// Every answer, offsets included, goes into a running sum that is sent out each 512 operations; at
// the end all bytes of the map are sent. Two targets whose frames are equal did the same in every
// step. The configuration is three words: seed, operations, bytes of the arena.
import { MAP_CURSOR_VALUE, MAP_VALUE_CURSOR_SIZE, STATUS_END } from "../../../assembly/base/spec";
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
import {
  mapArenaUsed,
  mapInit,
  mapLen,
  mapLoad,
  mapLoadBytes,
  mapPin,
  mapSize,
  mapUnpin,
  valueSize,
} from "../../../assembly/map/map";
import {
  mapCompareAndDelete,
  mapCompareAndSwap,
  mapDelete,
  mapLoadAndDelete,
  mapLoadOrStore,
  mapStore,
  mapSwap,
} from "../../../assembly/map/operations";
import { cutBegin, rangeBegin, walkNext } from "../../../assembly/map/walk";
import { mapClear, mapReclaim } from "../../../assembly/map/whole";
import { configRead, linkWrite } from "../../../firmware/node/port";

const AGENTS: i32 = 2;
const KEYS: u32 = 96;
const BATCH: i32 = 64;
const SUM_EVERY: u32 = 512;
const FRAME_SIZE: usize = 1024;

/** Configuration, then key, cursor, old value and new value; the map behind them. */
const CONFIG: usize = 4096;
const SUM: usize = 4112;
const KEY: usize = 4128;
const CURSOR: usize = 4160;
const OLD: usize = CURSOR + <usize>MAP_VALUE_CURSOR_SIZE;
const VALUE: usize = OLD + 16;
const VALUE_SIZE_MAX: i32 = 4100;

let map: usize = 0;
let mapBytes: usize = 0;
let sent: usize = 0;
let random: u32 = 0;
let sum: u32 = 0;
let done: u32 = 0;
let sizeMax: u32 = 0;
let holdsCut: i32 = 0;

export function init(): i32 {
  configRead(CONFIG, 12);
  random = load<u32>(CONFIG) | 1;
  const arena = load<i32>(CONFIG, 8);
  // Small arenas get small values, and room beside them for the frames of the large ones only.
  sizeMax = <u32>min<i32>(arena >> 5, VALUE_SIZE_MAX);
  map = (VALUE + <usize>sizeMax + 63) & ~63;
  mapBytes = <usize>mapSize(<i32>KEYS, arena, AGENTS);
  const status = mapInit(map, <i32>KEYS, arena, AGENTS);
  return status < 0 ? status : 12000;
}

export function tick(): void {}

/** A batch of operations, then a frame of the map, a step. */
export function step(): i32 {
  if (done < load<u32>(CONFIG, 4)) {
    for (let i = 0; i < BATCH; i++) operation();
    return 1;
  }
  if (sent >= mapBytes) return STATUS_END;
  const status = linkWrite(map + sent, <i32>min<usize>(FRAME_SIZE, mapBytes - sent));
  if (status < 0) return status;
  sent += FRAME_SIZE;
  return 1;
}

function next(below: u32): u32 {
  random ^= random << 13;
  random ^= random >> 17;
  random ^= random << 5;
  return random % below;
}

function add(answer: u32): void {
  sum = (rotl<u32>(sum, 5) ^ answer) * 0x9e3779b1;
}

function addBytes(at: usize, size: i32): void {
  for (let i = 0; i < size; i++) add(load<u8>(at + <usize>i));
}

function addValue(value: i32): void {
  add(<u32>value);
  if (value > 0) addBytes(<usize>value, valueSize(<usize>value));
}

function operation(): void {
  const agent = <i32>next(<u32>AGENTS);
  const kind = next(1000);
  if (kind < 950) oneKey(agent, kind % 9);
  else if (kind < 975) walk(agent);
  else if (kind < 990) cut(agent);
  else if (kind < 996) add(<u32>mapReclaim(map, agent));
  else if (kind < 997) add(<u32>mapClear(map, agent));
  else add(<u32>mapLen(map) ^ <u32>mapArenaUsed(map));
  if (++done % SUM_EVERY != 0) return;
  store<u32>(SUM, sum);
  linkWrite(SUM, 16);
}

/** One operation on a key, by its number or, one time in three, by its name. */
function oneKey(agent: i32, kind: u32): void {
  const key = next(KEYS);
  const isBytes = next(3) == 0;
  for (let i: usize = 0; i < 24; i++) store<u8>(KEY + i, <u8>(key + <u32>i));
  const size = fillValue();
  if (kind == 0 || kind == 8) {
    read(agent, key, isBytes);
    return;
  }
  mapPin(map, agent); // the answer's value is read behind the operation
  const oldSize = takeOld(agent, key, isBytes);
  if (isBytes) changeBytes(agent, kind, <i32>(key % 24), oldSize, size);
  else changeInteger(agent, kind, <u64>key * 0x100000001, oldSize, size);
  mapUnpin(map, agent);
}

function read(agent: i32, key: u32, isBytes: bool): void {
  mapPin(map, agent);
  const value = isBytes
    ? mapLoadBytes(map, agent, KEY, <i32>(key % 24))
    : mapLoad(map, agent, <u64>key * 0x100000001);
  addValue(<i32>value);
  mapUnpin(map, agent);
}

function changeInteger(agent: i32, kind: u32, key: u64, oldSize: i32, size: i32): void {
  if (kind == 1) add(<u32>mapStore(map, agent, key, VALUE, size));
  else if (kind == 2) addValue(mapSwap(map, agent, key, VALUE, size));
  else if (kind == 3) addValue(mapLoadOrStore(map, agent, key, VALUE, size) & ~1);
  else if (kind == 4) addValue(mapLoadAndDelete(map, agent, key));
  else if (kind == 5) add(<u32>mapDelete(map, agent, key));
  else if (kind == 6) {
    add(<u32>mapCompareAndSwap(map, agent, key, OLD, oldSize, VALUE, size));
  } else add(<u32>mapCompareAndDelete(map, agent, key, OLD, oldSize));
}

function changeBytes(agent: i32, kind: u32, keySize: i32, oldSize: i32, size: i32): void {
  if (kind == 1) add(<u32>mapStoreBytes(map, agent, KEY, keySize, VALUE, size));
  else if (kind == 2) addValue(mapSwapBytes(map, agent, KEY, keySize, VALUE, size));
  else if (kind == 3) {
    addValue(mapLoadOrStoreBytes(map, agent, KEY, keySize, VALUE, size) & ~1);
  } else if (kind == 4) addValue(mapLoadAndDeleteBytes(map, agent, KEY, keySize));
  else if (kind == 5) add(<u32>mapDeleteBytes(map, agent, KEY, keySize));
  else if (kind == 6) {
    add(<u32>mapCompareAndSwapBytes(map, agent, KEY, keySize, OLD, oldSize, VALUE, size));
  } else add(<u32>mapCompareAndDeleteBytes(map, agent, KEY, keySize, OLD, oldSize));
}

/** Fills the new value; its size, one time in 64 one that the map refuses. */
function fillValue(): i32 {
  if (next(64) == 0) return next(2) == 0 ? 7 : 4097;
  const size = 8 + <i32>(next(8) == 0 ? next(sizeMax - 8) : next(min<u32>(56, sizeMax - 8)));
  const seed = next(0x7fffffff);
  for (let i = 0; i < size; i += 4) store<u32>(VALUE + <usize>i, seed + <u32>i);
  return size;
}

/** The old value to compare with: half of the time that of the key, if it is short enough. */
function takeOld(agent: i32, key: u32, isBytes: bool): i32 {
  const value = isBytes
    ? mapLoadBytes(map, agent, KEY, <i32>(key % 24))
    : mapLoad(map, agent, <u64>key * 0x100000001);
  if (value == 0 || next(2) == 0 || valueSize(value) > 16) return 8;
  memory.copy(OLD, value, <usize>valueSize(value));
  return valueSize(value);
}

/** Range over the map, or over the cut if one is held. */
function walk(agent: i32): void {
  mapPin(map, agent);
  if (holdsCut != 0 && next(2) == 0) cutBegin(CURSOR, holdsCut - 1);
  else rangeBegin(CURSOR);
  while (walkNext(map, CURSOR) == 1) addValue(load<i32>(CURSOR, MAP_CURSOR_VALUE));
  mapUnpin(map, agent);
}

/** Takes a cut, or reads in it, or gives it up. */
function cut(agent: i32): void {
  if (holdsCut == 0) {
    add(<u32>cutTake(map, agent));
    holdsCut = agent + 1;
  } else if (next(3) == 0) {
    cutEnd(map, holdsCut - 1);
    holdsCut = 0;
  } else {
    const key = next(KEYS);
    for (let i: usize = 0; i < 24; i++) store<u8>(KEY + i, <u8>(key + <u32>i));
    addValue(<i32>cutLoad(map, holdsCut - 1, <u64>key * 0x100000001));
    addValue(<i32>cutLoadBytes(map, holdsCut - 1, KEY, <i32>(key % 24)));
  }
}
