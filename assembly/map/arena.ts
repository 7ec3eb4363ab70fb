// The arena: blocks of a map's values, cut from one region, joined again when freed.
//
// Free blocks hang in 32 lists by size, four to a doubling, with one bit each in a word: finding
// room is one mask and one count of trailing zeros, as in TLSF (Masmano et al., ECRTS 2004) with a
// single level. Neighbours that are both free are joined at once, so any churn ends with one free
// block again. Retired blocks wait in a queue until no reader can hold them. Only the map's writer
// agent calls these; readers touch VALUE_SIZE alone.
//
//   block                16                                       size
//   ├─────────┬──────────┼─────────────────────────────┬───────────┤
//   │ size|ff │ ...      │ value                       │ own offset│
//   └─────────┴──────────┴─────────────────────────────┴───────────┘
import {
  LIMIT_VALUE_SIZE_MAX,
  MAP_ARENA_CLASSES,
  MAP_ARENA_END,
  MAP_ARENA_FREE,
  MAP_ARENA_START,
  MAP_ARENA_USED,
  MAP_BLOCK_NEXT,
  MAP_BLOCK_SIZE,
  MAP_BLOCK_TAG,
  MAP_BLOCK_VALUE_SIZE,
  MAP_RETIRED_FIRST,
  MAP_RETIRED_LAST,
  MAP_RETIRED_SIZE,
  MAP_VALUE_BLOCK_HEADER_SIZE,
  MAP_VALUE_BLOCK_SIZE_MIN,
  MAP_VALUE_CLASS_COUNT,
} from "../base/spec";

const FREE: u32 = 1;
const BEFORE_FREE: u32 = 2;
const FLAGS: u32 = 3;

/** Makes [start, end), both multiples of 8, the arena of `map`: one free block and an end mark. */
export function arenaInit(map: usize, start: usize, end: usize): void {
  assert(end - start >= <usize>MAP_VALUE_BLOCK_SIZE_MIN + 8); // no room for one block
  store<u32>(map, <u32>start, MAP_ARENA_START);
  store<u32>(map, <u32>(end - 8), MAP_ARENA_END);
  store<u32>(end - 8, 0, MAP_BLOCK_SIZE); // the end mark: a block of size 0 that is never free
  listAdd(map, start, <u32>(end - 8 - start));
}

/** Bytes of the block that a value of `size` bytes takes. */
export function arenaBlockSize(size: i32): u32 {
  const block = (<u32>(size + MAP_VALUE_BLOCK_HEADER_SIZE) + 7) & ~7;
  return max<u32>(block, <u32>MAP_VALUE_BLOCK_SIZE_MIN);
}

/**
 * Offset of a block for a value of `size` bytes, 8 to 4,096, its value not yet filled; 0 if there
 * is no room.
 */
export function arenaAllocate(map: usize, size: i32): usize {
  const wanted = arenaBlockSize(size);
  // Any block of class c is at least as large as the smallest of c, so one class up every block
  // will do.
  const classes = load<u32>(map, MAP_ARENA_CLASSES);
  const above = classUp(wanted);
  let block: usize = 0;
  const fitting = above < MAP_VALUE_CLASS_COUNT ? (classes >> <u32>above) << (<u32>above) : 0;
  if (fitting != 0) block = listFirst(map, ctz<u32>(fitting));
  else block = listSearch(map, classDown(wanted), wanted);
  if (block == 0) return 0;

  const whole = load<u32>(block, MAP_BLOCK_SIZE) & ~FLAGS;
  listRemove(map, block, whole);
  const rest = whole - wanted;
  let taken = whole;
  if (rest >= <u32>MAP_VALUE_BLOCK_SIZE_MIN) {
    taken = wanted;
    listAdd(map, block + wanted, rest);
  } else {
    const after = block + whole;
    store<u32>(after, load<u32>(after, MAP_BLOCK_SIZE) & ~BEFORE_FREE, MAP_BLOCK_SIZE);
  }
  // The block before a free one is never free: they would have been joined.
  store<u32>(block, taken, MAP_BLOCK_SIZE);
  store<u32>(block, <u32>size, MAP_BLOCK_VALUE_SIZE);
  store<u32>(map, load<u32>(map, MAP_ARENA_USED) + taken, MAP_ARENA_USED);
  return block;
}

/** Gives a block back at once and joins it with free neighbours. No reader may hold it. */
export function arenaFree(map: usize, block: usize): void {
  const head = load<u32>(block, MAP_BLOCK_SIZE);
  let size = head & ~FLAGS;
  let start = block;
  store<u32>(map, load<u32>(map, MAP_ARENA_USED) - size, MAP_ARENA_USED);
  const after = block + size;
  const afterHead = load<u32>(after, MAP_BLOCK_SIZE);
  if (afterHead & FREE) {
    listRemove(map, after, afterHead & ~FLAGS);
    size += afterHead & ~FLAGS;
  }
  if (head & BEFORE_FREE) {
    start = <usize>load<u32>(block - 4);
    const beforeSize = load<u32>(start, MAP_BLOCK_SIZE) & ~FLAGS;
    listRemove(map, start, beforeSize);
    size += beforeSize;
  }
  listAdd(map, start, size);
}

/**
 * Puts a block that readers may still hold at the end of the retired queue, marked with `epoch`.
 */
export function arenaRetire(map: usize, block: usize, epoch: u32): void {
  store<u32>(block, 0, MAP_BLOCK_NEXT);
  store<u32>(block, epoch, MAP_BLOCK_TAG);
  const last = <usize>load<u32>(map, MAP_RETIRED_LAST);
  if (last == 0) store<u32>(map, <u32>block, MAP_RETIRED_FIRST);
  else store<u32>(last, <u32>block, MAP_BLOCK_NEXT);
  store<u32>(map, <u32>block, MAP_RETIRED_LAST);
  const size = load<u32>(block, MAP_BLOCK_SIZE) & ~FLAGS;
  store<u32>(map, load<u32>(map, MAP_RETIRED_SIZE) + size, MAP_RETIRED_SIZE);
}

/**
 * Frees up to `limit` retired blocks, oldest first, whose epoch lies before `horizon`, the oldest
 * epoch that a reader has pinned. How many it freed.
 */
export function arenaReclaim(map: usize, horizon: u32, limit: i32): i32 {
  let count = 0;
  while (count < limit) {
    const block = <usize>load<u32>(map, MAP_RETIRED_FIRST);
    if (block == 0 || <i32>(load<u32>(block, MAP_BLOCK_TAG) - horizon) >= 0) break;
    const next = load<u32>(block, MAP_BLOCK_NEXT);
    store<u32>(map, next, MAP_RETIRED_FIRST);
    if (next == 0) store<u32>(map, 0, MAP_RETIRED_LAST);
    const size = load<u32>(block, MAP_BLOCK_SIZE) & ~FLAGS;
    store<u32>(map, load<u32>(map, MAP_RETIRED_SIZE) - size, MAP_RETIRED_SIZE);
    arenaFree(map, block);
    count++;
  }
  return count;
}

/**
 * Class of the free list in which a block of `size` bytes hangs: the largest whose smallest size
 * fits in it.
 */
function classDown(size: u32): i32 {
  const eighths = size >> 3; // from 3
  if (eighths < 4) return 0;
  const power = 31 - clz<u32>(eighths); // from 2
  const index = <i32>(((power - 2) << 2) + ((eighths >> (power - 2)) & 3)) + 1;
  return min<i32>(index, MAP_VALUE_CLASS_COUNT - 1);
}

/** Lowest class all of whose blocks hold `size` bytes. */
function classUp(size: u32): i32 {
  const eighths = size >> 3;
  if (eighths < 4) return 0; // 24 bytes is the smallest block there is
  const step = ((<u32>1) << (31 - clz<u32>(eighths) - 2)) - 1;
  return classDown((eighths + step) << 3);
}

function listFirst(map: usize, index: i32): usize {
  return <usize>load<u32>(map + ((<usize>index) << 2), MAP_ARENA_FREE);
}

/**
 * First block of one class that holds `size` bytes; 0 if there is none. Only reached when no higher
 * class has a block, and looks at 8 at most.
 */
function listSearch(map: usize, index: i32, size: u32): usize {
  let block = listFirst(map, index);
  for (let i = 0; i < 8 && block != 0; i++) {
    if ((load<u32>(block, MAP_BLOCK_SIZE) & ~FLAGS) >= size) return block;
    block = <usize>load<u32>(block, MAP_BLOCK_NEXT);
  }
  return 0;
}

/**
 * Marks [block, block + size) free: list, own offset in its last word, flag in the block behind it.
 */
function listAdd(map: usize, block: usize, size: u32): void {
  const index = classDown(size);
  const head = map + ((<usize>index) << 2);
  const first = load<u32>(head, MAP_ARENA_FREE);
  store<u32>(block, size | FREE, MAP_BLOCK_SIZE);
  store<u32>(block, first, MAP_BLOCK_NEXT);
  store<u32>(block, 0, MAP_BLOCK_TAG);
  if (first != 0) store<u32>(<usize>first, <u32>block, MAP_BLOCK_TAG);
  store<u32>(head, <u32>block, MAP_ARENA_FREE);
  store<u32>(map, load<u32>(map, MAP_ARENA_CLASSES) | ((<u32>1) << index), MAP_ARENA_CLASSES);
  const after = block + size;
  store<u32>(after - 4, <u32>block);
  store<u32>(after, load<u32>(after, MAP_BLOCK_SIZE) | BEFORE_FREE, MAP_BLOCK_SIZE);
}

function listRemove(map: usize, block: usize, size: u32): void {
  const index = classDown(size);
  const next = load<u32>(block, MAP_BLOCK_NEXT);
  const before = load<u32>(block, MAP_BLOCK_TAG);
  if (next != 0) store<u32>(<usize>next, before, MAP_BLOCK_TAG);
  if (before != 0) {
    store<u32>(<usize>before, next, MAP_BLOCK_NEXT);
    return;
  }
  const head = map + ((<usize>index) << 2);
  store<u32>(head, next, MAP_ARENA_FREE);
  if (next != 0) return;
  store<u32>(map, load<u32>(map, MAP_ARENA_CLASSES) & ~((<u32>1) << index), MAP_ARENA_CLASSES);
}

// Class 31 begins at 768 eighths and has no upper end; the largest value must lie below it.
if ((LIMIT_VALUE_SIZE_MAX + MAP_VALUE_BLOCK_HEADER_SIZE) >> 3 > 640) ERROR("classes end too early");
