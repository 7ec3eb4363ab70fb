// What the node knows, as entries of the core's map: one field each.
//
// The key of a field is `publisher << 32 | writer << 16 | index`.
// ```
//  putU32, putArray ──► FIELD image in scratch ──► mapStore ──► entriesPublish
//                                                                     │
//                          readers: pin, walk in place ◄── snapshot ──┘
// ```
// Whatever is stored here is part of the next snapshot and so of the next frames: a program adds
// its own figures under a DataSetWriterId of its own (USER_WRITER and above), no more.
import {
  FIELD_COUNT,
  FIELD_DATA,
  FIELD_IS_ARRAY,
  FIELD_QUALITY,
  FIELD_TYPE,
  FIELD_TYPE_UINT32,
  LIMIT_NODE_ENTRIES_MAX,
  LIMIT_VALUE_SIZE_MAX,
  MAP_AGENT_ILLEGAL_STEPS,
  STATUS_FULL,
  STATUS_OK,
  STATUS_TOO_LONG,
  UADP_VALUE_GROUP_VERSION,
} from "../../assembly/base/spec";
import { mapInit, mapLen, mapLoad, mapPin, mapSize, mapUnpin } from "../../assembly/map/map";
import { mapStore } from "../../assembly/map/operations";
import { agentRecord } from "../../assembly/map/pin";
import { regionAllocate } from "../../assembly/memory/regions";
import { mapSnapshot } from "../../assembly/snapshot/publish";
import { snapshotInit, snapshotRegionSize } from "../../assembly/snapshot/region";
import { elementSize } from "../../assembly/uadp/field";

/** First DataSetWriterId that is free for a user's program. */
export const USER_WRITER: u32 = 16;

/** Agents of the map: the main loop, and two interrupt levels for a user's program. */
const AGENTS = 3;
const MAIN_LOOP = 0;
/** Bytes of values a node can hold at a time, old ones that a reader still pins included. */
const ARENA_SIZE = 16384;
/** One snapshot: three pictures, the features and room for the user's own entries. */
const SNAPSHOT_SLOT_SIZE = 6144;

let map: usize = 0;
let region: usize = 0;
let scratch: usize = 0;
let publisher: u64 = 0;

/** Lays out map, snapshots and scratch; STATUS_FULL if memory does not suffice. Once, at init. */
export function entriesInit(publisherId: u32): i32 {
  publisher = (<u64>publisherId) << 32;
  map = regionAllocate(mapSize(LIMIT_NODE_ENTRIES_MAX, ARENA_SIZE, AGENTS), 64);
  region = regionAllocate(snapshotRegionSize(SNAPSHOT_SLOT_SIZE), 64);
  scratch = regionAllocate(LIMIT_VALUE_SIZE_MAX);
  if (map == 0 || region == 0 || scratch == 0) return STATUS_FULL;
  const status = mapInit(map, LIMIT_NODE_ENTRIES_MAX, ARENA_SIZE, AGENTS);
  if (status < 0) return status;
  return snapshotInit(region, SNAPSHOT_SLOT_SIZE);
}

/** The map of the entries; for keep.ts and for programs that load from it. */
export function entriesMap(): usize {
  return map;
}

/** Key of a field of this node. */
export function entryKey(writer: u32, index: u32): u64 {
  return publisher | ((<u64>writer) << 16) | index;
}

/**
 * Stores `count` elements of an OPC UA type (FIELD_TYPE of spec/snapshot.md) as one array entry.
 * Main loop only. Errors: TOO_LONG above LIMIT_VALUE_SIZE_MAX, FULL.
 */
export function putArray(writer: u32, index: u32, type: i32, source: usize, count: i32): i32 {
  return put(writer, index, type, 1, source, count);
}

/** Stores one UInt32 as a scalar entry. Main loop only. Errors: FULL. */
export function putU32(writer: u32, index: u32, value: u32): i32 {
  store<u32>(scratch + FIELD_DATA, value);
  return put(writer, index, FIELD_TYPE_UINT32, 0, scratch + FIELD_DATA, 1);
}

function put(writer: u32, index: u32, type: i32, isArray: i32, source: usize, count: i32): i32 {
  const key = entryKey(writer, index);
  // The map takes more keys than its directory is sized for; the snapshot's room is for so many.
  if (mapLen(map) >= LIMIT_NODE_ENTRIES_MAX && !isPresent(key)) return STATUS_FULL;
  const size = count * elementSize(type);
  const padded = (size + 7) & ~7;
  if (FIELD_DATA + padded > LIMIT_VALUE_SIZE_MAX) return STATUS_TOO_LONG;
  store<u8>(scratch + FIELD_TYPE, <u8>type);
  store<u8>(scratch + FIELD_IS_ARRAY, <u8>isArray);
  store<u16>(scratch + FIELD_QUALITY, 0);
  store<u32>(scratch + FIELD_COUNT, count);
  if (source != scratch + FIELD_DATA) memory.copy(scratch + FIELD_DATA, source, size);
  memory.fill(scratch + FIELD_DATA + size, 0, padded - size);
  const status = mapStore(map, MAIN_LOOP, key, scratch, FIELD_DATA + padded);
  return status < 0 ? status : STATUS_OK;
}

function isPresent(key: u64): bool {
  mapPin(map, MAIN_LOOP);
  const value = mapLoad(map, MAIN_LOOP, key);
  mapUnpin(map, MAIN_LOOP);
  return value != 0;
}

/**
 * Publishes all entries as one snapshot; `time` is the DateTime of the newest sample. Main loop
 * only.
 */
export function entriesPublish(time: i64): i32 {
  return mapSnapshot(
    map,
    MAIN_LOOP,
    region,
    publisher,
    publisher | 0xffffffff,
    time,
    UADP_VALUE_GROUP_VERSION,
  );
}

/** The region whose snapshots any agent may pin (assembly/snapshot). */
export function entriesRegion(): usize {
  return region;
}

/** Illegal steps of entry states so far: 0 unless there is a bug or a stray writer. */
export function entriesIllegalSteps(): u32 {
  return load<u32>(agentRecord(map, MAIN_LOOP), MAP_AGENT_ILLEGAL_STEPS);
}
