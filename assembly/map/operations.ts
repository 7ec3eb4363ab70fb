// The operations that change the map, for 64-bit keys; bytes.ts has them for byte strings.
//
// Any agent, at any time, also in an interrupt with an agent number of its own; none waits. Cost:
// one bucket searched, one value copied, at most two buckets replaced (a promotion and a split;
// with MIGRATE_CHUNK above 1 that many of each), at most RECLAIM_CHUNK blocks given back. Besides
// what is said at each: BUSY and nothing changed if the agent is inside another operation; FULL if
// there is no room, TOO_LONG, TRUNCATED (below 8) of a value outside 8 to 4,096 bytes: the map is
// then as it was.
import { STATUS_ABSENT, STATUS_OK } from "../base/spec";
import {
  CHANGE_COMPARE_AND_DELETE,
  CHANGE_COMPARE_AND_SWAP,
  CHANGE_DELETE,
  CHANGE_LOAD_OR_STORE,
  CHANGE_STORE,
  change,
} from "./change";
import { hashCut, keyHash } from "./key";
import { agentRecord } from "./pin";

export { MAP_WAS_LOADED } from "./change";

/** Sets the value of `key` to the `size` bytes at `source`. STATUS_OK. */
export function mapStore(map: usize, agent: i32, key: u64, source: usize, size: i32): i32 {
  const previous = mapSwap(map, agent, key, source, size);
  return previous < 0 ? previous : STATUS_OK;
}

/**
 * Like mapStore, but answers with the offset of the value that it replaced, 0 if there was none;
 * that value lasts until the agent's next changing operation, longer under a pin.
 */
export function mapSwap(map: usize, agent: i32, key: u64, source: usize, size: i32): i32 {
  return run(map, agent, CHANGE_STORE, key, 0, 0, source, size);
}

/**
 * Offset of the value of `key`, with MAP_WAS_LOADED set in it; if absent, stores the bytes at
 * `source` and answers with their offset, the bit clear. The agent has pinned if it reads it.
 */
export function mapLoadOrStore(map: usize, agent: i32, key: u64, source: usize, size: i32): i32 {
  return run(map, agent, CHANGE_LOAD_OR_STORE, key, 0, 0, source, size);
}

/**
 * Takes `key` out and answers with the offset of its last value, 0 if it was absent; lasts as with
 * mapSwap. Needs no room.
 */
export function mapLoadAndDelete(map: usize, agent: i32, key: u64): i32 {
  return run(map, agent, CHANGE_DELETE, key, 0, 0, 0, 0);
}

/** Takes `key` out: STATUS_OK, or STATUS_ABSENT and nothing has changed. Needs no room. */
export function mapDelete(map: usize, agent: i32, key: u64): i32 {
  const value = mapLoadAndDelete(map, agent, key);
  return value == 0 ? STATUS_ABSENT : min<i32>(value, STATUS_OK);
}

/**
 * Replaces the value of `key` if it equals the `oldSize` bytes at `old`: 1 if so, 0 if it differs
 * or the key is absent, which never matches, whatever `old` is.
 */
export function mapCompareAndSwap(
  map: usize,
  agent: i32,
  key: u64,
  old: usize,
  oldSize: i32,
  source: usize,
  size: i32,
): i32 {
  return min<i32>(run(map, agent, CHANGE_COMPARE_AND_SWAP, key, old, oldSize, source, size), 1);
}

/** Takes `key` out if its value equals the `oldSize` bytes at `old`: 1 if so, else 0. */
export function mapCompareAndDelete(
  map: usize,
  agent: i32,
  key: u64,
  old: usize,
  oldSize: i32,
): i32 {
  return min<i32>(run(map, agent, CHANGE_COMPARE_AND_DELETE, key, old, oldSize, 0, 0), 1);
}

function run(
  map: usize,
  agent: i32,
  kind: i32,
  key: u64,
  old: usize,
  oldSize: i32,
  source: usize,
  size: i32,
): i32 {
  const hash = hashCut(map, keyHash(key));
  const self = agentRecord(map, agent);
  // Below 0 it would mean a reserved value (reserve.ts).
  return change(map, self, kind, hash, key, 0, 0, old, oldSize, source, max<i32>(size, 0));
}
