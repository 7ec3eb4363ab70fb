// A table of the map: open addressing with linear probing over places of 16 bytes.
//
//   place                    8         12
//   ├────────────────────────┼─────────┼─────────┐
//   │ key, u64               │ word    │ 0       │
//   └────────────────────────┴─────────┴─────────┘
//
// A key is stored at the first empty place from its home on. A place is never emptied while its
// table is in use, so a probe may end at the first empty place, and a key that was deleted and
// stored again stands a second time, further on: at most the last of its places is ready.
import {
  ENTRY_STATE_EMPTY,
  ENTRY_STATE_READY,
  ENTRY_STATE_WRITING,
  MAP_ENTRY_KEY,
  MAP_ENTRY_WORD,
  STATUS_OK,
} from "../base/spec";
import { entryLoad, entryState, entryStep } from "./entry";

/**
 * Mixes a key to 32 bits, with 32-bit multiplications only (M0 and M3 have no fast 64-bit ones).
 */
export function keyHash(key: u64): u32 {
  // The finalizer of MurmurHash3 (Appleby, 2011) over the low half and the spread high half.
  let hash = <u32>key ^ (<u32>(key >> 32) * 0x9e3779b1);
  hash ^= hash >> 16;
  hash *= 0x85ebca6b;
  hash ^= hash >> 13;
  hash *= 0xc2b2ae35;
  return hash ^ (hash >> 16);
}

/** Place number `index` of a table. */
export function tablePlace(table: usize, index: u32): usize {
  return table + ((<usize>index) << 4);
}

/** The entry word of a place; see entryLoad. */
export function placeWord(place: usize): u32 {
  return entryLoad(place + MAP_ENTRY_WORD);
}

/**
 * The place where `key` is ready, 0 if there is none. `count` is a power of two and bounds the
 * probe.
 */
export function tableFind(table: usize, count: u32, key: u64): usize {
  let index = keyHash(key);
  for (let i: u32 = 0; i < count; i++, index++) {
    const place = tablePlace(table, index & (count - 1));
    const state = entryState(placeWord(place));
    if (state == ENTRY_STATE_EMPTY) return 0;
    if (state == ENTRY_STATE_READY && load<u64>(place, MAP_ENTRY_KEY) == key) return place;
  }
  return 0;
}

/** Whether `place`, which holds `key`, is the first on the key's probe that does. */
export function tableIsFirst(table: usize, count: u32, key: u64, place: usize): bool {
  let index = keyHash(key);
  for (let i: u32 = 0; i < count; i++, index++) {
    const earlier = tablePlace(table, index & (count - 1));
    if (earlier == place) return true;
    if (entryState(placeWord(earlier)) <= ENTRY_STATE_WRITING) continue;
    if (load<u64>(earlier, MAP_ENTRY_KEY) == key) return false;
  }
  return false;
}

/**
 * Claims the first empty place on the probe of `key` and writes the key there: the place is then in
 * state writing and its caller's. 0 if the table is full.
 */
export function tableClaim(table: usize, count: u32, key: u64): usize {
  let index = keyHash(key);
  for (let i: u32 = 0; i < count; i++, index++) {
    const place = tablePlace(table, index & (count - 1));
    if (entryState(placeWord(place)) != ENTRY_STATE_EMPTY) continue;
    if (entryStep(place + MAP_ENTRY_WORD, ENTRY_STATE_EMPTY, ENTRY_STATE_WRITING) != STATUS_OK) {
      continue; // another agent took it
    }
    store<u64>(place, key, MAP_ENTRY_KEY);
    return place;
  }
  return 0;
}
