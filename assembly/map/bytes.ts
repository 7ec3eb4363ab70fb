// The operations that change the map, for keys that are byte strings of 0 to 4,096 bytes.
//
// `key` is the offset of the bytes, not 0, `keySize` how many there are; the map keeps a copy. All
// else is as in operations.ts; a key that is too long is TOO_LONG.
import { LIMIT_KEY_SIZE_MAX, STATUS_ABSENT, STATUS_OK, STATUS_TOO_LONG } from "../base/spec";
import {
  CHANGE_COMPARE_AND_DELETE,
  CHANGE_COMPARE_AND_SWAP,
  CHANGE_DELETE,
  CHANGE_LOAD_OR_STORE,
  CHANGE_STORE,
  change,
} from "./change";
import { bytesHash, hashCut } from "./key";
import { agentRecord } from "./pin";

/** As mapStore. */
export function mapStoreBytes(
  map: usize,
  agent: i32,
  key: usize,
  keySize: i32,
  source: usize,
  size: i32,
): i32 {
  const previous = mapSwapBytes(map, agent, key, keySize, source, size);
  return previous < 0 ? previous : STATUS_OK;
}

/** As mapSwap. */
export function mapSwapBytes(
  map: usize,
  agent: i32,
  key: usize,
  keySize: i32,
  source: usize,
  size: i32,
): i32 {
  return run(map, agent, CHANGE_STORE, key, keySize, 0, 0, source, size);
}

/** As mapLoadOrStore. */
export function mapLoadOrStoreBytes(
  map: usize,
  agent: i32,
  key: usize,
  keySize: i32,
  source: usize,
  size: i32,
): i32 {
  return run(map, agent, CHANGE_LOAD_OR_STORE, key, keySize, 0, 0, source, size);
}

/** As mapLoadAndDelete. */
export function mapLoadAndDeleteBytes(map: usize, agent: i32, key: usize, keySize: i32): i32 {
  return run(map, agent, CHANGE_DELETE, key, keySize, 0, 0, 0, 0);
}

/** As mapDelete. */
export function mapDeleteBytes(map: usize, agent: i32, key: usize, keySize: i32): i32 {
  const value = mapLoadAndDeleteBytes(map, agent, key, keySize);
  return value == 0 ? STATUS_ABSENT : min<i32>(value, STATUS_OK);
}

/** As mapCompareAndSwap. */
export function mapCompareAndSwapBytes(
  map: usize,
  agent: i32,
  key: usize,
  keySize: i32,
  old: usize,
  oldSize: i32,
  source: usize,
  size: i32,
): i32 {
  const kind = CHANGE_COMPARE_AND_SWAP;
  return min<i32>(run(map, agent, kind, key, keySize, old, oldSize, source, size), 1);
}

/** As mapCompareAndDelete. */
export function mapCompareAndDeleteBytes(
  map: usize,
  agent: i32,
  key: usize,
  keySize: i32,
  old: usize,
  oldSize: i32,
): i32 {
  const kind = CHANGE_COMPARE_AND_DELETE;
  return min<i32>(run(map, agent, kind, key, keySize, old, oldSize, 0, 0), 1);
}

function run(
  map: usize,
  agent: i32,
  kind: i32,
  key: usize,
  keySize: i32,
  old: usize,
  oldSize: i32,
  source: usize,
  size: i32,
): i32 {
  assert(key != 0); // the bytes of a key lie somewhere
  if (<u32>keySize > <u32>LIMIT_KEY_SIZE_MAX) return STATUS_TOO_LONG;
  const hash = hashCut(map, bytesHash(key, keySize));
  const self = agentRecord(map, agent);
  // Below 0 it would mean a reserved value (reserve.ts).
  return change(map, self, kind, hash, 0, key, keySize, old, oldSize, source, max<i32>(size, 0));
}
