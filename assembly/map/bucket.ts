// Buckets: a dirty chain in front of an immutable read bucket, found by one directory word.
//
//   word ──► dirty entry ──► dirty entry ──► read bucket {tag, entry} {tag, entry} ...
//
// A new entry goes to the front by one compare-exchange of the word. Promotion copies the pairs of
// all entries that somebody may still ask for into a new read bucket and puts it in place by one
// compare-exchange too; what it dropped is expunged and retired. Whoever walks an older word goes
// on in what it found: nothing published changes but entry words.
import {
  ENTRY_STATE_DELETED,
  ENTRY_STATE_EXPUNGED,
  ENTRY_STATE_READY,
  MAP_AGENT_ILLEGAL_STEPS,
  MAP_AGENT_MISSES,
  MAP_AGENT_PROMOTIONS,
  MAP_AGENT_WALKED,
  MAP_BLOCK_PREVIOUS,
  MAP_BUCKET_CAPACITY,
  MAP_BUCKET_COUNT,
  MAP_BUCKET_LINK,
  MAP_BUCKET_PAIRS,
  MAP_ENTRY_NEXT,
  MAP_ENTRY_WORD,
  MAP_HASH_MASK,
  MAP_LINK_BUCKET,
  MAP_LINK_BYTES_ENTRY,
  MAP_LINK_ENTRY,
  MAP_PAIR_ENTRY,
  MAP_VALUE_BLOCK_HEADER_SIZE,
  MAP_WORD_AMENDED,
  MAP_WORD_BITS,
  MAP_WORD_BYTES,
  MAP_WORD_EMPTY,
  STATUS_FULL,
  STATUS_OK,
  STATUS_STALE,
} from "../base/spec";
import { arenaAllocate, arenaFree } from "./arena";
import { cutHorizon, endOf, isAboveFloor, stampOf } from "./clock";
import { entryLoad, entryOffset, entryState, entryStep, entryWord } from "./entry";
import { entryHash, entryHasKey } from "./key";
import { retire } from "./pin";
import { syncExchange } from "./sync";

const PAIR_SIZE: usize = 8;
const PAIRS_MAX: u32 = 65535;
const LEVEL_SHIFT: i32 = 4;

/**
 * The word of an empty bucket that is one of `buckets`, a power of two. After a split the bucket is
 * one of twice as many: so no word from before can be mistaken for one from after it.
 */
export function emptyWord(buckets: u32): u32 {
  return (ctz<u32>(buckets) << LEVEL_SHIFT) | MAP_WORD_EMPTY;
}

/** One of how many buckets an unamended word names. */
function bucketsOf(word: u32): u32 {
  if (word & MAP_WORD_EMPTY) return (<u32>1) << (word >> LEVEL_SHIFT);
  return load<u32>(wordOffset(word), MAP_BUCKET_LINK);
}

/** Offset of the entry or read bucket that a directory word or a pair names. */
export function wordOffset(word: u32): usize {
  return <usize>(word & ~MAP_WORD_BITS);
}

/** First pair of the read bucket that an unamended word names; equal to pairsEnd if it is empty. */
export function pairsBegin(word: u32): usize {
  return word & MAP_WORD_EMPTY ? 0 : wordOffset(word) + MAP_BUCKET_PAIRS;
}

/** Behind the last pair. */
export function pairsEnd(word: u32): usize {
  if (word & MAP_WORD_EMPTY) return 0;
  const bucket = wordOffset(word);
  return bucket + MAP_BUCKET_PAIRS + <usize>load<u16>(bucket, MAP_BUCKET_COUNT) * PAIR_SIZE;
}

/** Offset of the value that an entry has now; 0 if it is deleted or cleared. Stamps what it saw. */
export function entryValue(map: usize, entry: usize): usize {
  const word = entryLoad(entry + MAP_ENTRY_WORD);
  const value = entryOffset(word);
  if (entryState(word) == ENTRY_STATE_READY) {
    return isAboveFloor(map, stampOf(map, value)) ? value : 0;
  }
  if (entryState(word) == ENTRY_STATE_DELETED) endOf(map, value);
  return 0;
}

/**
 * The entry that has the key and a value now, among those `word` leads to; 0 if there is none. How
 * many dirty entries it passed is in the agent's WALKED.
 */
export function bucketFind(
  map: usize,
  self: usize,
  word: u32,
  hash: u32,
  key: u64,
  bytes: usize,
  size: i32,
): usize {
  let walked: u32 = 0;
  let at = word;
  let found: usize = 0;
  for (; at & MAP_WORD_AMENDED && found == 0; walked++) {
    const entry = wordOffset(at);
    if (entryHasKey(entry, at, hash, key, bytes, size) && entryValue(map, entry) != 0) {
      found = entry;
    }
    at = load<u32>(entry, MAP_ENTRY_NEXT);
  }
  store<u32>(self, walked, MAP_AGENT_WALKED);
  if (found != 0) return found;
  const end = pairsEnd(at);
  for (let pair = pairsBegin(at); pair != end; pair += PAIR_SIZE) {
    if (load<u32>(pair) != hash) continue;
    const named = load<u32>(pair, MAP_PAIR_ENTRY);
    const entry = wordOffset(named);
    if (!entryHasKey(entry, named, hash, key, bytes, size)) continue;
    if (entryValue(map, entry) != 0) return entry;
  }
  return 0;
}

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

/** Swings a directory word to another bucket. The one place where read buckets change. */
export function bucketReplace(place: usize, from: u32, to: u32): bool {
  return syncExchange(place, from, to) == from;
}

/**
 * The pairs of a read bucket whose tags have, or have not, a bit of `half`, as a new bucket's word;
 * 0 if there is no room.
 */
export function bucketPart(map: usize, self: usize, word: u32, half: u32, has: bool): u32 {
  const begin = pairsBegin(word);
  const end = pairsEnd(word);
  let count: u32 = 0;
  for (let pair = begin; pair != end; pair += PAIR_SIZE) {
    if (<bool>(load<u32>(pair) & half) == has) count++;
  }
  if (count == 0) return emptyWord(half << 1);
  const bucket = bucketAllocate(map, self, count, half << 1);
  if (bucket == 0) return 0;
  let to = bucket + MAP_BUCKET_PAIRS;
  for (let pair = begin; pair != end; pair += PAIR_SIZE) {
    if (<bool>(load<u32>(pair) & half) != has) continue;
    store<u64>(to, load<u64>(pair));
    to += PAIR_SIZE;
  }
  store<u16>(bucket, <u16>count, MAP_BUCKET_COUNT);
  return <u32>bucket;
}

/** Gives a bucket back that nobody has seen. */
export function bucketDiscard(map: usize, self: usize, word: u32): void {
  if (word & MAP_WORD_EMPTY) return;
  const bucket = wordOffset(word);
  const capacity = load<u16>(bucket, MAP_BUCKET_CAPACITY);
  arenaFree(map, self, bucket, MAP_BUCKET_PAIRS + <i32>capacity * <i32>PAIR_SIZE);
}

/** Retires the read bucket that an unamended word names. */
export function bucketRetire(map: usize, self: usize, word: u32): void {
  if (!(word & MAP_WORD_EMPTY)) retire(map, self, <u32>wordOffset(word) | MAP_LINK_BUCKET);
}

/** Steps an entry's word and counts a refused step that was illegal. */
export function entryAdvance(self: usize, entry: usize, from: u32, to: u32): bool {
  const status = entryStep(entry + MAP_ENTRY_WORD, from, to);
  if (status != STATUS_OK && status != STATUS_STALE) {
    const count = load<u32>(self, MAP_AGENT_ILLEGAL_STEPS);
    store<u32>(self, count + 1, MAP_AGENT_ILLEGAL_STEPS);
  }
  return status == STATUS_OK;
}

/** A new read bucket's word with all that `word` leads to and cannot be dropped; 0: no room. */
function bucketGather(map: usize, self: usize, word: u32): u32 {
  const horizon = cutHorizon(map);
  let count: u32 = 0;
  let at = word;
  for (; at & MAP_WORD_AMENDED; at = load<u32>(wordOffset(at), MAP_ENTRY_NEXT)) {
    if (!isDroppable(map, wordOffset(at), horizon)) count++;
  }
  const begin = pairsBegin(at);
  const end = pairsEnd(at);
  for (let pair = begin; pair != end; pair += PAIR_SIZE) {
    if (!isDroppable(map, wordOffset(load<u32>(pair, MAP_PAIR_ENTRY)), horizon)) count++;
  }
  const buckets = bucketsOf(at);
  if (count == 0) return emptyWord(buckets);
  const bucket = count > PAIRS_MAX ? <usize>0 : bucketAllocate(map, self, count, buckets);
  if (bucket == 0) return 0;

  // An entry may have become droppable meanwhile, none the other way round: the room suffices.
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
  store<u16>(bucket, <u16>((to - pairs) / PAIR_SIZE), MAP_BUCKET_COUNT);
  return <u32>bucket;
}

function bucketAllocate(map: usize, self: usize, count: u32, buckets: u32): usize {
  const bucket = arenaAllocate(map, self, MAP_BUCKET_PAIRS + <i32>count * <i32>PAIR_SIZE);
  if (bucket == 0) return 0;
  store<u16>(bucket, 0, MAP_BUCKET_COUNT);
  store<u16>(bucket, <u16>count, MAP_BUCKET_CAPACITY);
  store<u32>(bucket, buckets, MAP_BUCKET_LINK);
  return bucket;
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
