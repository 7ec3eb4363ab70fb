// Change: the one loop behind all operations that write, and the housekeeping that each brings.
//
// It searches, decides, and tries one compare-exchange: of the entry's word if the key is there, of
// the directory word if it is not. If another agent was faster it begins again, so one of them has
// always gone on. Value and entry are filled before that and given back if they were not needed.
import {
  ENTRY_STATE_DELETED,
  ENTRY_STATE_EMPTY,
  ENTRY_STATE_READY,
  ENTRY_STATE_WRITING,
  LIMIT_VALUE_SIZE_MAX,
  LIMIT_VALUE_SIZE_MIN,
  MAP_AGENT_BUSY,
  MAP_AGENT_MIGRATIONS,
  MAP_AGENT_MISSES,
  MAP_AGENT_PROMOTIONS,
  MAP_AGENT_REFUSED_BUSY,
  MAP_AGENT_REFUSED_FULL,
  MAP_AGENT_REPLACED,
  MAP_AGENT_WALKED,
  MAP_BLOCK_PREVIOUS,
  MAP_BLOCK_SIZE,
  MAP_BUCKETS,
  MAP_CHAIN_MAX,
  MAP_ENTRY_NEXT,
  MAP_ENTRY_WORD,
  MAP_LINK_VALUE,
  MAP_VALUE_BLOCK_HEADER_SIZE,
  MAP_WORD_AMENDED,
  MAP_WORD_BYTES,
  MAP_WORD_FROZEN,
  MAP_WORD_UNSET,
  STATUS_BUSY,
  STATUS_FULL,
  STATUS_OK,
  STATUS_TOO_LONG,
  STATUS_TRUNCATED,
} from "../base/spec";
import { discardEntry, discardValue, fillEntry, fillValue } from "./blocks";
import { bucketFind, bucketReplace, entryAdvance } from "./bucket";
import { endOf, isAboveFloor, stampOf } from "./clock";
import { entryLoad, entryOffset, entryReplace, entryState, entryWord } from "./entry";
import { directoryPlace, growIfFull, lengthAdd, migrateStep, split } from "./growth";
import { bytesEqual } from "./key";
import { markHash } from "./mark";
import { pinEnter, pinLeave, reclaimAll, reclaimStep, retire } from "./pin";
import { bucketIsStale, bucketPromote } from "./promote";
import { homeWord, searchHolds } from "./search";
import { syncLoad } from "./sync";

/** What `change` does if the key is there, and if it is not. */
export const CHANGE_STORE: i32 = 0;
export const CHANGE_LOAD_OR_STORE: i32 = 1;
export const CHANGE_COMPARE_AND_SWAP: i32 = 2;
export const CHANGE_DELETE: i32 = 3;
export const CHANGE_COMPARE_AND_DELETE: i32 = 4;

/** Set in the answer of CHANGE_LOAD_OR_STORE if the value was there; the rest is its offset. */
export const MAP_WAS_LOADED: i32 = 1;

/** As `size` of `change`: `source` is no bytes to be copied but a reserved value (reserve.ts). */
export const SIZE_IS_RESERVED: i32 = -1;

/** A bucket is promoted after a deletion if more than one in so many of its entries are dead. */
const STALE_SHARE: i32 = 2;

/** Set by a compare-exchange that lost: begin again. No offset and no status. */
const AGAIN: i32 = i32.MIN_VALUE;

/**
 * Does `kind` to the key; see map.ts for keys, operations.ts for the answers. `source`, `size`: the
 * new value, `old`, `oldSize`: the one to compare with.
 */
export function change(
  map: usize,
  self: usize,
  kind: i32,
  hash: u32,
  key: u64,
  bytes: usize,
  keySize: i32,
  old: usize,
  oldSize: i32,
  source: usize,
  size: i32,
): i32 {
  if (kind < CHANGE_DELETE) {
    if (size > LIMIT_VALUE_SIZE_MAX) return STATUS_TOO_LONG;
    if (size < LIMIT_VALUE_SIZE_MIN && size != SIZE_IS_RESERVED) return STATUS_TRUNCATED;
  }
  if (!changeBegin(map, self)) return STATUS_BUSY;
  let value = size == SIZE_IS_RESERVED ? source : 0;
  let entry: usize = 0;
  let answer = AGAIN;
  let hasReclaimed = false;
  while (true) {
    if (answer == STATUS_FULL && !hasReclaimed) {
      hasReclaimed = true;
      if (reclaimUnpinned(map, self)) answer = AGAIN;
    }
    if (answer != AGAIN) break;
    const buckets = syncLoad(map + MAP_BUCKETS);
    const home = hash & (buckets - 1);
    const place = directoryPlace(map, home);
    const own = syncLoad(place);
    const isUnset = own == MAP_WORD_UNSET;
    const word = isUnset ? homeWord(map, hash, buckets) : own;
    const found = bucketFind(map, self, word, hash, key, bytes, keySize);
    if (found != 0) {
      const now = entryLoad(found + MAP_ENTRY_WORD);
      if (!isPresent(map, now)) {
        clearedDelete(map, self, found, now);
        continue;
      }
      const present = entryOffset(now);
      if (kind == CHANGE_LOAD_OR_STORE) answer = <i32>present | MAP_WAS_LOADED;
      else if (kind == CHANGE_DELETE) answer = remove(map, self, found, now, hash);
      else if (kind != CHANGE_STORE && !valueEquals(present, old, oldSize)) answer = 0;
      else if (kind == CHANGE_COMPARE_AND_DELETE) answer = remove(map, self, found, now, hash);
      else {
        if (value == 0) value = fillValue(map, self, source, size);
        answer = value == 0 ? STATUS_FULL : replace(map, self, found, now, value);
        if (answer > 0) {
          value = 0; // it is the map's now
          markHash(map, hash);
        }
      }
      continue;
    }
    if (!searchHolds(map, hash, buckets, isUnset)) continue;
    if (kind >= CHANGE_COMPARE_AND_SWAP) {
      answer = 0;
      continue;
    }
    if (isUnset || word & MAP_WORD_FROZEN) {
      const half = buckets >> 1;
      if (!split(map, self, home & (half - 1), buckets)) answer = STATUS_FULL;
      continue;
    }
    if (value == 0) value = fillValue(map, self, source, size);
    if (value != 0 && entry == 0) entry = fillEntry(map, self, key, bytes, keySize, hash);
    if (value == 0 || entry == 0) {
      answer = STATUS_FULL;
      continue;
    }
    if (!insert(map, self, place, word, entry, value, bytes != 0)) continue;
    markHash(map, hash);
    answer = kind == CHANGE_LOAD_OR_STORE ? <i32>value : 0;
    value = 0;
    entry = 0;
  }
  if (answer == STATUS_FULL) countUp(self, MAP_AGENT_REFUSED_FULL);
  if (entry != 0) discardEntry(map, self, entry, bytes != 0);
  if (value != 0 && size != SIZE_IS_RESERVED) discardValue(map, self, value);
  changeEnd(map, self);
  return answer;
}

/** Begins an operation that writes: false if the agent is inside another one. */
export function changeBegin(map: usize, self: usize): bool {
  if (load<u32>(self, MAP_AGENT_BUSY) != 0) {
    countUp(self, MAP_AGENT_REFUSED_BUSY);
    return false;
  }
  store<u32>(self, 1, MAP_AGENT_BUSY);
  store<u32>(self, replacedCount(self), MAP_AGENT_REPLACED);
  pinEnter(map, self);
  return true;
}

/** Ends what changeBegin began, with its share of the housekeeping: others see the change first. */
export function changeEnd(map: usize, self: usize): void {
  // Still pinned: what this operation has retired stays until the next one.
  reclaimStep(map, self);
  // An operation that has replaced buckets of its own has done enough; the map does not grow so
  // fast that the others could not split the rest.
  if (replacedCount(self) == load<u32>(self, MAP_AGENT_REPLACED)) migrateStep(map, self);
  pinLeave(self);
  store<u32>(self, 0, MAP_AGENT_BUSY);
}

/** Buckets that the agent has replaced so far. */
function replacedCount(self: usize): u32 {
  return load<u32>(self, MAP_AGENT_PROMOTIONS) + load<u32>(self, MAP_AGENT_MIGRATIONS);
}

/**
 * Counts a load that passed dirty entries. When the agent has counted as many as the bucket has
 * dirty entries, it promotes the bucket: Go's rule, bucket by bucket.
 */
export function noteMiss(map: usize, self: usize, hash: u32): void {
  const walked = load<u32>(self, MAP_AGENT_WALKED);
  if (walked == 0) return;
  const misses = load<u32>(self, MAP_AGENT_MISSES) + 1;
  store<u32>(self, misses, MAP_AGENT_MISSES);
  if (misses < walked || load<u32>(self, MAP_AGENT_BUSY) != 0) return;
  const place = directoryPlace(map, hash & (syncLoad(map + MAP_BUCKETS) - 1));
  const word = syncLoad(place);
  if (!(word & MAP_WORD_AMENDED) || word & MAP_WORD_FROZEN) return;
  store<u32>(self, 1, MAP_AGENT_BUSY);
  bucketPromote(map, self, place, word, 0);
  reclaimStep(map, self); // an agent may only ever load: nothing else would give its blocks back
  store<u32>(self, 0, MAP_AGENT_BUSY);
}

/** Promotes the bucket at `place` if more than one in `share` of its entries could be dropped. */
export function bucketTidy(map: usize, self: usize, place: usize, share: i32): void {
  const word = syncLoad(place);
  if (word == MAP_WORD_UNSET || word & MAP_WORD_FROZEN) return;
  if (bucketIsStale(map, word, share)) bucketPromote(map, self, place, word, 0);
}

/** Deletes an entry whose value was cleared but whose word is still ready. */
export function clearedDelete(map: usize, self: usize, entry: usize, now: u32): void {
  if (entryState(now) != ENTRY_STATE_READY) return;
  const value = entryOffset(now);
  if (!entryAdvance(self, entry, now, entryWord(value, ENTRY_STATE_DELETED))) return;
  endOf(map, value);
  lengthAdd(map, self, -1);
}

function isPresent(map: usize, now: u32): bool {
  if (entryState(now) != ENTRY_STATE_READY) return false;
  return isAboveFloor(map, stampOf(map, entryOffset(now)));
}

/** Ready to deleted; the value's offset, or AGAIN. */
function remove(map: usize, self: usize, entry: usize, now: u32, hash: u32): i32 {
  const value = entryOffset(now);
  if (!entryAdvance(self, entry, now, entryWord(value, ENTRY_STATE_DELETED))) return AGAIN;
  endOf(map, value);
  lengthAdd(map, self, -1);
  markHash(map, hash);
  const home = hash & (syncLoad(map + MAP_BUCKETS) - 1);
  bucketTidy(map, self, directoryPlace(map, home), STALE_SHARE);
  return <i32>value;
}

/** Ready to ready with the new value; the old value's offset, or AGAIN. */
function replace(map: usize, self: usize, entry: usize, now: u32, value: usize): i32 {
  const old = entryOffset(now);
  store<u32>(value - MAP_VALUE_BLOCK_HEADER_SIZE, <u32>old, MAP_BLOCK_PREVIOUS);
  const to = entryWord(value, ENTRY_STATE_READY);
  if (entryReplace(entry + MAP_ENTRY_WORD, now, to) != STATUS_OK) return AGAIN;
  stampPublished(map, self, entry, value);
  retire(map, self, <u32>(old - MAP_VALUE_BLOCK_HEADER_SIZE) | MAP_LINK_VALUE);
  return <i32>old;
}

/** Puts a filled entry in front of what `word` leads to. False: the word has changed. */
function insert(
  map: usize,
  self: usize,
  place: usize,
  word: u32,
  entry: usize,
  value: usize,
  isBytes: bool,
): bool {
  store<u32>(value - MAP_VALUE_BLOCK_HEADER_SIZE, 0, MAP_BLOCK_PREVIOUS);
  const written = entryWord(value, ENTRY_STATE_READY);
  if (entryLoad(entry + MAP_ENTRY_WORD) != written) {
    const empty = <u32>ENTRY_STATE_EMPTY;
    entryAdvance(self, entry, empty, entryWord(value, ENTRY_STATE_WRITING));
    entryAdvance(self, entry, entryWord(value, ENTRY_STATE_WRITING), written);
  }
  store<u32>(entry, word, MAP_ENTRY_NEXT);
  const kind: u32 = isBytes ? MAP_WORD_BYTES : 0;
  const front = <u32>entry | MAP_WORD_AMENDED | kind;
  if (!bucketReplace(place, word, front)) return false;
  lengthAdd(map, self, 1);
  stampPublished(map, self, entry, value);
  if (load<u32>(self, MAP_AGENT_WALKED) + 1 >= load<u32>(map, MAP_CHAIN_MAX)) {
    bucketPromote(map, self, place, front, 0);
  }
  growIfFull(map, self);
  return true;
}

/** Stamps what was just published; if a clear took it meanwhile, its entry is deleted here. */
function stampPublished(map: usize, self: usize, entry: usize, value: usize): void {
  if (isAboveFloor(map, stampOf(map, value))) return;
  clearedDelete(map, self, entry, entryWord(value, ENTRY_STATE_READY));
}

function valueEquals(value: usize, bytes: usize, size: i32): bool {
  if (load<i32>(value - MAP_VALUE_BLOCK_HEADER_SIZE, MAP_BLOCK_SIZE) != size) return false;
  return bytesEqual(value, bytes, size);
}

/**
 * Gives back all that is free when this operation's own pin does not hold it. False if that is
 * nothing. What was found under the pin is void.
 */
function reclaimUnpinned(map: usize, self: usize): bool {
  pinLeave(self);
  const count = reclaimAll(map, self);
  pinEnter(map, self);
  return count > 0;
}

export function countUp(self: usize, counter: i32): void {
  const word = self + <usize>counter;
  store<u32>(word, load<u32>(word) + 1);
}
