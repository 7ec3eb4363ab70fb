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
  ENTRY_STATE_READY,
  MAP_AGENT_ILLEGAL_STEPS,
  MAP_AGENT_WALKED,
  MAP_BUCKET_CAPACITY,
  MAP_BUCKET_COUNT,
  MAP_BUCKET_LINK,
  MAP_BUCKET_PAIRS,
  MAP_ENTRY_NEXT,
  MAP_ENTRY_WORD,
  MAP_LINK_BUCKET,
  MAP_PAIR_ENTRY,
  MAP_WORD_AMENDED,
  MAP_WORD_BITS,
  MAP_WORD_EMPTY,
  STATUS_OK,
  STATUS_STALE,
} from "../base/spec";
import { arenaAllocate, arenaFree } from "./arena";
import { endOf, isAboveFloor, stampOf } from "./clock";
import { entryLoad, entryOffset, entryState, entryStep } from "./entry";
import { entryHasKey } from "./key";
import { retire } from "./pin";
import { syncExchange } from "./sync";

const PAIR_SIZE: usize = 8;

const LEVEL_SHIFT: i32 = 4;

/**
 * The word of an empty bucket that is one of `buckets`, a power of two. After a split the bucket is
 * one of twice as many: so no word from before can be mistaken for one from after it.
 */
export function emptyWord(buckets: u32): u32 {
  return (ctz<u32>(buckets) << LEVEL_SHIFT) | MAP_WORD_EMPTY;
}

/** One of how many buckets an unamended word names. */
export function bucketsOf(word: u32): u32 {
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

/**
 * The first pair of the read bucket `word`, not an empty one, that has the tag; 0 if there is none.
 * With SIMD, eight pairs at once: which of them it is then costs no mispredicted branch.
 */
export function pairOfTag(word: u32, tag: u32): usize {
  const bucket = wordOffset(word);
  const count = <u32>load<u16>(bucket, MAP_BUCKET_COUNT);
  let pair = bucket + MAP_BUCKET_PAIRS;
  if (ASC_FEATURE_SIMD) {
    // May read behind the bucket, never behind the map (MAP_VALUE_SLACK_SIZE).
    const wanted = i32x4.splat(<i32>tag);
    const low = i32x4.eq(tagsOfFour(pair), wanted);
    const high = i32x4.eq(tagsOfFour(pair + 4 * PAIR_SIZE), wanted);
    const all = <u32>(i32x4.bitmask(low) | (i32x4.bitmask(high) << 4));
    const hits = count < 8 ? all & (((<u32>1) << count) - 1) : all;
    if (hits != 0) return pair + <usize>ctz<u32>(hits) * PAIR_SIZE;
    if (count <= 8) return 0;
    pair += 8 * PAIR_SIZE;
  }
  const end = bucket + MAP_BUCKET_PAIRS + <usize>count * PAIR_SIZE;
  for (; pair < end; pair += PAIR_SIZE) if (load<u32>(pair) == tag) return pair;
  return 0;
}

function tagsOfFour(pair: usize): v128 {
  return v128.shuffle<i32>(v128.load(pair), v128.load(pair, 16), 0, 2, 4, 6);
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

export function bucketSizeFor(count: u32): i32 {
  return MAP_BUCKET_PAIRS + <i32>count * <i32>PAIR_SIZE;
}

export function bucketAllocate(map: usize, self: usize, count: u32, buckets: u32): usize {
  const bucket = arenaAllocate(map, self, bucketSizeFor(count));
  if (bucket == 0) return 0;
  store<u16>(bucket, 0, MAP_BUCKET_COUNT);
  store<u16>(bucket, <u16>count, MAP_BUCKET_CAPACITY);
  store<u32>(bucket, buckets, MAP_BUCKET_LINK);
  return bucket;
}
