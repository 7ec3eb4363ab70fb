// Rebuild: how deleted places come back, a few per operation, while readers go on in the old table.
//
// Entry words never go back, so deleted places pile up. When three quarters of the current table
// are used, the other one is cleared and the ready entries are copied to it, MAP_VALUE_CHUNK places
// with each changing operation; changes to an entry that has already been copied go to both. Then
// one store makes the other table the current one. The old one stays as it was until no reader can
// be in it; a reader that is sees the map as it was at the change. Clearing and copying take 2 x
// count / 16 operations, less than the free quarter lasts.
import {
  ENTRY_STATE_DELETED,
  ENTRY_STATE_READY,
  ENTRY_STATE_WRITING,
  MAP_CURRENT,
  MAP_ENTRY_KEY,
  MAP_ENTRY_WORD,
  MAP_ILLEGAL_STEPS,
  MAP_OTHER,
  MAP_OTHER_TAG,
  MAP_OTHER_USED,
  MAP_PHASE,
  MAP_PHASE_CLEAR,
  MAP_PHASE_COPY,
  MAP_PHASE_IDLE,
  MAP_PHASE_NEXT,
  MAP_REBUILDS,
  MAP_TABLE_COUNT,
  MAP_USED,
  MAP_VALUE_CHUNK,
  STATUS_OK,
} from "../base/spec";
import { entryOffset, entryReplace, entryState, entryStep, entryWord } from "./entry";
import { epochAdvance } from "./pin";
import { placeWord, tableClaim, tableFind, tablePlace } from "./table";

/** Adds one to a counter of the map's header that only the writer agent changes. */
export function mapCount(map: usize, counter: i32): void {
  const word = map + <usize>counter;
  store<u32>(word, load<u32>(word) + 1);
}

/** Counts a refused step of an entry word; hands the status on. */
export function mapStep(map: usize, status: i32): i32 {
  if (status != STATUS_OK) mapCount(map, MAP_ILLEGAL_STEPS);
  return status;
}

/**
 * Takes the rebuild one chunk further, or begins one if it is due and no reader is left in the
 * other table.
 */
export function rebuildAdvance(map: usize, horizon: u32): void {
  const phase = load<u32>(map, MAP_PHASE);
  const count = load<u32>(map, MAP_TABLE_COUNT);
  if (phase == MAP_PHASE_IDLE) {
    if (load<u32>(map, MAP_USED) * 4 < count * 3) return;
    if (!otherIsFree(map, horizon)) return;
    store<u32>(map, MAP_PHASE_CLEAR, MAP_PHASE);
    store<u32>(map, 0, MAP_PHASE_NEXT);
  } else if (phase == MAP_PHASE_CLEAR) {
    clearChunk(map, count);
  } else {
    copyChunk(map, count);
  }
}

/**
 * Runs the rebuild to its end, when the current table has no empty place left; only after a reader
 * had stayed pinned over a whole table of changes. Cost: the size of the table. False if that
 * reader is still pinned.
 */
export function rebuildFinish(map: usize, horizon: u32): bool {
  const before = load<u32>(map, MAP_REBUILDS);
  const chunks = 2 * (load<i32>(map, MAP_TABLE_COUNT) / MAP_VALUE_CHUNK + 1) + 1;
  for (let i = 0; i < chunks && load<u32>(map, MAP_REBUILDS) == before; i++) {
    rebuildAdvance(map, horizon);
    if (load<u32>(map, MAP_PHASE) == MAP_PHASE_IDLE) break;
  }
  return load<u32>(map, MAP_REBUILDS) != before;
}

/** Whether no reader can be in the other table any more. */
export function otherIsFree(map: usize, horizon: u32): bool {
  return <i32>(load<u32>(map, MAP_OTHER_TAG) - horizon) < 0;
}

/**
 * Makes the other table, whole in itself, the current one. Returns the epoch that ended with it.
 */
export function tablesExchange(map: usize): u32 {
  const old = load<u32>(map, MAP_CURRENT);
  // Order: release; pairs with the load in mapLoad and rangeBegin; the copied entries stand before
  // it.
  atomic.store<u32>(map, load<u32>(map, MAP_OTHER), MAP_CURRENT);
  store<u32>(map, old, MAP_OTHER);
  store<u32>(map, load<u32>(map, MAP_OTHER_USED), MAP_USED);
  store<u32>(map, MAP_PHASE_IDLE, MAP_PHASE);
  mapCount(map, MAP_REBUILDS);
  const epoch = epochAdvance(map);
  store<u32>(map, epoch, MAP_OTHER_TAG);
  return epoch;
}

/**
 * Repeats in the other table what was done to `key` at `place` of the current one, if it was copied
 * already.
 */
export function rebuildMirror(map: usize, key: u64, place: usize, word: u32): void {
  if (load<u32>(map, MAP_PHASE) != MAP_PHASE_COPY) return;
  const index = <u32>((place - <usize>load<u32>(map, MAP_CURRENT)) >> 4);
  if (index >= load<u32>(map, MAP_PHASE_NEXT)) return;
  const other = <usize>load<u32>(map, MAP_OTHER);
  const copy = tableFind(other, load<u32>(map, MAP_TABLE_COUNT), key);
  if (copy == 0) {
    copyEntry(map, key, word);
    return;
  }
  const from = placeWord(copy);
  const status =
    entryState(word) == ENTRY_STATE_DELETED
      ? entryStep(copy + MAP_ENTRY_WORD, from, word)
      : entryReplace(copy + MAP_ENTRY_WORD, from, word);
  mapStep(map, status);
}

function clearChunk(map: usize, count: u32): void {
  const next = load<u32>(map, MAP_PHASE_NEXT);
  const end = min<u32>(next + MAP_VALUE_CHUNK, count);
  const other = <usize>load<u32>(map, MAP_OTHER);
  memory.fill(tablePlace(other, next), 0, (end - next) << 4);
  store<u32>(map, end, MAP_PHASE_NEXT);
  if (end < count) return;
  store<u32>(map, 0, MAP_PHASE_NEXT);
  store<u32>(map, 0, MAP_OTHER_USED);
  store<u32>(map, MAP_PHASE_COPY, MAP_PHASE);
}

function copyChunk(map: usize, count: u32): void {
  const next = load<u32>(map, MAP_PHASE_NEXT);
  const end = min<u32>(next + MAP_VALUE_CHUNK, count);
  const table = <usize>load<u32>(map, MAP_CURRENT);
  for (let index = next; index < end; index++) {
    const place = tablePlace(table, index);
    const word = placeWord(place);
    if (entryState(word) == ENTRY_STATE_READY)
      copyEntry(map, load<u64>(place, MAP_ENTRY_KEY), word);
  }
  store<u32>(map, end, MAP_PHASE_NEXT);
  if (end == count) tablesExchange(map);
}

/**
 * Puts a ready entry into the other table, which no reader sees yet; both tables then name one
 * value.
 */
function copyEntry(map: usize, key: u64, word: u32): void {
  const other = <usize>load<u32>(map, MAP_OTHER);
  const place = tableClaim(other, load<u32>(map, MAP_TABLE_COUNT), key);
  assert(place != 0); // a rebuild ends long before its table is full
  mapCount(map, MAP_OTHER_USED);
  const ready = entryWord(entryOffset(word), ENTRY_STATE_READY);
  mapStep(map, entryStep(place + MAP_ENTRY_WORD, ENTRY_STATE_WRITING, ready));
}
