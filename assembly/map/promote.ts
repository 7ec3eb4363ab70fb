// Promotion: a dirty chain and a read bucket become one new read bucket, without what is dead.
//
// All entries that somebody may still ask for are gathered; one compare-exchange puts the new
// bucket in place. Whoever wins expunges what it dropped and retires it with the old bucket. Dead
// is what was deleted before the oldest cut there is or will be.
import {
  ENTRY_STATE_DELETED,
  ENTRY_STATE_EXPUNGED,
  MAP_AGENT_MISSES,
  MAP_AGENT_PROMOTIONS,
  MAP_BLOCK_PREVIOUS,
  MAP_ENTRY_NEXT,
  MAP_ENTRY_WORD,
  MAP_LINK_BYTES_ENTRY,
  MAP_LINK_ENTRY,
  MAP_VALUE_BLOCK_HEADER_SIZE,
  MAP_WORD_AMENDED,
  MAP_WORD_BYTES,
  STATUS_FULL,
  STATUS_OK,
  STATUS_STALE,
} from "../base/spec";
import {
  bucketAllocate,
  bucketAppend,
  bucketDiscard,
  bucketReplace,
  bucketRetire,
  bucketsOf,
  emptyWord,
  entryAdvance,
  entryOfTag,
  TAG_SIZE,
  tagsBegin,
  tagsEnd,
  wordOffset,
} from "./bucket";
import { cutHorizon, endOf } from "./clock";
import { entryLoad, entryOffset, entryState, entryWord } from "./entry";
import { entryHash } from "./key";
import { retire } from "./pin";

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
  const end = tagsEnd(at);
  for (let tag = tagsBegin(at); tag != end; tag += TAG_SIZE) {
    count++;
    if (isDroppable(map, wordOffset(entryOfTag(at, tag)), horizon)) dropped++;
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
  const buckets = bucketsOf(readPart(word));
  // What can be dropped now can be dropped later too, so this is room enough.
  const count = keptCount(map, word, horizon);
  if (count == 0) return emptyWord(buckets);
  const bucket = count > PAIRS_MAX ? <usize>0 : bucketAllocate(map, self, count, buckets);
  if (bucket == 0) return 0;
  let at = word;
  for (; at & MAP_WORD_AMENDED; at = load<u32>(wordOffset(at), MAP_ENTRY_NEXT)) {
    const entry = wordOffset(at);
    if (isDroppable(map, entry, horizon)) continue;
    bucketAppend(bucket, entryHash(map, entry, at), <u32>entry | (at & MAP_WORD_BYTES));
  }
  const end = tagsEnd(at);
  for (let tag = tagsBegin(at); tag != end; tag += TAG_SIZE) {
    const named = entryOfTag(at, tag);
    if (!isDroppable(map, wordOffset(named), horizon)) bucketAppend(bucket, load<u32>(tag), named);
  }
  if (tagsBegin(<u32>bucket) != tagsEnd(<u32>bucket)) return <u32>bucket;
  // All was deleted since it was counted; a bucket without entries would never be tidied up.
  bucketDiscard(map, self, <u32>bucket);
  return emptyWord(buckets);
}

/** The word behind the dirty chain. */
function readPart(word: u32): u32 {
  let at = word;
  while (at & MAP_WORD_AMENDED) at = load<u32>(wordOffset(at), MAP_ENTRY_NEXT);
  return at;
}

function keptCount(map: usize, word: u32, horizon: u32): u32 {
  let count: u32 = 0;
  let at = word;
  for (; at & MAP_WORD_AMENDED; at = load<u32>(wordOffset(at), MAP_ENTRY_NEXT)) {
    if (!isDroppable(map, wordOffset(at), horizon)) count++;
  }
  const end = tagsEnd(at);
  for (let tag = tagsBegin(at); tag != end; tag += TAG_SIZE) {
    if (!isDroppable(map, wordOffset(entryOfTag(at, tag)), horizon)) count++;
  }
  return count;
}

/**
 * Whether no cut, taken or to come, sees the entry any more. Once so, always so: what was counted
 * without it has no room for it. Expunged is what another promotion dropped; ours has lost.
 */
function isDroppable(map: usize, entry: usize, horizon: u32): bool {
  const word = entryLoad(entry + MAP_ENTRY_WORD);
  if (entryState(word) == ENTRY_STATE_EXPUNGED) return true;
  if (entryState(word) != ENTRY_STATE_DELETED) return false;
  // Once expunged, END is a link.
  return endOf(map, entryOffset(word)) <= horizon || entryLoad(entry + MAP_ENTRY_WORD) != word;
}

/** Expunges what the old word led to and the new bucket has not, and retires the old bucket. */
function expungeDropped(map: usize, self: usize, word: u32, promoted: u32): void {
  let kept = tagsBegin(promoted);
  const keptEnd = tagsEnd(promoted);
  let at = word;
  while (at & MAP_WORD_AMENDED) {
    const entry = wordOffset(at);
    const next = load<u32>(entry, MAP_ENTRY_NEXT);
    if (kept != keptEnd && wordOffset(entryOfTag(promoted, kept)) == entry) kept += TAG_SIZE;
    else expunge(map, self, entry, at);
    at = next;
  }
  const end = tagsEnd(at);
  for (let tag = tagsBegin(at); tag != end; tag += TAG_SIZE) {
    const named = entryOfTag(at, tag);
    if (kept != keptEnd && entryOfTag(promoted, kept) == named) kept += TAG_SIZE;
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
