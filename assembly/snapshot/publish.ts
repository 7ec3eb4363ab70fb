// Writer's side of a snapshot: a range of a map's keys, copied into a free slot and published.
//
// It takes a cut of the map (map/cut.ts), so others may change the map meanwhile: the snapshot is
// of one moment. First the directory is gathered with the offsets of the values in the map, sorted
// by key, then the values are copied in that order. A snapshot holds 64-bit keys; entries under
// byte strings stay in the map. Whoever is interrupted here leaves a slot that nobody has seen.
import {
  MAP_CURSOR_KEY,
  MAP_CURSOR_KEY_SIZE,
  MAP_CURSOR_VALUE,
  SNAPSHOT_COUNT,
  SNAPSHOT_DATA_SIZE,
  SNAPSHOT_DIRECTORY,
  SNAPSHOT_ENTRY_KEY,
  SNAPSHOT_ENTRY_OFFSET,
  SNAPSHOT_ENTRY_SIZE,
  SNAPSHOT_LENGTH,
  SNAPSHOT_MAGIC,
  SNAPSHOT_REGION_CURSOR,
  SNAPSHOT_REGION_REFUSED,
  SNAPSHOT_REGION_SEQUENCE,
  SNAPSHOT_REGION_SLOT_SIZE,
  SNAPSHOT_SCHEMA,
  SNAPSHOT_SEQUENCE,
  SNAPSHOT_TIME,
  SNAPSHOT_VALUE_ENTRY_SIZE,
  SNAPSHOT_VALUE_MAGIC,
  STATUS_TOO_LONG,
} from "../base/spec";
import { cutEnd, cutTake } from "../map/cut";
import { valueSize } from "../map/map";
import { syncStore } from "../map/sync";
import { cutBegin, KEY_IS_INTEGER, walkNext } from "../map/walk";
import { snapshotFreeSlot, snapshotPublish, snapshotSize } from "./region";

/**
 * Publishes the entries of `map` with 64-bit keys from `keyLow` to `keyHigh`, both included.
 * `time`: OPC UA DateTime of the newest sample, `schema`: the writer's group version. Bytes of
 * the snapshot, or STATUS_TOO_LONG (counted in the region) if they do not fit a slot, or BUSY if
 * `agent` holds a cut; the old one then stays. Never waits. The region's one writer, as `agent`
 * of the map; not in an interrupt that may come into itself. Cost: one walk over the map, the
 * sort (64 entries: some 400 comparisons), copying the values.
 */
export function mapSnapshot(
  map: usize,
  agent: i32,
  region: usize,
  keyLow: u64,
  keyHigh: u64,
  time: i64,
  schema: u32,
): i32 {
  const taken = cutTake(map, agent);
  if (taken < 0) return taken;
  const length = encode(map, agent, region, keyLow, keyHigh, time, schema);
  cutEnd(map, agent);
  return length;
}

/** Fills a free slot from the cut of `agent` and publishes it; bytes, or STATUS_TOO_LONG. */
function encode(
  map: usize,
  agent: i32,
  region: usize,
  keyLow: u64,
  keyHigh: u64,
  time: i64,
  schema: u32,
): i32 {
  const slot = snapshotFreeSlot(region);
  // Order: release; whoever still looks at this slot by an old offset finds length 0 before any
  // other byte.
  syncStore(slot + SNAPSHOT_LENGTH, 0);
  const count = gather(map, agent, region, slot, keyLow, keyHigh);
  if (count < 0) {
    store<u32>(region, load<u32>(region, SNAPSHOT_REGION_REFUSED) + 1, SNAPSHOT_REGION_REFUSED);
    return count;
  }
  const directory = slot + SNAPSHOT_DIRECTORY;
  directorySort(directory, count);
  const end = copyValues(slot, count);
  const sequence = load<u32>(region, SNAPSHOT_REGION_SEQUENCE) + 1;
  const length = <i32>(end - slot) + 8;
  store<u32>(slot, SNAPSHOT_VALUE_MAGIC, SNAPSHOT_MAGIC);
  store<u32>(slot, sequence, SNAPSHOT_SEQUENCE);
  store<u32>(slot, <u32>count, SNAPSHOT_COUNT);
  store<i64>(slot, time, SNAPSHOT_TIME);
  store<u32>(slot, schema, SNAPSHOT_SCHEMA);
  store<u32>(slot, <u32>(length - snapshotSize(count, 0)), SNAPSHOT_DATA_SIZE);
  store<u32>(end, sequence);
  store<u32>(end, 0, 4);
  store<u32>(region, sequence, SNAPSHOT_REGION_SEQUENCE);
  // Order: release; pairs with snapshotValidate; all of the above stands before it.
  syncStore(slot + SNAPSHOT_LENGTH, <u32>length);
  snapshotPublish(region, slot);
  return length;
}

/**
 * Fills the directory, unsorted, each offset still that of the value in the map. How many, or
 * TOO_LONG.
 */
function gather(
  map: usize,
  agent: i32,
  region: usize,
  slot: usize,
  keyLow: u64,
  keyHigh: u64,
): i32 {
  const slotSize = load<i32>(region, SNAPSHOT_REGION_SLOT_SIZE);
  const cursor = region + SNAPSHOT_REGION_CURSOR;
  let count = 0;
  let size = snapshotSize(0, 0);
  cutBegin(cursor, agent);
  while (walkNext(map, cursor)) {
    if (load<i32>(cursor, MAP_CURSOR_KEY_SIZE) != KEY_IS_INTEGER) continue;
    const key = load<u64>(cursor, MAP_CURSOR_KEY);
    if (key < keyLow || key > keyHigh) continue;
    const value = <usize>load<u32>(cursor, MAP_CURSOR_VALUE);
    size += SNAPSHOT_VALUE_ENTRY_SIZE + ((valueSize(value) + 7) & ~7);
    if (size > slotSize) return STATUS_TOO_LONG;
    const entry = directoryPlace(slot + SNAPSHOT_DIRECTORY, count);
    store<u64>(entry, key, SNAPSHOT_ENTRY_KEY);
    store<u32>(entry, <u32>value, SNAPSHOT_ENTRY_OFFSET);
    store<u32>(entry, <u32>valueSize(value), SNAPSHOT_ENTRY_SIZE);
    count++;
  }
  return count;
}

/**
 * Copies the values behind the sorted directory and makes its offsets count from the base. Where
 * they end.
 */
function copyValues(slot: usize, count: i32): usize {
  let end = directoryPlace(slot + SNAPSHOT_DIRECTORY, count);
  for (let i = 0; i < count; i++) {
    const entry = directoryPlace(slot + SNAPSHOT_DIRECTORY, i);
    const size = load<u32>(entry, SNAPSHOT_ENTRY_SIZE);
    const padded = (size + 7) & ~7;
    store<u64>(end + padded - 8, 0);
    memory.copy(end, <usize>load<u32>(entry, SNAPSHOT_ENTRY_OFFSET), size);
    store<u32>(entry, <u32>(end - slot), SNAPSHOT_ENTRY_OFFSET);
    end += padded;
  }
  return end;
}

/**
 * Sorts the directory by key in place: heapsort (Williams, CACM 7, 1964), n log n for any order of
 * keys.
 */
function directorySort(directory: usize, count: i32): void {
  for (let i = (count >> 1) - 1; i >= 0; i--) sink(directory, i, count);
  for (let end = count - 1; end > 0; end--) {
    exchange(directory, directoryPlace(directory, end));
    sink(directory, 0, end);
  }
}

/**
 * Lets entry `index` sink until no child below `count` has a larger key; at most log2(count) steps.
 */
function sink(directory: usize, index: i32, count: i32): void {
  let parent = index;
  for (let child = 2 * parent + 1; child < count; child = 2 * parent + 1) {
    if (child + 1 < count && keyAt(directory, child) < keyAt(directory, child + 1)) child++;
    if (keyAt(directory, parent) >= keyAt(directory, child)) return;
    exchange(directoryPlace(directory, parent), directoryPlace(directory, child));
    parent = child;
  }
}

function keyAt(directory: usize, index: i32): u64 {
  return load<u64>(directoryPlace(directory, index), SNAPSHOT_ENTRY_KEY);
}

function directoryPlace(directory: usize, index: i32): usize {
  return directory + <usize>(index * SNAPSHOT_VALUE_ENTRY_SIZE);
}

function exchange(a: usize, b: usize): void {
  const key = load<u64>(a);
  const reference = load<u64>(a, 8);
  store<u64>(a, load<u64>(b));
  store<u64>(a, load<u64>(b, 8), 8);
  store<u64>(b, key);
  store<u64>(b, reference, 8);
}
