// Buckets: a dirty chain in front of an immutable read bucket, found by one directory word.
//
//   word ──► dirty entry ──► dirty entry ──► read bucket: tag tag ... entry entry ...
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
  MAP_BLOCK_STAMP,
  MAP_BUCKET_CAPACITY,
  MAP_BUCKET_COUNT,
  MAP_BUCKET_LINK,
  MAP_BUCKET_TAGS,
  MAP_ENTRY_NEXT,
  MAP_ENTRY_WORD,
  MAP_FLOOR,
  MAP_LINK_BUCKET,
  MAP_VALUE_BLOCK_HEADER_SIZE,
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

/** Bytes of a tag, and of the entry that goes with it. */
export const TAG_SIZE: usize = 4;

const LEVEL_SHIFT: i32 = 4;
const STAMP_BEFORE_VALUE: usize = MAP_VALUE_BLOCK_HEADER_SIZE - MAP_BLOCK_STAMP;

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

/** First tag of the read bucket that an unamended word names; equal to tagsEnd if it is empty. */
export function tagsBegin(word: u32): usize {
  return word & MAP_WORD_EMPTY ? 0 : wordOffset(word) + MAP_BUCKET_TAGS;
}

/** Behind the last tag. */
export function tagsEnd(word: u32): usize {
  if (word & MAP_WORD_EMPTY) return 0;
  const bucket = wordOffset(word);
  return bucket + MAP_BUCKET_TAGS + <usize>load<u16>(bucket, MAP_BUCKET_COUNT) * TAG_SIZE;
}

/** The entry of the tag at `tag` in the read bucket that `word` names, with its kind. */
export function entryOfTag(word: u32, tag: usize): u32 {
  const capacity = <usize>load<u16>(wordOffset(word), MAP_BUCKET_CAPACITY);
  return load<u32>(tag + capacity * TAG_SIZE);
}

/** Whether entryOfHash looks at all entries of the read bucket that `word` names. */
export function bucketIsSmall(word: u32): bool {
  return load<u16>(wordOffset(word), MAP_BUCKET_COUNT) <= 8;
}

/**
 * The first of a read bucket's first eight entries, with its kind, that has the tag; 0 if there is
 * none among these. With SIMD all at once: which one it is then costs no mispredicted branch.
 */
export function entryOfHash(bucket: usize, hash: u32): u32 {
  const count = <u32>load<u16>(bucket, MAP_BUCKET_COUNT);
  const tags = bucket + MAP_BUCKET_TAGS;
  const entries = tags + <usize>load<u16>(bucket, MAP_BUCKET_CAPACITY) * TAG_SIZE;
  if (ASC_FEATURE_SIMD) {
    // May read behind the bucket, never behind the map (MAP_VALUE_SLACK_SIZE).
    const wanted = i32x4.splat(<i32>hash);
    const low = i32x4.eq(v128.load(tags), wanted);
    const high = i32x4.eq(v128.load(tags, 16), wanted);
    // Two bits a tag. The shift counts modulo 32; of a large bucket fewer tags are looked at.
    const hits = i8x16.bitmask(i16x8.narrow_i32x4_s(low, high)) & ~(-1 << (count << 1));
    return hits == 0 ? 0 : load<u32>(entries + ((<usize>ctz<i32>(hits)) << 1));
  }
  const end = min<u32>(count, 8);
  for (let i: u32 = 0; i < end; i++) {
    if (load<u32>(tags + <usize>i * TAG_SIZE) == hash) {
      return load<u32>(entries + <usize>i * TAG_SIZE);
    }
  }
  return 0;
}

/** Offset of the value that an entry has now; 0 if it is deleted or cleared. Stamps what it saw. */
export function entryValue(map: usize, entry: usize): usize {
  const word = entryLoad(entry + MAP_ENTRY_WORD);
  const value = entryOffset(word);
  return entryIsCounted(map, word) ? value : entryValueSlowly(map, word);
}

/**
 * Whether an entry's word is ready and its value stamped and not cleared; if not, entryValue knows
 * more. In one expression, which costs no mispredicted branch.
 */
export function entryIsCounted(map: usize, word: u32): bool {
  // Both are as new as the word at least. A stamp that is not there yet is 0, below any floor.
  const stamp = load<u32>(entryOffset(word) - STAMP_BEFORE_VALUE);
  const age = <i32>(load<u32>(map, MAP_FLOOR) - stamp);
  return ((entryState(word) ^ ENTRY_STATE_READY) | (~age >>> 31)) == 0;
}

function entryValueSlowly(map: usize, word: u32): usize {
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
  const end = tagsEnd(at);
  for (let tag = tagsBegin(at); tag != end; tag += TAG_SIZE) {
    if (load<u32>(tag) != hash) continue;
    const named = entryOfTag(at, tag);
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
  const begin = tagsBegin(word);
  const end = tagsEnd(word);
  let count: u32 = 0;
  for (let tag = begin; tag != end; tag += TAG_SIZE) {
    if (<bool>(load<u32>(tag) & half) == has) count++;
  }
  if (count == 0) return emptyWord(half << 1);
  const bucket = bucketAllocate(map, self, count, half << 1);
  if (bucket == 0) return 0;
  for (let tag = begin; tag != end; tag += TAG_SIZE) {
    if (<bool>(load<u32>(tag) & half) == has) {
      bucketAppend(bucket, load<u32>(tag), entryOfTag(word, tag));
    }
  }
  return <u32>bucket;
}

/** Gives a bucket back that nobody has seen. */
export function bucketDiscard(map: usize, self: usize, word: u32): void {
  if (word & MAP_WORD_EMPTY) return;
  const bucket = wordOffset(word);
  const capacity = load<u16>(bucket, MAP_BUCKET_CAPACITY);
  arenaFree(map, self, bucket, bucketSizeFor(capacity));
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

/** A new read bucket with room for `count` pairs, one of `buckets`; 0 if there is no room. */
export function bucketAllocate(map: usize, self: usize, count: u32, buckets: u32): usize {
  const bucket = arenaAllocate(map, self, bucketSizeFor(count));
  if (bucket == 0) return 0;
  store<u16>(bucket, 0, MAP_BUCKET_COUNT);
  store<u16>(bucket, <u16>count, MAP_BUCKET_CAPACITY);
  store<u32>(bucket, buckets, MAP_BUCKET_LINK);
  return bucket;
}

/** Puts a pair into a new bucket that has room for it. */
export function bucketAppend(bucket: usize, hash: u32, named: u32): void {
  const count = <usize>load<u16>(bucket, MAP_BUCKET_COUNT);
  const capacity = <usize>load<u16>(bucket, MAP_BUCKET_CAPACITY);
  const tag = bucket + MAP_BUCKET_TAGS + count * TAG_SIZE;
  store<u32>(tag, hash);
  store<u32>(tag + capacity * TAG_SIZE, named);
  store<u16>(bucket, <u16>(count + 1), MAP_BUCKET_COUNT);
}

function bucketSizeFor(count: u32): i32 {
  return MAP_BUCKET_TAGS + <i32>count * 2 * <i32>TAG_SIZE;
}
