// Walks: all keys of the map as it goes on, or of a cut, each at most once, while buckets split.
//
// The cursor counts hashes with their bits reversed, as Redis' SCAN does: a bucket covers one range
// of reversed hashes, and its two halves after a split cover the halves of that range. So what was
// visited stays visited, and what was not lies ahead. Within a bucket the walk goes on in the word
// it found; the agent stays pinned. Contract of sync.Map's Range: a key that is there for the whole
// walk is visited; a value may be from any moment of it. A cut shows one moment.
import {
  MAP_BUCKETS,
  MAP_CURSOR_DONE,
  MAP_CURSOR_HOME,
  MAP_CURSOR_HOME_MASK,
  MAP_CURSOR_INDEX,
  MAP_CURSOR_KEY,
  MAP_CURSOR_KEY_SIZE,
  MAP_CURSOR_LIMIT,
  MAP_CURSOR_PAGE,
  MAP_CURSOR_PAGE_MASK,
  MAP_CURSOR_POSITION,
  MAP_CURSOR_TAKER,
  MAP_CURSOR_VALUE,
  MAP_CURSOR_WORD,
  MAP_ENTRY_KEY,
  MAP_ENTRY_NEXT,
  MAP_HASH_MASK,
  MAP_KEY_BLOCK_BYTES,
  MAP_KEY_BLOCK_SIZE,
  MAP_PAIR_ENTRY,
  MAP_WORD_AMENDED,
  MAP_WORD_BYTES,
  MAP_WORD_UNSET,
} from "../base/spec";
import { entryValue, pairsBegin, pairsEnd, wordOffset } from "./bucket";
import { valueInCut } from "./cut";
import { directoryPlace } from "./growth";
import { entryHash } from "./key";
import { homeWord, searchHolds } from "./search";
import { syncLoad } from "./sync";

/** TAKER of a walk over the map as it is. */
const NO_CUT: u32 = 0xffffffff;
/** KEY_SIZE of a 64-bit key. */
export const KEY_IS_INTEGER: i32 = -1;

const PAIR_SIZE: usize = 8;

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

/** 1 and the next key and the offset of its value in the cursor, or 0 at the end. */
export function walkNext(map: usize, cursor: usize): i32 {
  while (true) {
    const word = load<u32>(cursor, MAP_CURSOR_WORD);
    if (word == 0) {
      if (load<u32>(cursor, MAP_CURSOR_DONE) != 0) return 0;
      nextGroup(map, cursor);
      continue;
    }
    const named = nextEntry(map, cursor, word);
    if (named == 0) continue;
    const entry = wordOffset(named);
    const taker = load<u32>(cursor, MAP_CURSOR_TAKER);
    const value = taker == NO_CUT ? entryValue(map, entry) : valueInCut(map, <i32>taker, entry);
    if (value == 0) continue;
    show(cursor, entry, named, value);
    return 1;
  }
}

function begin(cursor: usize, taker: u32): void {
  store<u32>(cursor, 0, MAP_CURSOR_POSITION);
  store<u32>(cursor, 0, MAP_CURSOR_WORD);
  store<u32>(cursor, 0, MAP_CURSOR_DONE);
  store<u32>(cursor, taker, MAP_CURSOR_TAKER);
  store<u32>(cursor, 0, MAP_CURSOR_LIMIT);
  store<u32>(cursor, 0, MAP_CURSOR_PAGE);
  store<u32>(cursor, 0, MAP_CURSOR_PAGE_MASK);
}

/** Takes the word of the bucket at POSITION and moves POSITION behind it. */
function nextGroup(map: usize, cursor: usize): void {
  const position = load<u32>(cursor, MAP_CURSOR_POSITION);
  while (true) {
    const buckets = syncLoad(map + MAP_BUCKETS);
    const home = reversed(position) & (buckets - 1);
    const isUnset = syncLoad(directoryPlace(map, home)) == MAP_WORD_UNSET;
    const word = homeWord(map, home, buckets);
    if (!searchHolds(map, home, buckets, isUnset)) continue;
    const next = position + ((<u32>1) << (clz<u32>(buckets) + 1));
    store<u32>(cursor, next, MAP_CURSOR_POSITION);
    const limit = load<u32>(cursor, MAP_CURSOR_LIMIT);
    const isLast = next <= position || (limit != 0 && next >= limit);
    store<u32>(cursor, isLast ? 1 : 0, MAP_CURSOR_DONE);
    store<u32>(cursor, word, MAP_CURSOR_WORD);
    store<u32>(cursor, 0, MAP_CURSOR_INDEX);
    store<u32>(cursor, home, MAP_CURSOR_HOME);
    store<u32>(cursor, buckets - 1, MAP_CURSOR_HOME_MASK);
    return;
  }
}

/** The next entry of the group, as its chain or pair names it; 0 if that was none or another's. */
function nextEntry(map: usize, cursor: usize, word: u32): u32 {
  let named = word;
  let hash: u32;
  if (word & MAP_WORD_AMENDED) {
    store<u32>(cursor, load<u32>(wordOffset(word), MAP_ENTRY_NEXT), MAP_CURSOR_WORD);
    hash = entryHash(wordOffset(word), word, load<u32>(map, MAP_HASH_MASK));
  } else {
    const index = load<u32>(cursor, MAP_CURSOR_INDEX);
    const pair = pairsBegin(word) + <usize>index * PAIR_SIZE;
    if (pair >= pairsEnd(word)) {
      store<u32>(cursor, 0, MAP_CURSOR_WORD);
      return 0;
    }
    store<u32>(cursor, index + 1, MAP_CURSOR_INDEX);
    hash = load<u32>(pair);
    named = load<u32>(pair, MAP_PAIR_ENTRY);
  }
  const pageMask = load<u32>(cursor, MAP_CURSOR_PAGE_MASK);
  if ((hash & pageMask) != load<u32>(cursor, MAP_CURSOR_PAGE)) return 0;
  const mask = load<u32>(cursor, MAP_CURSOR_HOME_MASK);
  return (hash & mask) == load<u32>(cursor, MAP_CURSOR_HOME) ? named : 0;
}

function show(cursor: usize, entry: usize, named: u32, value: usize): void {
  store<u32>(cursor, <u32>value, MAP_CURSOR_VALUE);
  if (!(named & MAP_WORD_BYTES)) {
    store<i32>(cursor, KEY_IS_INTEGER, MAP_CURSOR_KEY_SIZE);
    store<u64>(cursor, load<u64>(entry, MAP_ENTRY_KEY), MAP_CURSOR_KEY);
    return;
  }
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
