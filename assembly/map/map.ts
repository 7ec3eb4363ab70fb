// The entry map: what sync.Map of Go can do, over one region of linear memory, without a GC.
//
// First storey. One writer agent changes the map; any number of readers, threads and interrupt
// handlers that interrupt the writer included, load and range at any time and never wait: a ready
// word is swung from one immutable value to the next by one compare-exchange, and a half-written
// entry is passed over. Readers pin (pin.ts) while they use an offset; the writer's own loads need
// no pin until its next changing call. Places of deleted keys return by the rebuild (rebuild.ts),
// values by the retired queue (arena.ts). Layout: spec/memory.md. Answers: an i32 below 0 is a
// status, else an offset or a count; offsets lie below 2^31.
import {
  ENTRY_STATE_DELETED,
  ENTRY_STATE_READY,
  ENTRY_STATE_WRITING,
  LIMIT_ALIGNMENT,
  LIMIT_VALUE_SIZE_MAX,
  LIMIT_VALUE_SIZE_MIN,
  MAP_ARENA_USED,
  MAP_BLOCK_VALUE_SIZE,
  MAP_CAPACITY,
  MAP_CURRENT,
  MAP_ENTRY_WORD,
  MAP_EPOCH,
  MAP_LENGTH,
  MAP_MAGIC,
  MAP_OTHER,
  MAP_OTHER_TAG,
  MAP_OTHER_USED,
  MAP_PHASE,
  MAP_PHASE_IDLE,
  MAP_REFUSED_FULL,
  MAP_TABLE_COUNT,
  MAP_TABLES,
  MAP_USED,
  MAP_VALUE_BLOCK_HEADER_SIZE,
  MAP_VALUE_ENTRY_SIZE,
  MAP_VALUE_MAGIC,
  MAP_VALUE_RECLAIM_CHUNK,
  STATUS_ABSENT,
  STATUS_BAD_CONFIG,
  STATUS_BUSY,
  STATUS_FULL,
  STATUS_MISALIGNED,
  STATUS_OK,
  STATUS_TOO_LONG,
  STATUS_TRUNCATED,
} from "../base/spec";
import {
  arenaAllocate,
  arenaBlockSize,
  arenaFree,
  arenaInit,
  arenaReclaim,
  arenaRetire,
} from "./arena";
import { entryOffset, entryReplace, entryState, entryStep, entryWord } from "./entry";
import { epochAdvance, pinHorizon } from "./pin";
import {
  mapCount,
  mapStep,
  otherIsFree,
  rebuildAdvance,
  rebuildFinish,
  rebuildMirror,
  tablesExchange,
} from "./rebuild";
import { placeWord, tableClaim, tableFind, tablePlace } from "./table";

/** Set in mapLoadOrStore's answer if the value was there already; the rest is its offset. */
export const MAP_WAS_LOADED: i32 = 1;

const CAPACITY_MAX: i32 = 1 << 20;
const ARENA_SIZE_MAX: i32 = 1 << 30;
const EPOCH_FIRST: u32 = 3;

/** Bytes of the arena that one value of `size` bytes takes, its header included. */
export function mapValueCost(size: i32): i32 {
  return <i32>arenaBlockSize(size);
}

/**
 * Bytes that a map for `capacity` keys (1 to 2^20) and `arenaSize` bytes of blocks (multiple of 8)
 * takes; STATUS_BAD_CONFIG outside of that. A value is written before the old one is given back,
 * and a pinned reader holds back all that is retired meanwhile: give the arena room for the values
 * twice.
 */
export function mapSize(capacity: i32, arenaSize: i32): i32 {
  if (capacity < 1 || capacity > CAPACITY_MAX) return STATUS_BAD_CONFIG;
  if (arenaSize < 32 || arenaSize > ARENA_SIZE_MAX || arenaSize & 7) return STATUS_BAD_CONFIG;
  return MAP_TABLES + 2 * tableCount(capacity) * MAP_VALUE_ENTRY_SIZE + arenaSize;
}

/**
 * Lays out an empty map at `map`, a cleared region of mapSize(capacity, arenaSize) bytes.
 * STATUS_OK, STATUS_MISALIGNED or STATUS_BAD_CONFIG. Called by init only.
 */
export function mapInit(map: usize, capacity: i32, arenaSize: i32): i32 {
  const size = mapSize(capacity, arenaSize);
  if (size < 0) return size;
  if (map & (LIMIT_ALIGNMENT - 1)) return STATUS_MISALIGNED;
  const count = tableCount(capacity);
  const tableSize = <usize>(count * MAP_VALUE_ENTRY_SIZE);
  const tables = map + MAP_TABLES;
  store<u32>(map, MAP_VALUE_MAGIC, MAP_MAGIC);
  store<u32>(map, <u32>capacity, MAP_CAPACITY);
  store<u32>(map, <u32>count, MAP_TABLE_COUNT);
  store<u32>(map, <u32>tables, MAP_CURRENT);
  store<u32>(map, <u32>(tables + tableSize), MAP_OTHER);
  store<u32>(map, EPOCH_FIRST, MAP_EPOCH);
  store<u32>(map, EPOCH_FIRST - 2, MAP_OTHER_TAG);
  const arena = tables + 2 * tableSize;
  arenaInit(map, arena, arena + <usize>arenaSize);
  return STATUS_OK;
}

/**
 * Offset of the value of `key`, 0 if absent. Any agent that has pinned, or the writer. Never waits.
 */
export function mapLoad(map: usize, key: u64): usize {
  const place = tableFind(current(map), load<u32>(map, MAP_TABLE_COUNT), key);
  // The word may have moved on since the probe: to a newer value, or to deleted, which keeps the
  // offset of the last value. Either was the key's value at some moment of this call.
  return place == 0 ? 0 : entryOffset(placeWord(place));
}

/** Bytes of the value at `offset`. Whoever may use the offset. */
export function valueSize(offset: usize): i32 {
  return load<i32>(offset - MAP_VALUE_BLOCK_HEADER_SIZE, MAP_BLOCK_VALUE_SIZE);
}

/**
 * Sets the value of `key` to the `size` bytes (8 to 4,096) at `source`. STATUS_OK; STATUS_FULL if
 * there is no room for the key or the value, STATUS_TOO_LONG, STATUS_TRUNCATED (below 8): the map
 * is then as it was. Writer only. Cost: the probe, copying the value, and at most MAP_VALUE_CHUNK
 * places of the rebuild.
 */
export function mapStore(map: usize, key: u64, source: usize, size: i32): i32 {
  const previous = mapSwap(map, key, source, size);
  return previous < 0 ? previous : STATUS_OK;
}

/**
 * Like mapStore, but answers with the offset of the value that it replaced, 0 if there was none;
 * that value lasts until the writer's next changing call, longer under a pin. Writer only.
 */
export function mapSwap(map: usize, key: u64, source: usize, size: i32): i32 {
  const fits = checkSize(size);
  if (fits != STATUS_OK) return fits;
  advance(map);
  const place = find(map, key);
  return place == 0 ? insert(map, key, source, size) : replace(map, key, place, source, size);
}

/**
 * Offset of the value of `key`, with MAP_WAS_LOADED set in it; if absent, stores the bytes at
 * `source` and answers with their offset, the bit clear. Below 0: as mapStore. Writer only.
 */
export function mapLoadOrStore(map: usize, key: u64, source: usize, size: i32): i32 {
  const found = mapLoad(map, key);
  if (found != 0) return <i32>found | MAP_WAS_LOADED;
  const status = mapStore(map, key, source, size);
  return status < 0 ? status : <i32>mapLoad(map, key);
}

/**
 * Takes `key` out and answers with the offset of its last value, 0 if it was absent; lasts as with
 * mapSwap. Writer only.
 */
export function mapLoadAndDelete(map: usize, key: u64): i32 {
  advance(map);
  const place = find(map, key);
  return place == 0 ? 0 : remove(map, key, place);
}

/** Takes `key` out: STATUS_OK, or STATUS_ABSENT and nothing has changed. Writer only. */
export function mapDelete(map: usize, key: u64): i32 {
  return mapLoadAndDelete(map, key) == 0 ? STATUS_ABSENT : STATUS_OK;
}

/**
 * Replaces the value of `key` if it equals the `oldSize` bytes at `old`: 1 if so, 0 if it differs
 * or the key is absent, which never matches, whatever `old` is. Below 0: as mapStore. Writer only.
 */
export function mapCompareAndSwap(
  map: usize,
  key: u64,
  old: usize,
  oldSize: i32,
  source: usize,
  size: i32,
): i32 {
  const fits = checkSize(size);
  if (fits != STATUS_OK) return fits;
  advance(map);
  const place = find(map, key);
  if (place == 0 || !valueEquals(place, old, oldSize)) return 0;
  const previous = replace(map, key, place, source, size);
  return previous < 0 ? previous : 1;
}

/**
 * Takes `key` out if its value equals the `oldSize` bytes at `old`: 1 if so, else 0. Writer only.
 */
export function mapCompareAndDelete(map: usize, key: u64, old: usize, oldSize: i32): i32 {
  advance(map);
  const place = find(map, key);
  if (place == 0 || !valueEquals(place, old, oldSize)) return 0;
  return remove(map, key, place) > 0 ? 1 : 0;
}

/**
 * Takes all keys out at one moment. STATUS_OK, or STATUS_BUSY and the map as it was, if a reader
 * has been pinned since before the last rebuild. Writer only. Cost: the size of a table.
 */
export function mapClear(map: usize): i32 {
  if (load<u32>(map, MAP_LENGTH) == 0) return STATUS_OK;
  const horizon = pinHorizon(map);
  // A rebuild under way has found the other table free already; it is given up.
  const idle = load<u32>(map, MAP_PHASE) == MAP_PHASE_IDLE;
  if (idle && !otherIsFree(map, horizon)) return STATUS_BUSY;
  const count = load<u32>(map, MAP_TABLE_COUNT);
  const old = current(map);
  memory.fill(<usize>load<u32>(map, MAP_OTHER), 0, <usize>(count * MAP_VALUE_ENTRY_SIZE));
  store<u32>(map, 0, MAP_OTHER_USED);
  const epoch = tablesExchange(map);
  lengthSet(map, 0);
  for (let index: u32 = 0; index < count; index++) {
    const word = placeWord(tablePlace(old, index));
    if (entryState(word) != ENTRY_STATE_READY) continue;
    arenaRetire(map, entryOffset(word) - MAP_VALUE_BLOCK_HEADER_SIZE, epoch);
  }
  return STATUS_OK;
}

/** Keys in the map; for a reader: at some moment of the call. Any agent. Cost: one load. */
export function mapLen(map: usize): i32 {
  // Order: acquire; pairs with lengthSet, for the count alone.
  return <i32>atomic.load<u32>(map, MAP_LENGTH);
}

/** Bytes of the arena that are not free: values and what waits for readers. Writer only. */
export function mapArenaUsed(map: usize): i32 {
  return load<i32>(map, MAP_ARENA_USED);
}

/** Frees all retired values that no reader can hold any more; how many. Writer only. */
export function mapReclaim(map: usize): i32 {
  return arenaReclaim(map, pinHorizon(map), i32.MAX_VALUE);
}

/** The table that readers use. */
export function current(map: usize): usize {
  // Order: acquire; pairs with tablesExchange and makes the table's entries visible.
  return <usize>atomic.load<u32>(map, MAP_CURRENT);
}

function tableCount(capacity: i32): i32 {
  let count = 16;
  while (count < capacity * 2) count <<= 1;
  return count;
}

function find(map: usize, key: u64): usize {
  return tableFind(current(map), load<u32>(map, MAP_TABLE_COUNT), key);
}

function checkSize(size: i32): i32 {
  if (size > LIMIT_VALUE_SIZE_MAX) return STATUS_TOO_LONG;
  return size < LIMIT_VALUE_SIZE_MIN ? STATUS_TRUNCATED : STATUS_OK;
}

/** The share of housekeeping that each changing operation does, before its own work. */
function advance(map: usize): void {
  const horizon = pinHorizon(map);
  arenaReclaim(map, horizon, MAP_VALUE_RECLAIM_CHUNK);
  rebuildAdvance(map, horizon);
}

function valueEquals(place: usize, bytes: usize, size: i32): bool {
  const value = entryOffset(placeWord(place));
  return valueSize(value) == size && memory.compare(value, bytes, <usize>size) == 0;
}

/** A block with a copy of the bytes; 0, counted, if there is no room even after reclaiming. */
function fill(map: usize, source: usize, size: i32): usize {
  let block = arenaAllocate(map, size);
  if (block == 0 && mapReclaim(map) > 0) block = arenaAllocate(map, size);
  if (block == 0) {
    mapCount(map, MAP_REFUSED_FULL);
    return 0;
  }
  const value = block + MAP_VALUE_BLOCK_HEADER_SIZE;
  memory.copy(value, source, <usize>size);
  return value;
}

function insert(map: usize, key: u64, source: usize, size: i32): i32 {
  if (load<u32>(map, MAP_LENGTH) >= load<u32>(map, MAP_CAPACITY)) {
    mapCount(map, MAP_REFUSED_FULL);
    return STATUS_FULL;
  }
  const value = fill(map, source, size);
  if (value == 0) return STATUS_FULL;
  const count = load<u32>(map, MAP_TABLE_COUNT);
  let place = tableClaim(current(map), count, key);
  if (place == 0 && rebuildFinish(map, pinHorizon(map))) {
    place = tableClaim(current(map), count, key);
  }
  if (place == 0) {
    arenaFree(map, value - MAP_VALUE_BLOCK_HEADER_SIZE);
    mapCount(map, MAP_REFUSED_FULL);
    return STATUS_FULL;
  }
  mapCount(map, MAP_USED);
  const ready = entryWord(value, ENTRY_STATE_READY);
  const status = mapStep(map, entryStep(place + MAP_ENTRY_WORD, ENTRY_STATE_WRITING, ready));
  if (status != STATUS_OK) return status;
  rebuildMirror(map, key, place, ready);
  lengthSet(map, load<u32>(map, MAP_LENGTH) + 1);
  return 0;
}

/** Swings the ready entry at `place` to a new value; the offset of the old one. */
function replace(map: usize, key: u64, place: usize, source: usize, size: i32): i32 {
  const value = fill(map, source, size);
  if (value == 0) return STATUS_FULL;
  const from = placeWord(place);
  const to = entryWord(value, ENTRY_STATE_READY);
  const status = mapStep(map, entryReplace(place + MAP_ENTRY_WORD, from, to));
  if (status != STATUS_OK) {
    arenaFree(map, value - MAP_VALUE_BLOCK_HEADER_SIZE);
    return status;
  }
  rebuildMirror(map, key, place, to);
  return retire(map, entryOffset(from));
}

/** Steps the ready entry at `place` to deleted; the offset of its value. */
function remove(map: usize, key: u64, place: usize): i32 {
  const from = placeWord(place);
  const to = entryWord(entryOffset(from), ENTRY_STATE_DELETED);
  const status = mapStep(map, entryStep(place + MAP_ENTRY_WORD, from, to));
  if (status != STATUS_OK) return 0;
  rebuildMirror(map, key, place, to);
  lengthSet(map, load<u32>(map, MAP_LENGTH) - 1);
  return retire(map, entryOffset(from));
}

function retire(map: usize, value: usize): i32 {
  arenaRetire(map, value - MAP_VALUE_BLOCK_HEADER_SIZE, epochAdvance(map));
  return <i32>value;
}

function lengthSet(map: usize, length: u32): void {
  // Order: release; pairs with mapLen, for the count alone.
  atomic.store<u32>(map, length, MAP_LENGTH);
}
