// The arena: blocks of 16-byte granules, one bit each in a bitmap, taken and given back lock-free.
//
// An agent claims all free bits of one bitmap word by one compare-exchange and then serves itself
// from them without further atomics; what it has not used goes back when it claims the next word.
// It has two claims, one for values, one for all that a search passes, so that this lies together.
// A summary has a bit for each word of the bitmap with room worth a look, four granules in a row,
// so a search passes 32 full words at once. Smaller rests wait until nothing better is left.
// Blocks of more than 32 granules are claimed word by word from the far end, and given back if
// another agent was faster. Giving back is one atomic AND a word, so neighbours join by themselves
// and any churn ends where it began. FULL may be answered while another agent holds the last bits.
import {
  MAP_AGENT_ARENA_USED,
  MAP_AGENT_CLAIM_INDEX,
  MAP_AGENT_CLAIM_VALUES,
  MAP_AGENT_RUN_CURSOR,
  MAP_ARENA,
  MAP_BITMAP,
  MAP_BITMAP_WORDS,
  MAP_CLAIM_BITS,
  MAP_CLAIM_CURSOR,
  MAP_CLAIM_WORD,
  MAP_SUMMARY,
  MAP_VALUE_GRANULE_SIZE,
} from "../base/spec";
import { syncAnd, syncExchange, syncLoad, syncOr } from "./sync";

const ALL: u32 = 0xffffffff;
const WORD_BITS: u32 = 32;

/** Bytes of granules that `size` bytes take. */
export function arenaBlockSize(size: i32): i32 {
  return (size + MAP_VALUE_GRANULE_SIZE - 1) & ~(MAP_VALUE_GRANULE_SIZE - 1);
}

/**
 * Marks the granules that the last bitmap word has and the arena does not, and all words as free in
 * the summary. Called by init.
 */
export function arenaInit(map: usize, granules: i32): void {
  const rest = <u32>granules % WORD_BITS;
  if (rest != 0) store<u32>(bitmapWord(map, <u32>granules / WORD_BITS), ALL << rest);
  const words = load<u32>(map, MAP_BITMAP_WORDS);
  for (let index: u32 = 0; index < words; index++) summaryAdd(map, index);
}

/** Sets the words at which an agent begins to look for room, apart from those of others. */
export function arenaAgentInit(map: usize, self: usize, agent: i32, agents: i32): void {
  const words = load<u32>(map, MAP_BITMAP_WORDS);
  const first = (words / <u32>agents) * <u32>agent;
  store<u32>(self + MAP_AGENT_CLAIM_INDEX, first, MAP_CLAIM_CURSOR);
  store<u32>(self + MAP_AGENT_CLAIM_VALUES, first + words / <u32>agents / 4, MAP_CLAIM_CURSOR);
  store<u32>(self, words - 1 - first, MAP_AGENT_RUN_CURSOR);
}

/** A block for a value of at least `size` bytes with any content; 0 if there is no room. */
export function arenaAllocateValue(map: usize, self: usize, size: i32): usize {
  return allocate(map, self, MAP_AGENT_CLAIM_VALUES, size);
}

/** A block for an entry, a key or a bucket. `self`: the agent. */
export function arenaAllocate(map: usize, self: usize, size: i32): usize {
  return allocate(map, self, MAP_AGENT_CLAIM_INDEX, size);
}

function allocate(map: usize, self: usize, kind: i32, size: i32): usize {
  const count = <u32>arenaBlockSize(size) / MAP_VALUE_GRANULE_SIZE;
  if (count > WORD_BITS) return allocateRun(map, self, count);
  const own = self + <usize>kind;
  let start = runStart(load<u32>(own, MAP_CLAIM_BITS), count);
  if (start < 0) {
    if (!claim(map, own, count)) {
      const other = self + <usize>(MAP_AGENT_CLAIM_VALUES + MAP_AGENT_CLAIM_INDEX - kind);
      if (load<u32>(other, MAP_CLAIM_BITS) == 0) return 0;
      release(map, other);
      if (!claim(map, own, count)) return 0;
    }
    start = runStart(load<u32>(own, MAP_CLAIM_BITS), count);
  }
  const bits = load<u32>(own, MAP_CLAIM_BITS);
  store<u32>(own, bits & ~(ones(count) << start), MAP_CLAIM_BITS);
  const index = (load<u32>(own, MAP_CLAIM_WORD) - load<u32>(map, MAP_BITMAP)) >> 2;
  return account(map, self, index * WORD_BITS + <u32>start, count);
}

/** Gives a block of `size` bytes back. Nobody may hold it. */
export function arenaFree(map: usize, self: usize, block: usize, size: i32): void {
  let count = <u32>arenaBlockSize(size) / MAP_VALUE_GRANULE_SIZE;
  let granule = (<u32>block - load<u32>(map, MAP_ARENA)) / MAP_VALUE_GRANULE_SIZE;
  const used = load<u32>(self, MAP_AGENT_ARENA_USED);
  store<u32>(self, used - count * MAP_VALUE_GRANULE_SIZE, MAP_AGENT_ARENA_USED);
  while (count > 0) {
    const first = granule % WORD_BITS;
    const here = min<u32>(count, WORD_BITS - first);
    giveBack(map, granule / WORD_BITS, ones(here) << first);
    granule += here;
    count -= here;
  }
}

/** Gives back what the agent has claimed and not used. */
export function arenaRelease(map: usize, self: usize): void {
  release(map, self + MAP_AGENT_CLAIM_VALUES);
  release(map, self + MAP_AGENT_CLAIM_INDEX);
}

function release(map: usize, own: usize): void {
  const bits = load<u32>(own, MAP_CLAIM_BITS);
  store<u32>(own, 0, MAP_CLAIM_BITS);
  if (bits == 0) return;
  giveBack(map, (load<u32>(own, MAP_CLAIM_WORD) - load<u32>(map, MAP_BITMAP)) >> 2, bits);
}

/** Makes taken bits of word `index` free. */
function giveBack(map: usize, index: u32, bits: u32): void {
  const used = syncAnd(bitmapWord(map, index), ~bits) & ~bits;
  if (isListed(~used)) summaryAdd(map, index);
}

/** Whether four bits in a row are set: such a word is in the summary. A value of 40 bytes fits. */
function isListed(free: u32): bool {
  const pairs = free & (free >> 1);
  return (pairs & (pairs >> 2)) != 0;
}

/**
 * Claims the free bits of a word that has `count` of them in a row. Cost: words in the summary that
 * are passed, and a look for each 32 others; when that leads to nothing, all words.
 */
function claim(map: usize, own: usize, count: u32): bool {
  release(map, own);
  if (claimListed(map, own, count)) return true;
  const words = load<u32>(map, MAP_BITMAP_WORDS);
  for (let index: u32 = 0; index < words; index++) {
    if (claimWord(map, own, index, count)) return true;
  }
  return false;
}

function claimListed(map: usize, own: usize, count: u32): bool {
  const words = load<u32>(map, MAP_BITMAP_WORDS);
  let index = load<u32>(own, MAP_CLAIM_CURSOR);
  // The last word of the summary may stand for some that are not there.
  for (let passed: u32 = 0; passed < words + WORD_BITS; ) {
    if (index >= words) index = 0;
    const summary = syncLoad(summaryWord(map, index)) >> (index % WORD_BITS);
    if (summary & 1 && claimWord(map, own, index, count)) return true;
    // To the next word that may have free bits, or to the next word of the summary.
    const rest = summary >> 1;
    const step = rest == 0 ? WORD_BITS - (index % WORD_BITS) : ctz<u32>(rest) + 1;
    passed += step;
    index += step;
  }
  return false;
}

function claimWord(map: usize, own: usize, index: u32, count: u32): bool {
  const word = bitmapWord(map, index);
  const used = syncLoad(word);
  if (runStart(~used, count) < 0) return false;
  if (syncExchange(word, used, ALL) != used) return false; // another agent is at work here
  // At once: whoever takes over from an agent that dies here gives these bits back.
  store<u32>(own, <u32>word, MAP_CLAIM_WORD);
  store<u32>(own, ~used, MAP_CLAIM_BITS);
  store<u32>(own, index, MAP_CLAIM_CURSOR);
  summaryRemove(map, index);
  return true;
}

/** Puts word `index` into the summary. Called behind the step that made its bits free. */
function summaryAdd(map: usize, index: u32): void {
  const word = summaryWord(map, index);
  const bit = (<u32>1) << (index % WORD_BITS);
  if (!(syncLoad(word) & bit)) syncOr(word, bit);
}

/** Takes word `index`, which was full, out of the summary, unless bits came back meanwhile. */
function summaryRemove(map: usize, index: u32): void {
  const word = summaryWord(map, index);
  const bit = (<u32>1) << (index % WORD_BITS);
  syncAnd(word, ~bit);
  if (isListed(~syncLoad(bitmapWord(map, index)))) syncOr(word, bit);
}

/** A block of more than 32 granules: whole words, then the low bits of the next one. */
function allocateRun(map: usize, self: usize, count: u32): usize {
  const words = load<i32>(map, MAP_BITMAP_WORDS);
  const whole = <i32>(count / WORD_BITS);
  const rest = count % WORD_BITS;
  let free = 0;
  let index = load<i32>(self, MAP_AGENT_RUN_CURSOR) + whole;
  for (let i = words + whole; i > 0; i--, index--) {
    if (index < 0 || index >= words) {
      index = words - 1;
      free = 0;
    }
    free = syncLoad(bitmapWord(map, <u32>index)) == 0 ? free + 1 : 0;
    if (free < whole) continue;
    const behind = index + whole;
    if (rest != 0) {
      if (behind >= words) continue;
      if (syncLoad(bitmapWord(map, <u32>behind)) & ones(rest)) continue;
    }
    if (claimRun(map, index, whole, rest)) {
      store<i32>(self, index, MAP_AGENT_RUN_CURSOR);
      return account(map, self, <u32>index * WORD_BITS, count);
    }
  }
  return 0;
}

function claimRun(map: usize, index: i32, whole: i32, rest: u32): bool {
  for (let i = 0; i < whole; i++) {
    if (syncExchange(bitmapWord(map, <u32>(index + i)), 0, ALL) == 0) {
      summaryRemove(map, <u32>(index + i));
      continue;
    }
    unclaim(map, index, i);
    return false;
  }
  if (rest == 0) return true;
  const word = bitmapWord(map, <u32>(index + whole));
  for (let used = syncLoad(word); !(used & ones(rest)); ) {
    const seen = syncExchange(word, used, used | ones(rest));
    if (seen == used) return true;
    used = seen;
  }
  unclaim(map, index, whole);
  return false;
}

function unclaim(map: usize, index: i32, count: i32): void {
  for (let i = 0; i < count; i++) {
    giveBack(map, <u32>(index + i), ALL);
  }
}

function account(map: usize, self: usize, granule: u32, count: u32): usize {
  const used = load<u32>(self, MAP_AGENT_ARENA_USED);
  store<u32>(self, used + count * MAP_VALUE_GRANULE_SIZE, MAP_AGENT_ARENA_USED);
  return <usize>(load<u32>(map, MAP_ARENA) + granule * MAP_VALUE_GRANULE_SIZE);
}

/** Lowest bit of `count` set bits in a row, -1 if there are not so many. */
function runStart(bits: u32, count: u32): i32 {
  let starts = bits;
  for (let have: u32 = 1; have < count && starts != 0; ) {
    const step = min<u32>(have, count - have);
    starts &= starts >> step;
    have += step;
  }
  return starts == 0 ? -1 : <i32>ctz<u32>(starts);
}

function ones(count: u32): u32 {
  return count >= WORD_BITS ? ALL : ((<u32>1) << count) - 1;
}

function summaryWord(map: usize, index: u32): usize {
  return <usize>(load<u32>(map, MAP_SUMMARY) + ((index / WORD_BITS) << 2));
}

function bitmapWord(map: usize, index: u32): usize {
  return <usize>(load<u32>(map, MAP_BITMAP) + (index << 2));
}
