// Promotion: a dirty chain and a read bucket become one new read bucket, without what is dead.
//
// All entries that somebody may still ask for are gathered; one compare-exchange puts the new bucket
// in place. Whoever wins expunges what it dropped and retires it with the old bucket. Dead is what
// was deleted before the oldest cut there is or will be.
import {
  ENTRY_STATE_DELETED,
  ENTRY_STATE_EXPUNGED,
  MAP_AGENT_MISSES,
  MAP_AGENT_PROMOTIONS,
  MAP_BLOCK_PREVIOUS,
  MAP_BUCKET_CAPACITY,
  MAP_BUCKET_COUNT,
  MAP_BUCKET_PAIRS,
  MAP_ENTRY_NEXT,
  MAP_ENTRY_WORD,
  MAP_HASH_MASK,
  MAP_LINK_BYTES_ENTRY,
  MAP_LINK_ENTRY,
  MAP_PAIR_ENTRY,
  MAP_VALUE_BLOCK_HEADER_SIZE,
  MAP_WORD_AMENDED,
  MAP_WORD_BYTES,
  STATUS_FULL,
  STATUS_OK,
  STATUS_STALE,
} from "../base/spec";
import { arenaBlockSize, arenaFree } from "./arena";
import {
  bucketAllocate,
  bucketDiscard,
  bucketReplace,
  bucketRetire,
  bucketSizeFor,
  bucketsOf,
  emptyWord,
  entryAdvance,
  pairsBegin,
  pairsEnd,
  wordOffset,
} from "./bucket";
import { cutHorizon, endOf } from "./clock";
import { entryLoad, entryOffset, entryState, entryWord } from "./entry";
import { entryHash } from "./key";
import { retire } from "./pin";

const PAIR_SIZE: usize = 8;
const PAIRS_MAX: u32 = 65535;

/** Whether more than one in `share` of the entries that `word` leads to could be dropped. */
export function bucketIsStale(map: usize, word: u32, share: i32): bool {
  const horizon = cutHorizon(map);
  let count = 0;
  let dropped = 0;
  let at = word;
  for (; at & MAP_WORD_AMENDED; at = load<u32>(wordOffset(at), MAP_ENTRY_NEXT)) {
    count++;
    if (isDroppable(map, wordOffset(at), horizon)) dropped++;
  }
  const end = pairsEnd(at);
  for (let pair = pairsBegin(at); pair != end; pair += PAIR_SIZE) {
    count++;
    if (isDroppable(map, wordOffset(load<u32>(pair, MAP_PAIR_ENTRY)), horizon)) dropped++;
  }
  return dropped * share > count;
}

/**
 * Replaces what `word` at `place` leads to by one read bucket, marked with `mark`. STATUS_OK; STALE
 * if the word has changed meanwhile; FULL if there is no room. Cost: the entries of one bucket.
 */
export function bucketPromote(map: usize, self: usize, place: usize, word: u32, mark: u32): i32 {
  const promoted = bucketGather(map, self, word);
  if (promoted == 0) return STATUS_FULL;
  if (!bucketReplace(place, word, promoted | mark)) {
    bucketDiscard(map, self, promoted);
    return STATUS_STALE;
  }
  expungeDropped(map, self, word, promoted);
  store<u32>(self, 0, MAP_AGENT_MISSES);
  store<u32>(self, load<u32>(self, MAP_AGENT_PROMOTIONS) + 1, MAP_AGENT_PROMOTIONS);
  return STATUS_OK;
}

/** A new read bucket's word with all that `word` leads to and cannot be dropped; 0: no room. */
function bucketGather(map: usize, self: usize, word: u32): u32 {
  const horizon = cutHorizon(map);
  let count: u32 = 0;
  let at = word;
  for (; at & MAP_WORD_AMENDED; at = load<u32>(wordOffset(at), MAP_ENTRY_NEXT)) count++;
  const begin = pairsBegin(at);
  const end = pairsEnd(at);
  count += <u32>(end - begin) / <u32>PAIR_SIZE;
  let bucket = count > PAIRS_MAX ? 0 : bucketAllocate(map, self, count, bucketsOf(at));
  if (bucket == 0) {
    // Little room is left: for what must be kept there may be enough, and an empty bucket needs none.
    count = keptCount(map, word, horizon);
    if (count == 0) return emptyWord(bucketsOf(at));
    bucket = count > PAIRS_MAX ? 0 : bucketAllocate(map, self, count, bucketsOf(at));
    if (bucket == 0) return 0;
  }

  const mask = load<u32>(map, MAP_HASH_MASK);
  const pairs = bucket + MAP_BUCKET_PAIRS;
  let to = pairs;
  for (at = word; at & MAP_WORD_AMENDED; at = load<u32>(wordOffset(at), MAP_ENTRY_NEXT)) {
    const entry = wordOffset(at);
    if (isDroppable(map, entry, horizon)) continue;
    store<u32>(to, entryHash(entry, at, mask));
    store<u32>(to, <u32>entry | (at & MAP_WORD_BYTES), MAP_PAIR_ENTRY);
    to += PAIR_SIZE;
  }
  for (let pair = begin; pair != end; pair += PAIR_SIZE) {
    if (isDroppable(map, wordOffset(load<u32>(pair, MAP_PAIR_ENTRY)), horizon)) continue;
    store<u64>(to, load<u64>(pair));
    to += PAIR_SIZE;
  }
  return bucketTrim(map, self, bucket, <u32>(to - pairs) / <u32>PAIR_SIZE, bucketsOf(at));
}

function keptCount(map: usize, word: u32, horizon: u32): u32 {
  let count: u32 = 0;
  let at = word;
  for (; at & MAP_WORD_AMENDED; at = load<u32>(wordOffset(at), MAP_ENTRY_NEXT)) {
    if (!isDroppable(map, wordOffset(at), horizon)) count++;
  }
  const end = pairsEnd(at);
  for (let pair = pairsBegin(at); pair != end; pair += PAIR_SIZE) {
    if (!isDroppable(map, wordOffset(load<u32>(pair, MAP_PAIR_ENTRY)), horizon)) count++;
  }
  return count;
}

/** The word of a new bucket that got `count` pairs; gives back the granules it does not need. */
function bucketTrim(map: usize, self: usize, bucket: usize, count: u32, buckets: u32): u32 {
  const taken = bucketSizeFor(load<u16>(bucket, MAP_BUCKET_CAPACITY));
  const needed = count == 0 ? 0 : bucketSizeFor(count);
  const spare = arenaBlockSize(taken) - arenaBlockSize(needed);
  if (spare > 0) arenaFree(map, self, bucket + <usize>arenaBlockSize(needed), spare);
  if (count == 0) return emptyWord(buckets);
  store<u16>(bucket, <u16>count, MAP_BUCKET_COUNT);
  store<u16>(bucket, <u16>count, MAP_BUCKET_CAPACITY);
  return <u32>bucket;
}

/** Whether no cut, taken or to come, sees the entry any more. */
function isDroppable(map: usize, entry: usize, horizon: u32): bool {
  const word = entryLoad(entry + MAP_ENTRY_WORD);
  if (entryState(word) != ENTRY_STATE_DELETED) return false;
  return endOf(map, entryOffset(word)) <= horizon;
}

/** Expunges what the old word led to and the new bucket has not, and retires the old bucket. */
function expungeDropped(map: usize, self: usize, word: u32, promoted: u32): void {
  let kept = pairsBegin(promoted);
  const keptEnd = pairsEnd(promoted);
  let at = word;
  while (at & MAP_WORD_AMENDED) {
    const entry = wordOffset(at);
    const next = load<u32>(entry, MAP_ENTRY_NEXT);
    if (kept != keptEnd && wordOffset(load<u32>(kept, MAP_PAIR_ENTRY)) == entry) kept += PAIR_SIZE;
    else expunge(map, self, entry, at);
    at = next;
  }
  const end = pairsEnd(at);
  for (let pair = pairsBegin(at); pair != end; pair += PAIR_SIZE) {
    const named = load<u32>(pair, MAP_PAIR_ENTRY);
    if (kept != keptEnd && load<u32>(kept, MAP_PAIR_ENTRY) == named) kept += PAIR_SIZE;
    else expunge(map, self, wordOffset(named), named);
  }
  bucketRetire(map, self, at);
}

function expunge(map: usize, self: usize, entry: usize, named: u32): void {
  const word = entryLoad(entry + MAP_ENTRY_WORD);
  const value = entryOffset(word);
  entryAdvance(self, entry, word, entryWord(value, ENTRY_STATE_EXPUNGED));
  const block = value - MAP_VALUE_BLOCK_HEADER_SIZE;
  store<u32>(block, <u32>entry, MAP_BLOCK_PREVIOUS);
  const kind = named & MAP_WORD_BYTES ? MAP_LINK_BYTES_ENTRY : MAP_LINK_ENTRY;
  retire(map, self, <u32>block | kind);
}
