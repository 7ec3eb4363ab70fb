// Cuts: the whole map as it was at one moment, taken in one step, read in place by anybody.
//
// A cut is a clock and a floor in the record of the agent that took it, and that agent's pin, which
// keeps every version the cut can see. Nothing is copied; versions and deletions that came later
// carry a later stamp, and PREVIOUS leads from them to the version of the cut.
import {
  ENTRY_STATE_DELETED,
  ENTRY_STATE_READY,
  LIMIT_KEY_SIZE_MAX,
  MAP_AGENT_CUT,
  MAP_AGENT_CUT_FLOOR,
  MAP_BLOCK_PREVIOUS,
  MAP_BUCKETS,
  MAP_ENTRY_NEXT,
  MAP_ENTRY_WORD,
  MAP_VALUE_BLOCK_HEADER_SIZE,
  MAP_WORD_AMENDED,
  MAP_WORD_UNSET,
  STATUS_BUSY,
  STATUS_OK,
} from "../base/spec";
import { entryOfTag, TAG_SIZE, tagsBegin, tagsEnd, wordOffset } from "./bucket";
import { clockCut, clockRelease, endOf, stampOf } from "./clock";
import { entryLoad, entryOffset, entryState } from "./entry";
import { directoryPlace } from "./growth";
import { bytesHash, entryHasKey, hashCut, keyHash } from "./key";
import { agentRecord, pinEnter, pinLeave } from "./pin";
import { homeWord, searchHolds } from "./search";
import { syncLoad } from "./sync";

/**
 * Takes a cut and pins the agent until cutEnd. STATUS_OK; BUSY if it holds one already; FULL at the
 * end of the clock. While it is held nothing is given back that was in the map since: give it up
 * soon. Cost: four words, whatever the map holds.
 */
export function cutTake(map: usize, agent: i32): i32 {
  const self = agentRecord(map, agent);
  if (syncLoad(self + MAP_AGENT_CUT) != 0) return STATUS_BUSY;
  pinEnter(map, self);
  const status = clockCut(map, self);
  if (status != STATUS_OK) pinLeave(self);
  return status;
}

/** Gives the agent's cut up; its offsets are void from here on. */
export function cutEnd(map: usize, agent: i32): void {
  const self = agentRecord(map, agent);
  assert(syncLoad(self + MAP_AGENT_CUT) != 0); // no cut
  clockRelease(map, self);
  pinLeave(self);
}

/** Offset of the value that `key` had in the cut of agent `taker`, 0 if it was absent. */
export function cutLoad(map: usize, taker: i32, key: u64): usize {
  return loadInCut(map, taker, hashCut(map, keyHash(key)), key, 0, 0);
}

/** As cutLoad, for the key of `size` bytes at `bytes`. */
export function cutLoadBytes(map: usize, taker: i32, bytes: usize, size: i32): usize {
  if (<u32>size > <u32>LIMIT_KEY_SIZE_MAX) return 0;
  const hash = hashCut(map, bytesHash(bytes, size));
  return loadInCut(map, taker, hash, 0, bytes, size);
}

/** Offset of the value that an entry had in the cut of agent `taker`; 0 if it had none. */
export function valueInCut(map: usize, taker: i32, entry: usize): usize {
  const record = agentRecord(map, taker);
  const clock = syncLoad(record + MAP_AGENT_CUT);
  assert(clock != 0); // the taker has given it up
  const word = entryLoad(entry + MAP_ENTRY_WORD);
  let value = entryOffset(word);
  if (entryState(word) == ENTRY_STATE_DELETED) {
    const end = endOf(map, value);
    // Once expunged, END is a link; and then no cut sees the entry.
    if (entryLoad(entry + MAP_ENTRY_WORD) != word || end <= clock) return 0;
  } else if (entryState(word) != ENTRY_STATE_READY) {
    return 0;
  }
  let stamp = stampOf(map, value);
  while (stamp > clock) {
    value = <usize>load<u32>(value - MAP_VALUE_BLOCK_HEADER_SIZE, MAP_BLOCK_PREVIOUS);
    if (value == 0) return 0;
    stamp = stampOf(map, value);
  }
  return stamp > load<u32>(record, MAP_AGENT_CUT_FLOOR) ? value : 0;
}

function loadInCut(map: usize, taker: i32, hash: u32, key: u64, bytes: usize, size: i32): usize {
  while (true) {
    const buckets = syncLoad(map + MAP_BUCKETS);
    const place = directoryPlace(map, hash & (buckets - 1));
    const isUnset = syncLoad(place) == MAP_WORD_UNSET;
    const word = homeWord(map, hash, buckets);
    const value = findInCut(map, taker, word, hash, key, bytes, size);
    if (value != 0 || searchHolds(map, hash, buckets, isUnset)) return value;
  }
}

/** A key may have several entries, deleted and new; at most one of them is in the cut. */
function findInCut(
  map: usize,
  taker: i32,
  word: u32,
  hash: u32,
  key: u64,
  bytes: usize,
  size: i32,
): usize {
  let at = word;
  for (; at & MAP_WORD_AMENDED; at = load<u32>(wordOffset(at), MAP_ENTRY_NEXT)) {
    if (!entryHasKey(wordOffset(at), at, hash, key, bytes, size)) continue;
    const value = valueInCut(map, taker, wordOffset(at));
    if (value != 0) return value;
  }
  const end = tagsEnd(at);
  for (let tag = tagsBegin(at); tag != end; tag += TAG_SIZE) {
    if (load<u32>(tag) != hash) continue;
    const named = entryOfTag(at, tag);
    if (!entryHasKey(wordOffset(named), named, hash, key, bytes, size)) continue;
    const value = valueInCut(map, taker, wordOffset(named));
    if (value != 0) return value;
  }
  return 0;
}
