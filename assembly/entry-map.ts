// The map as a module of its own: what host/map calls, one instance a thread, over shared memory.
//
// An instance is bound to one agent of one map by `attach`, so that a call brings only what is the
// operation's own. Keys: `keySize` is -1 for the integer (low, high), two 32-bit halves because a
// 64-bit argument would be a bigint for JavaScript; else the bytes of the key stand in the agent's
// scratch area (spec/entry-map.md), as new values and values to compare with do. An answer below 0
// is a status. Only the agent's thread calls these.
import {
  MAP_AGENT_CUT,
  MAP_AGENT_DEPTH,
  MAP_CURSOR_VALUE,
  MAP_HEAD_VALUE_CURSOR_SIZE,
  MAP_SCRATCH_CURSORS,
  MAP_SCRATCH_KEY,
  MAP_SCRATCH_OLD,
  MAP_SCRATCH_VALUE,
  MAP_VALUE_CURSOR_SIZE,
  STATUS_OK,
  STATUS_UNPINNED,
} from "./base/spec";
import { arenaRelease } from "./map/arena";
import {
  mapCompareAndDeleteBytes,
  mapCompareAndSwapBytes,
  mapLoadAndDeleteBytes,
  mapLoadOrStoreBytes,
  mapSwapBytes,
} from "./map/bytes";
import { cutEnd, cutLoad, cutLoadBytes, cutTake } from "./map/cut";
import {
  mapArenaUsed,
  mapLen,
  mapLoad,
  mapLoadBytes,
  mapPin,
  mapUnpin,
  valueSize,
} from "./map/map";
import { markAll } from "./map/mark";
import {
  MAP_WAS_LOADED,
  mapCompareAndDelete,
  mapCompareAndSwap,
  mapLoadAndDelete,
  mapLoadOrStore,
  mapSwap,
} from "./map/operations";
import { agentRecord } from "./map/pin";
import { syncLoad } from "./map/sync";
import { cutBegin, rangeBegin, walkNext } from "./map/walk";
import { mapClear, mapReclaim, mapRecover } from "./map/whole";
import { pagesDirty, pagesFlush, pagesPass } from "./page/write-back";

export { mapInit, mapSize } from "./map/map";
export { batchCheck, batchRestore } from "./page/batch";
export { pagesClean, pagesInit, pagesSize } from "./page/write-back";

if (MAP_HEAD_VALUE_CURSOR_SIZE < MAP_VALUE_CURSOR_SIZE) ERROR("a cursor does not fit its place");

/** keySize of an integer key. */
const INTEGER: i32 = -1;

let map: usize = 0;
let agent: i32 = 0;
let scratch: usize = 0;

/** First free byte behind the static data, on a line of its own. */
export function heapBase(): usize {
  return (__heap_base + 63) & ~63;
}

/** Binds the instance to an agent, whose scratch area is at `area`. Before all others, once. */
export function attach(mapAt: usize, number: i32, area: usize): void {
  map = mapAt;
  agent = number;
  scratch = area;
}

/** Ends what the agent holds: its cut, its pins, room it has claimed and not used. */
export function leave(): void {
  const self = agentRecord(map, agent);
  if (syncLoad(self + MAP_AGENT_CUT) != 0) cutEnd(map, agent);
  while (load<u32>(self, MAP_AGENT_DEPTH) > 0) mapUnpin(map, agent);
  arenaRelease(map, self);
}

export function pin(): void {
  mapPin(map, agent);
}

export function unpin(): void {
  mapUnpin(map, agent);
}

/** Offset of the value of an integer key, 0 if absent. The agent has pinned. */
export function find(low: u32, high: u32): i32 {
  if (isDefined(MAP_CHECKED)) if (!isPinned()) return STATUS_UNPINNED;
  return <i32>mapLoad(map, agent, integer(low, high));
}

/** The same for the key of `keySize` bytes in the scratch area. */
export function findBytes(keySize: i32): i32 {
  if (isDefined(MAP_CHECKED)) if (!isPinned()) return STATUS_UNPINNED;
  return <i32>mapLoadBytes(map, agent, scratch + MAP_SCRATCH_KEY, keySize);
}

/** Copies the value of a key to the scratch area's OLD: its bytes, 0 if absent. Pins by itself. */
export function read(keySize: i32, low: u32, high: u32): i32 {
  mapPin(map, agent);
  const value =
    keySize == INTEGER
      ? mapLoad(map, agent, integer(low, high))
      : mapLoadBytes(map, agent, scratch + MAP_SCRATCH_KEY, keySize);
  const size = answer(<i32>value);
  mapUnpin(map, agent);
  return size;
}

/** Sets the value of a key to `size` bytes of the scratch area's VALUE. STATUS_OK. */
export function put(keySize: i32, low: u32, high: u32, size: i32): i32 {
  return min<i32>(swapValue(keySize, low, high, size), STATUS_OK);
}

/** The same; bytes of the value it replaced, 0 if there was none, copied to OLD. */
export function swap(keySize: i32, low: u32, high: u32, size: i32): i32 {
  return answer(swapValue(keySize, low, high, size));
}

/** Bytes of the value that was there, copied to OLD; 0: there was none, VALUE was stored. */
export function loadOrStore(keySize: i32, low: u32, high: u32, size: i32): i32 {
  const value = scratch + MAP_SCRATCH_VALUE;
  mapPin(map, agent);
  const found =
    keySize == INTEGER
      ? mapLoadOrStore(map, agent, integer(low, high), value, size)
      : mapLoadOrStoreBytes(map, agent, scratch + MAP_SCRATCH_KEY, keySize, value, size);
  const loaded = found > 0 && !(found & MAP_WAS_LOADED) ? 0 : answer(found & ~MAP_WAS_LOADED);
  mapUnpin(map, agent);
  return found < 0 ? found : loaded;
}

/** Takes a key out: bytes of its last value, copied to OLD; 0 if it was absent. */
export function loadAndDelete(keySize: i32, low: u32, high: u32): i32 {
  return answer(takeOut(keySize, low, high));
}

/** Takes a key out: 1 if it was there, else 0. */
export function remove(keySize: i32, low: u32, high: u32): i32 {
  return min<i32>(takeOut(keySize, low, high), 1);
}

/** Replaces the value by VALUE (`size`) if it equals OLD (`oldSize`): 1 if so, else 0. */
export function compareAndSwap(keySize: i32, low: u32, high: u32, oldSize: i32, size: i32): i32 {
  const old = scratch + MAP_SCRATCH_OLD;
  const value = scratch + MAP_SCRATCH_VALUE;
  if (keySize == INTEGER) {
    return mapCompareAndSwap(map, agent, integer(low, high), old, oldSize, value, size);
  }
  const key = scratch + MAP_SCRATCH_KEY;
  return mapCompareAndSwapBytes(map, agent, key, keySize, old, oldSize, value, size);
}

/** Takes the key out if its value equals OLD (`oldSize`): 1 if so, else 0. */
export function compareAndDelete(keySize: i32, low: u32, high: u32, oldSize: i32): i32 {
  const old = scratch + MAP_SCRATCH_OLD;
  if (keySize == INTEGER) {
    return mapCompareAndDelete(map, agent, integer(low, high), old, oldSize);
  }
  return mapCompareAndDeleteBytes(map, agent, scratch + MAP_SCRATCH_KEY, keySize, old, oldSize);
}

export function clear(): i32 {
  return mapClear(map, agent);
}

export function length(): i32 {
  return mapLen(map);
}

export function arenaUsed(): i32 {
  return mapArenaUsed(map);
}

export function reclaim(): i32 {
  return mapReclaim(map, agent);
}

/** Takes over from agent `dead`, whose thread is gone or has left. */
export function recover(dead: i32): i32 {
  return mapRecover(map, agent, dead);
}

/** Takes a cut and pins. STATUS_OK, BUSY if the agent holds one, FULL at the end of the clock. */
export function cutOpen(): i32 {
  return cutTake(map, agent);
}

export function cutClose(): void {
  cutEnd(map, agent);
}

/** Offset of the value that a key had in the agent's cut, 0 if it was absent. */
export function cutFind(keySize: i32, low: u32, high: u32): i32 {
  if (keySize == INTEGER) return <i32>cutLoad(map, agent, integer(low, high));
  return <i32>cutLoadBytes(map, agent, scratch + MAP_SCRATCH_KEY, keySize);
}

/** Sets cursor `index` before the first key of the agent's cut, or of the map as it is. */
export function walkBegin(index: i32, isCut: i32): void {
  if (isCut) cutBegin(cursorAt(index), agent);
  else rangeBegin(cursorAt(index));
}

/** Moves on to the next key: offset of its value, 0 at the end. The agent has pinned. */
export function walkOn(index: i32): i32 {
  const cursor = cursorAt(index);
  return walkNext(map, cursor) ? load<i32>(cursor, MAP_CURSOR_VALUE) : 0;
}

/** As pagesPass and pagesFlush, for the one thread that keeps the pages. */
export function pass(nowMs: u32, buffer: usize, size: i32): i32 {
  return pagesPass(map, agent, nowMs, buffer, size);
}

export function flush(nowMs: u32, buffer: usize, size: i32, ageMs: u32): i32 {
  return pagesFlush(map, agent, nowMs, buffer, size, ageMs);
}

export function dirty(): i32 {
  return pagesDirty(map);
}

/** Marks all pages: the next flush writes the whole map. */
export function markWhole(): void {
  markAll(map);
}

function integer(low: u32, high: u32): u64 {
  return ((<u64>high) << 32) | <u64>low;
}

function isPinned(): bool {
  return load<u32>(agentRecord(map, agent), MAP_AGENT_DEPTH) > 0;
}

function cursorAt(index: i32): usize {
  return scratch + MAP_SCRATCH_CURSORS + <usize>(index * MAP_HEAD_VALUE_CURSOR_SIZE);
}

/** Copies the value at `offset` to OLD: its bytes; what is no offset goes through. */
function answer(offset: i32): i32 {
  if (offset <= 0) return offset;
  const size = valueSize(<usize>offset);
  const old = scratch + MAP_SCRATCH_OLD;
  if (size > 256 || size & 7) {
    memory.copy(old, <usize>offset, <usize>size);
    return size;
  }
  for (let at: usize = 0; at < <usize>size; at += 8) {
    store<u64>(old + at, load<u64>(<usize>offset + at));
  }
  return size;
}

function swapValue(keySize: i32, low: u32, high: u32, size: i32): i32 {
  const value = scratch + MAP_SCRATCH_VALUE;
  if (keySize == INTEGER) return mapSwap(map, agent, integer(low, high), value, size);
  return mapSwapBytes(map, agent, scratch + MAP_SCRATCH_KEY, keySize, value, size);
}

function takeOut(keySize: i32, low: u32, high: u32): i32 {
  if (keySize == INTEGER) return mapLoadAndDelete(map, agent, integer(low, high));
  return mapLoadAndDeleteBytes(map, agent, scratch + MAP_SCRATCH_KEY, keySize);
}
