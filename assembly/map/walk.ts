// Walks: all keys of the map as it goes on, or of a cut, each at most once, while buckets split.
//
// The cursor counts hashes with their bits reversed, as Redis' SCAN does: a bucket covers one range
// of reversed hashes, and its two halves after a split cover the halves of that range. So what was
// visited stays visited, and what was not lies ahead. Within a bucket the walk goes on in the word
// it found; the agent stays pinned. Contract of sync.Map's Range: a key that is there for the whole
// walk is visited; a value may be from any moment of it. A cut shows one moment.
import {
  MAP_BUCKET_CAPACITY,
  MAP_BUCKET_COUNT,
  MAP_BUCKET_TAGS,
  MAP_BUCKETS,
  MAP_CURSOR_DONE,
  MAP_CURSOR_FILLED,
  MAP_CURSOR_FOUND,
  MAP_CURSOR_HOME,
  MAP_CURSOR_HOME_MASK,
  MAP_CURSOR_INDEX,
  MAP_CURSOR_KEY,
  MAP_CURSOR_KEY_SIZE,
  MAP_CURSOR_LIMIT,
  MAP_CURSOR_NEXT,
  MAP_CURSOR_PAGE,
  MAP_CURSOR_PAGE_MASK,
  MAP_CURSOR_POSITION,
  MAP_CURSOR_TAKER,
  MAP_CURSOR_VALUE,
  MAP_CURSOR_WORD,
  MAP_ENTRY_KEY,
  MAP_ENTRY_NEXT,
  MAP_ENTRY_WORD,
  MAP_KEY_BLOCK_BYTES,
  MAP_KEY_BLOCK_SIZE,
  MAP_WORD_AMENDED,
  MAP_WORD_BYTES,
  MAP_WORD_EMPTY,
  MAP_WORD_UNSET,
} from "../base/spec";
import { entryIsCounted, entryValue, TAG_SIZE, wordOffset } from "./bucket";
import { valueInCut } from "./cut";
import { entryLoad, entryOffset } from "./entry";
import { directoryPlace } from "./growth";
import { entryHash } from "./key";
import { homeWord, searchHolds } from "./search";
import { syncLoad } from "./sync";

/** TAKER of a walk over the map as it is. */
const NO_CUT: u32 = 0xffffffff;
/** KEY_SIZE of a 64-bit key. */
export const KEY_IS_INTEGER: i32 = -1;

/** Entry and value in FOUND, and how many of these there are. */
const FOUND_SIZE: u32 = 8;
const FOUND_MAX: u32 = 8;

/**
 * Sets the cursor (MAP_VALUE_CURSOR_SIZE bytes of the caller's, 8-aligned) before the first key of
 * the map as it is. The agent stays pinned from here to the last rangeNext. Walks may nest, and the
 * agent may change the map in between.
 */
export function rangeBegin(cursor: usize): void {
  begin(cursor, NO_CUT);
}

/** The same for the cut that agent `taker` holds. Any thread, while `taker` holds it. */
export function cutBegin(cursor: usize, taker: i32): void {
  begin(cursor, <u32>taker);
}

/** The same for those keys alone whose hash has `page` in the bits of `mask`, low ones. */
export function cutPageBegin(cursor: usize, taker: i32, page: u32, mask: u32): void {
  begin(cursor, <u32>taker);
  const start = reversed(page);
  store<u32>(cursor, start, MAP_CURSOR_POSITION);
  // Reversed, the hashes of a page are one range, as many as the bits that are not in the mask say.
  store<u32>(cursor, start + ~reversed(mask) + 1, MAP_CURSOR_LIMIT);
  store<u32>(cursor, page, MAP_CURSOR_PAGE);
  store<u32>(cursor, mask, MAP_CURSOR_PAGE_MASK);
}

/**
 * 1 and the next key and the offset of its value in the cursor, or 0 at the end. Looks up to eight
 * keys up ahead, so a change made between two calls may be seen by a later walk only.
 */
export function walkNext(map: usize, cursor: usize): i32 {
  while (load<u32>(cursor, MAP_CURSOR_NEXT) == load<u32>(cursor, MAP_CURSOR_FILLED)) {
    if (!walkMore(map, cursor)) return 0;
  }
  const next = load<u32>(cursor, MAP_CURSOR_NEXT);
  store<u32>(cursor, next + FOUND_SIZE, MAP_CURSOR_NEXT);
  const found = cursor + MAP_CURSOR_FOUND + <usize>next;
  const named = load<u32>(found);
  store<u32>(cursor, load<u32>(found, 4), MAP_CURSOR_VALUE);
  if (named & MAP_WORD_BYTES) {
    showBytes(cursor, wordOffset(named));
  } else {
    store<i32>(cursor, KEY_IS_INTEGER, MAP_CURSOR_KEY_SIZE);
    store<u64>(cursor, load<u64>(wordOffset(named), MAP_ENTRY_KEY), MAP_CURSOR_KEY);
  }
  return 1;
}

function begin(cursor: usize, taker: u32): void {
  store<u32>(cursor, 0, MAP_CURSOR_POSITION);
  store<u32>(cursor, 0, MAP_CURSOR_WORD);
  store<u32>(cursor, 0, MAP_CURSOR_DONE);
  store<u32>(cursor, taker, MAP_CURSOR_TAKER);
  store<u32>(cursor, 0, MAP_CURSOR_LIMIT);
  store<u32>(cursor, 0, MAP_CURSOR_PAGE);
  store<u32>(cursor, 0, MAP_CURSOR_PAGE_MASK);
  store<u32>(cursor, 0, MAP_CURSOR_NEXT);
  store<u32>(cursor, 0, MAP_CURSOR_FILLED);
}

/**
 * The quick way through all keys, in place of walkNext: fills FOUND with the next up to eight
 * {entry, value}, maybe none, as FILLED says; false at the end. The entry's bit MAP_WORD_BYTES says
 * what kind of key stands at its offset (spec/map.md).
 */
export function walkMore(map: usize, cursor: usize): bool {
  let word = load<u32>(cursor, MAP_CURSOR_WORD);
  store<u32>(cursor, 0, MAP_CURSOR_NEXT);
  store<u32>(cursor, 0, MAP_CURSOR_FILLED);
  if (word == 0) {
    if (load<u32>(cursor, MAP_CURSOR_DONE) != 0) return false;
    word = nextGroup(map, cursor);
  }
  if (word & MAP_WORD_AMENDED) lookAtEntry(map, cursor, word);
  else lookIntoPairs(map, cursor, word);
  return true;
}

/** The word of the bucket at POSITION; moves POSITION behind it. */
function nextGroup(map: usize, cursor: usize): u32 {
  const position = load<u32>(cursor, MAP_CURSOR_POSITION);
  const start = reversed(position);
  let buckets: u32;
  let word: u32;
  while (true) {
    buckets = syncLoad(map + MAP_BUCKETS);
    word = syncLoad(directoryPlace(map, start & (buckets - 1)));
    const isUnset = word == MAP_WORD_UNSET;
    if (isUnset) word = homeWord(map, start, buckets);
    if (searchHolds(map, start, buckets, isUnset)) break;
  }
  const next = position + ((<u32>1) << (clz<u32>(buckets) + 1));
  const limit = load<u32>(cursor, MAP_CURSOR_LIMIT);
  const isLast = next <= position || (limit != 0 && next >= limit);
  store<u32>(cursor, next, MAP_CURSOR_POSITION);
  store<u32>(cursor, isLast ? 1 : 0, MAP_CURSOR_DONE);
  store<u32>(cursor, 0, MAP_CURSOR_INDEX);
  // The buckets of a page have its low bits, so a hash that is at home in one is of the page.
  store<u32>(cursor, (start & (buckets - 1)) | load<u32>(cursor, MAP_CURSOR_PAGE), MAP_CURSOR_HOME);
  store<u32>(cursor, (buckets - 1) | load<u32>(cursor, MAP_CURSOR_PAGE_MASK), MAP_CURSOR_HOME_MASK);
  return word;
}

/** The front of a dirty chain; leaves the rest in WORD. */
function lookAtEntry(map: usize, cursor: usize, word: u32): void {
  const entry = wordOffset(word);
  store<u32>(cursor, load<u32>(entry, MAP_ENTRY_NEXT), MAP_CURSOR_WORD);
  const hash = entryHash(map, entry, word);
  if ((hash & load<u32>(cursor, MAP_CURSOR_HOME_MASK)) != load<u32>(cursor, MAP_CURSOR_HOME))
    return;
  const taker = load<u32>(cursor, MAP_CURSOR_TAKER);
  const value = valueSlowly(map, taker, entry);
  if (value == 0) return;
  store<u32>(cursor, word, MAP_CURSOR_FOUND);
  store<u32>(cursor, <u32>value, MAP_CURSOR_FOUND + 4);
  store<u32>(cursor, FOUND_SIZE, MAP_CURSOR_FILLED);
}

/** Up to eight pairs of a read bucket, from INDEX on; leaves the bucket in WORD if it has more. */
function lookIntoPairs(map: usize, cursor: usize, word: u32): void {
  if (word & MAP_WORD_EMPTY) {
    store<u32>(cursor, 0, MAP_CURSOR_WORD);
    return;
  }
  const bucket = wordOffset(word);
  const index = load<u32>(cursor, MAP_CURSOR_INDEX);
  const left = <u32>load<u16>(bucket, MAP_BUCKET_COUNT) - index;
  const distance = <usize>load<u16>(bucket, MAP_BUCKET_CAPACITY) * TAG_SIZE;
  store<u32>(cursor, left > FOUND_MAX ? word : 0, MAP_CURSOR_WORD);
  store<u32>(cursor, index + FOUND_MAX, MAP_CURSOR_INDEX);
  const mask = load<u32>(cursor, MAP_CURSOR_HOME_MASK);
  const home = load<u32>(cursor, MAP_CURSOR_HOME);
  const taker = load<u32>(cursor, MAP_CURSOR_TAKER);
  const isCut = taker != NO_CUT;
  let tag = bucket + MAP_BUCKET_TAGS + <usize>index * TAG_SIZE;
  const end = tag + <usize>min<u32>(left, FOUND_MAX) * TAG_SIZE;
  let found = cursor + MAP_CURSOR_FOUND;
  for (; tag < end; tag += TAG_SIZE) {
    if ((load<u32>(tag) & mask) != home) continue;
    const named = load<u32>(tag + distance);
    const entry = wordOffset(named);
    const now = entryLoad(entry + MAP_ENTRY_WORD);
    let value = entryOffset(now);
    if (isCut | !entryIsCounted(map, now)) {
      value = valueSlowly(map, taker, entry);
      if (value == 0) continue;
    }
    store<u32>(found, named);
    store<u32>(found, <u32>value, 4);
    found += FOUND_SIZE;
  }
  store<u32>(cursor, <u32>(found - cursor) - MAP_CURSOR_FOUND, MAP_CURSOR_FILLED);
}

function valueSlowly(map: usize, taker: u32, entry: usize): usize {
  return taker == NO_CUT ? entryValue(map, entry) : valueInCut(map, <i32>taker, entry);
}

function showBytes(cursor: usize, entry: usize): void {
  const block = load<u32>(entry, MAP_ENTRY_KEY);
  store<u32>(cursor, load<u32>(<usize>block, MAP_KEY_BLOCK_SIZE), MAP_CURSOR_KEY_SIZE);
  store<u32>(cursor, block + MAP_KEY_BLOCK_BYTES, MAP_CURSOR_KEY);
  store<u32>(cursor, load<u32>(entry, MAP_ENTRY_KEY + 4), MAP_CURSOR_KEY + 4);
}

/** The bits of a word in reverse order. */
function reversed(word: u32): u32 {
  let bits = ((word >> 1) & 0x55555555) | ((word & 0x55555555) << 1);
  bits = ((bits >> 2) & 0x33333333) | ((bits & 0x33333333) << 2);
  bits = ((bits >> 4) & 0x0f0f0f0f) | ((bits & 0x0f0f0f0f) << 4);
  return bswap<u32>(bits);
}
