// Reader's side of a snapshot: is it one, and where in it is the value of a key.
//
// Checks stand in the order of the table "Validation" in spec/snapshot.md; host/base/snapshot.ts
// does the same in TypeScript. Nothing is believed before it is checked: the bytes may come from a
// file or a socket.
import {
  LIMIT_ALIGNMENT,
  LIMIT_SNAPSHOT_SIZE_MAX,
  SNAPSHOT_COUNT,
  SNAPSHOT_DATA_SIZE,
  SNAPSHOT_DIRECTORY,
  SNAPSHOT_ENTRY_KEY,
  SNAPSHOT_ENTRY_OFFSET,
  SNAPSHOT_ENTRY_SIZE,
  SNAPSHOT_LENGTH,
  SNAPSHOT_MAGIC,
  SNAPSHOT_SEQUENCE,
  SNAPSHOT_VALUE_ENTRY_SIZE,
  SNAPSHOT_VALUE_MAGIC,
  SNAPSHOT_VALUE_TAIL_SIZE,
  STATUS_BAD_MAGIC,
  STATUS_MALFORMED,
  STATUS_MISALIGNED,
  STATUS_OK,
  STATUS_TOO_LONG,
  STATUS_TORN,
  STATUS_TRUNCATED,
  STATUS_ZERO,
} from "../base/spec";
import { syncLoad } from "../map/sync";
import { snapshotSize } from "./region";

/**
 * STATUS_OK if a whole snapshot lies at `base` and ends at or before `limit`, the end of its
 * region; else what is wrong with it first. Any agent that has pinned it, or owns the bytes. Cost:
 * one pass over the directory.
 */
export function snapshotValidate(base: usize, limit: usize): i32 {
  if (base & (LIMIT_ALIGNMENT - 1)) return STATUS_MISALIGNED;
  if (limit < base || limit - base < <usize>snapshotSize(0, 0)) return STATUS_TRUNCATED;
  // Order: acquire; pairs with the writer's store of the length, after everything else in the slot.
  const length = syncLoad(base + SNAPSHOT_LENGTH);
  if (length == 0) return STATUS_ZERO;
  if (length > <u32>LIMIT_SNAPSHOT_SIZE_MAX || <usize>length > limit - base) return STATUS_TOO_LONG;
  if (length & (LIMIT_ALIGNMENT - 1)) return STATUS_MISALIGNED;
  if (load<u32>(base, SNAPSHOT_MAGIC) != SNAPSHOT_VALUE_MAGIC) return STATUS_BAD_MAGIC;

  const count = load<u32>(base, SNAPSHOT_COUNT);
  const dataSize = load<u32>(base, SNAPSHOT_DATA_SIZE);
  const stated = <u64>snapshotSize(0, 0) + <u64>count * SNAPSHOT_VALUE_ENTRY_SIZE + <u64>dataSize;
  if (<u64>length < stated) return STATUS_TRUNCATED;
  if (<u64>length > stated) return STATUS_MALFORMED;
  const tail = base + length - SNAPSHOT_VALUE_TAIL_SIZE;
  if (load<u32>(tail) != load<u32>(base, SNAPSHOT_SEQUENCE)) return STATUS_TORN;
  if (load<u32>(tail, 4) != 0) return STATUS_TORN;
  return directoryValidate(base, count, dataSize);
}

/**
 * Each value begins where the one before it ended, rounded up to 8, and the last one ends the data.
 */
function directoryValidate(base: usize, count: u32, dataSize: u32): i32 {
  const data = <u64>SNAPSHOT_DIRECTORY + <u64>count * SNAPSHOT_VALUE_ENTRY_SIZE;
  const end = data + dataSize;
  let expected = data;
  let previous: u64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const entry = directoryEntry(base, i);
    const key = load<u64>(entry, SNAPSHOT_ENTRY_KEY);
    const size = <u64>load<u32>(entry, SNAPSHOT_ENTRY_SIZE);
    if (i > 0 && key <= previous) return STATUS_MALFORMED;
    if (<u64>load<u32>(entry, SNAPSHOT_ENTRY_OFFSET) != expected || size == 0)
      return STATUS_MALFORMED;
    expected += (size + 7) & ~7;
    if (expected > end) return STATUS_MALFORMED;
    previous = key;
  }
  return expected == end ? STATUS_OK : STATUS_MALFORMED;
}

/**
 * Offset in linear memory of the directory entry of `key` in a valid snapshot, 0 if it has none.
 * Cost: binary search, 6 steps for 64 entries. Any agent that has pinned it.
 */
export function snapshotFindEntry(base: usize, key: u64): usize {
  let low: u32 = 0;
  let high = load<u32>(base, SNAPSHOT_COUNT);
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = directoryEntry(base, middle);
    const found = load<u64>(entry, SNAPSHOT_ENTRY_KEY);
    if (found == key) return entry;
    if (found < key) low = middle + 1;
    else high = middle;
  }
  return 0;
}

/**
 * Offset in linear memory of the value of `key` in a valid snapshot, a multiple of 8; 0 if it has
 * none.
 */
export function snapshotFind(base: usize, key: u64): usize {
  const entry = snapshotFindEntry(base, key);
  return entry == 0 ? 0 : base + load<u32>(entry, SNAPSHOT_ENTRY_OFFSET);
}

/** Bytes of the value of `key` in a valid snapshot; 0 if it has none. */
export function snapshotFindSize(base: usize, key: u64): i32 {
  const entry = snapshotFindEntry(base, key);
  return entry == 0 ? 0 : load<i32>(entry, SNAPSHOT_ENTRY_SIZE);
}

function directoryEntry(base: usize, index: u32): usize {
  return base + SNAPSHOT_DIRECTORY + <usize>index * SNAPSHOT_VALUE_ENTRY_SIZE;
}
