// Range: walks a map's keys with a cursor, each at most once, while the writer goes on.
//
// Contract of sync.Map's Range: a key that is there for the whole walk is visited; a value may be
// from any moment of the walk; it is no snapshot (snapshot/publish.ts makes those). A key that was
// deleted and stored again stands in more than one place of a table: only its first place counts,
// with the value it has now.
import {
  ENTRY_STATE_WRITING,
  MAP_CURSOR_INDEX,
  MAP_CURSOR_KEY,
  MAP_CURSOR_TABLE,
  MAP_CURSOR_VALUE,
  MAP_ENTRY_KEY,
  MAP_TABLE_COUNT,
} from "../base/spec";
import { entryOffset, entryState } from "./entry";
import { current } from "./map";
import { placeWord, tableFind, tableIsFirst, tablePlace } from "./table";

/**
 * Sets the cursor (MAP_VALUE_CURSOR_SIZE bytes of the caller's) before the first key. The caller
 * keeps its pin from here to the last rangeNext, the writer too if it changes the map in between.
 * Any agent; walks may nest.
 */
export function rangeBegin(map: usize, cursor: usize): void {
  store<u32>(cursor, <u32>current(map), MAP_CURSOR_TABLE);
  store<u32>(cursor, 0, MAP_CURSOR_INDEX);
}

/** 1 and the next key and the offset of its value in the cursor, or 0 at the end. Any agent. */
export function rangeNext(map: usize, cursor: usize): i32 {
  const table = <usize>load<u32>(cursor, MAP_CURSOR_TABLE);
  const count = load<u32>(map, MAP_TABLE_COUNT);
  for (let index = load<u32>(cursor, MAP_CURSOR_INDEX); index < count; index++) {
    const place = tablePlace(table, index);
    if (entryState(placeWord(place)) <= ENTRY_STATE_WRITING) continue;
    const key = load<u64>(place, MAP_ENTRY_KEY);
    if (!tableIsFirst(table, count, key, place)) continue;
    const ready = tableFind(table, count, key);
    if (ready == 0) continue;
    store<u32>(cursor, index + 1, MAP_CURSOR_INDEX);
    store<u64>(cursor, key, MAP_CURSOR_KEY);
    store<u32>(cursor, <u32>entryOffset(placeWord(ready)), MAP_CURSOR_VALUE);
    return 1;
  }
  store<u32>(cursor, count, MAP_CURSOR_INDEX);
  return 0;
}
