// The entry map: what sync.Map of Go can do, over one region of linear memory, without a GC.
//
// Any number of agents (threads and interrupt levels, each with its own number) call any function
// at any time; none waits for another one, and an interrupt may come in anywhere. Loads do no
// shared write but the pin. Operations on one key take effect at one compare-exchange of one word.
// How it is done: search.ts (where a key stands), change.ts (all that writes), bucket.ts and
// growth.ts (promotion and doubling, bucket by bucket), clock.ts (cuts and clear), pin.ts and
// arena.ts (memory). Layout: spec/map.md. Answers below 0 are a status; offsets lie below 2^31.
import {
  ENTRY_STATE_DELETED,
  LIMIT_KEY_SIZE_MAX,
  LIMIT_MAP_AGENTS_MAX,
  LIMIT_MAP_ARENA_SIZE_MAX,
  LIMIT_MAP_CAPACITY_MAX,
  MAP_AGENT_ARENA_USED,
  MAP_AGENT_COUNT,
  MAP_AGENT_DEPTH,
  MAP_AGENT_HITS,
  MAP_AGENT_LENGTH_DELTA,
  MAP_AGENT_MISS_TOTAL,
  MAP_AGENTS,
  MAP_ARENA,
  MAP_BITMAP,
  MAP_BITMAP_WORDS,
  MAP_BLOCK_SIZE,
  MAP_BUCKETS,
  MAP_BUCKETS_MAX,
  MAP_CAPACITY,
  MAP_CHAIN_MAX,
  MAP_CLOCK,
  MAP_DIRECTORY,
  MAP_ENTRY_KEY,
  MAP_ENTRY_WORD,
  MAP_EPOCH,
  MAP_FLOOR,
  MAP_HASH_MASK,
  MAP_LENGTH,
  MAP_MAGIC,
  MAP_MIGRATE_CHUNK,
  MAP_MIGRATE_DONE,
  MAP_SIZE,
  MAP_SUMMARY,
  MAP_VALUE_AGENT_SIZE,
  MAP_VALUE_ALIGNMENT,
  MAP_VALUE_BLOCK_HEADER_SIZE,
  MAP_VALUE_BUCKETS_MIN,
  MAP_VALUE_CHAIN_MAX,
  MAP_VALUE_GRANULE_SIZE,
  MAP_VALUE_MAGIC,
  MAP_VALUE_MIGRATE_CHUNK,
  MAP_VALUE_SLACK_SIZE,
  MAP_WORD_AMENDED,
  MAP_WORD_BYTES,
  MAP_WORD_EMPTY,
  MAP_WORD_UNSET,
  STATUS_BAD_CONFIG,
  STATUS_BAD_MAGIC,
  STATUS_MISALIGNED,
  STATUS_OK,
  STATUS_TRUNCATED,
  STATUS_WRONG_SIZE,
} from "../base/spec";
import { arenaAgentInit, arenaBlockSize, arenaInit } from "./arena";
import {
  bucketIsSmall,
  emptyWord,
  entryIsCounted,
  entryOfHash,
  entryValue,
  wordOffset,
} from "./bucket";
import { noteMiss } from "./change";
import { hasEnd } from "./clock";
import { entryLoad, entryOffset, entryState } from "./entry";
import { directoryPlace } from "./growth";
import { bytesHash, entryHasBytes, hashCut, keyHash } from "./key";
import { agentRecord, pinEnter, pinLeave } from "./pin";
import { search } from "./search";
import { syncLoad } from "./sync";

const EPOCH_FIRST: u32 = 3;
const CLOCK_FIRST: u32 = 2;

/** Bytes of the arena that one value of `size` bytes takes, its header included. */
export function mapValueCost(size: i32): i32 {
  return arenaBlockSize(size + MAP_VALUE_BLOCK_HEADER_SIZE);
}

/**
 * Bytes that a map for `capacity` keys (1 to 2^22), `arenaSize` bytes of blocks (a multiple of 16)
 * and `agents` (1 to 64) takes; STATUS_BAD_CONFIG outside of that. The capacity sizes the directory
 * alone; more keys make longer buckets. In the arena an entry of a 64-bit key takes some 28 bytes
 * beside mapValueCost; what was replaced or deleted stays until no pin of before is left.
 */
export function mapSize(capacity: i32, arenaSize: i32, agents: i32): i32 {
  if (capacity < 1 || capacity > LIMIT_MAP_CAPACITY_MAX) return STATUS_BAD_CONFIG;
  if (arenaSize < 1024 || arenaSize > LIMIT_MAP_ARENA_SIZE_MAX) return STATUS_BAD_CONFIG;
  if (arenaSize & (MAP_VALUE_GRANULE_SIZE - 1)) return STATUS_BAD_CONFIG;
  if (agents < 1 || agents > LIMIT_MAP_AGENTS_MAX) return STATUS_BAD_CONFIG;
  return arenaOffset(capacity, arenaSize, agents) + arenaSize + MAP_VALUE_SLACK_SIZE;
}

/**
 * Lays out an empty map at `map`, a cleared region of mapSize(capacity, arenaSize, agents) bytes on
 * a multiple of 64. STATUS_OK, MISALIGNED or BAD_CONFIG. Called by init only.
 */
export function mapInit(map: usize, capacity: i32, arenaSize: i32, agents: i32): i32 {
  const size = mapSize(capacity, arenaSize, agents);
  if (size < 0) return size;
  if (map & (MAP_VALUE_ALIGNMENT - 1)) return STATUS_MISALIGNED;
  const bucketsMax = directoryCount(capacity);
  const words = bitmapWords(arenaSize);
  const directory = map + MAP_AGENTS + <usize>(agents * MAP_VALUE_AGENT_SIZE);
  store<u32>(map, <u32>size, MAP_SIZE);
  store<u32>(map, <u32>capacity, MAP_CAPACITY);
  store<u32>(map, <u32>agents, MAP_AGENT_COUNT);
  store<u32>(map, <u32>directory, MAP_DIRECTORY);
  store<u32>(map, <u32>bucketsMax, MAP_BUCKETS_MAX);
  store<u32>(map, <u32>(directory + <usize>(bucketsMax << 2)), MAP_BITMAP);
  store<u32>(map, <u32>words, MAP_BITMAP_WORDS);
  store<u32>(map, load<u32>(map, MAP_BITMAP) + ((<u32>words) << 2), MAP_SUMMARY);
  store<u32>(map, <u32>map + <u32>arenaOffset(capacity, arenaSize, agents), MAP_ARENA);
  store<u32>(map, 0xffffffff, MAP_HASH_MASK);
  store<u32>(map, MAP_VALUE_MIGRATE_CHUNK, MAP_MIGRATE_CHUNK);
  store<u32>(map, MAP_VALUE_CHAIN_MAX, MAP_CHAIN_MAX);
  store<u32>(map, MAP_VALUE_BUCKETS_MIN, MAP_BUCKETS);
  store<u32>(map, MAP_VALUE_BUCKETS_MIN, MAP_MIGRATE_DONE);
  store<u32>(map, CLOCK_FIRST - 1, MAP_FLOOR);
  store<u32>(map, CLOCK_FIRST << 1, MAP_CLOCK);
  store<u32>(map, EPOCH_FIRST, MAP_EPOCH);
  for (let i: u32 = 0; i < <u32>MAP_VALUE_BUCKETS_MIN; i++) {
    store<u32>(directoryPlace(map, i), emptyWord(MAP_VALUE_BUCKETS_MIN));
  }
  for (let i = 0; i < agents; i++) {
    arenaAgentInit(map, agentRecord(map, i), i, agents);
  }
  arenaInit(map, arenaSize / MAP_VALUE_GRANULE_SIZE);
  store<u32>(map, MAP_VALUE_MAGIC, MAP_MAGIC);
  return STATUS_OK;
}

/**
 * Whether the bytes from `map` to `limit` begin with a map as mapInit makes it: STATUS_OK, or
 * MISALIGNED, TRUNCATED, BAD_MAGIC (not ours, or another version), WRONG_SIZE.
 */
export function mapCheck(map: usize, limit: usize): i32 {
  if (map & (MAP_VALUE_ALIGNMENT - 1)) return STATUS_MISALIGNED;
  if (limit < map || limit - map < <usize>MAP_AGENTS) return STATUS_TRUNCATED;
  if (load<u32>(map, MAP_MAGIC) != <u32>MAP_VALUE_MAGIC) return STATUS_BAD_MAGIC;
  const size = load<u32>(map, MAP_SIZE);
  if (<u32>(limit - map) < size) return STATUS_TRUNCATED;
  const arena = load<u32>(map, MAP_ARENA) - <u32>map + MAP_VALUE_SLACK_SIZE;
  const capacity = load<i32>(map, MAP_CAPACITY);
  const agents = load<i32>(map, MAP_AGENT_COUNT);
  const arenaSize = <i32>(size - arena);
  if (size <= arena || <u32>mapSize(capacity, arenaSize, agents) != size) return STATUS_WRONG_SIZE;
  return isLaidOut(map, capacity, arenaSize, agents) ? STATUS_OK : STATUS_WRONG_SIZE;
}

/** Whether directory and bitmap stand where mapInit puts them, and as many buckets are in use. */
function isLaidOut(map: usize, capacity: i32, arenaSize: i32, agents: i32): bool {
  const bucketsMax = <u32>directoryCount(capacity);
  const buckets = load<u32>(map, MAP_BUCKETS);
  const directory = <u32>map + MAP_AGENTS + <u32>(agents * MAP_VALUE_AGENT_SIZE);
  if (load<u32>(map, MAP_DIRECTORY) != directory) return false;
  if (load<u32>(map, MAP_BUCKETS_MAX) != bucketsMax) return false;
  if (load<u32>(map, MAP_BITMAP) != directory + (bucketsMax << 2)) return false;
  const words = <u32>bitmapWords(arenaSize);
  if (load<u32>(map, MAP_BITMAP_WORDS) != words) return false;
  if (load<u32>(map, MAP_SUMMARY) != load<u32>(map, MAP_BITMAP) + (words << 2)) return false;
  return (
    buckets >= <u32>MAP_VALUE_BUCKETS_MIN && buckets <= bucketsMax && popcnt<u32>(buckets) == 1
  );
}

/**
 * Begins to read: offsets that loads and walks give from here on stay valid until mapUnpin. Pins
 * nest. Cost: one atomic store for the outermost.
 */
export function mapPin(map: usize, agent: i32): void {
  pinEnter(map, agentRecord(map, agent));
}

/** Ends the reading that mapPin began; the offsets are void behind the outermost. */
export function mapUnpin(map: usize, agent: i32): void {
  pinLeave(agentRecord(map, agent));
}

/**
 * Offset of the value of `key`, 0 if absent. The agent has pinned. Never waits. Looks straight into
 * the read part; what is not found there is searched for (search.ts).
 */
export function mapLoad(map: usize, agent: i32, key: u64): usize {
  const self = readingAgent(map, agent);
  const hash = hashCut(map, keyHash(key));
  // May be an old number: an entry that is found is found, one that is not is searched for.
  const mask = load<u32>(map, MAP_BUCKETS) - 1;
  const word = syncLoad(directoryPlace(map, hash & mask));
  let named: u32 = 0;
  if (!(word & (MAP_WORD_AMENDED | MAP_WORD_EMPTY))) {
    // UNSET is offset 0, where no bucket is: the words there are 0, so it has no pairs.
    named = entryOfHash(wordOffset(word), hash);
    if (named != 0) {
      const entry = wordOffset(named);
      const isOther = (load<u64>(entry, MAP_ENTRY_KEY) ^ key) | <u64>(named & MAP_WORD_BYTES);
      if (isOther == 0) {
        const now = entryLoad(entry + MAP_ENTRY_WORD);
        if (entryIsCounted(map, now)) {
          store<u32>(self, load<u32>(self, MAP_AGENT_HITS) + 1, MAP_AGENT_HITS);
          return entryOffset(now);
        }
      }
    }
  }
  return missSlowly(map, self, hash, key, word, named, mask + 1);
}

/** As mapLoad, for the key of `size` bytes at `bytes`; one that is too long is absent. */
export function mapLoadBytes(map: usize, agent: i32, bytes: usize, size: i32): usize {
  if (<u32>size > <u32>LIMIT_KEY_SIZE_MAX) return 0;
  const self = readingAgent(map, agent);
  const hash = hashCut(map, bytesHash(bytes, size));
  const mask = load<u32>(map, MAP_BUCKETS) - 1;
  const word = syncLoad(directoryPlace(map, hash & mask));
  if (!(word & (MAP_WORD_AMENDED | MAP_WORD_EMPTY))) {
    const named = entryOfHash(wordOffset(word), hash);
    const entry = wordOffset(named);
    if (named & MAP_WORD_BYTES && entryHasBytes(entry, hash, bytes, size)) {
      const now = entryLoad(entry + MAP_ENTRY_WORD);
      if (entryIsCounted(map, now)) {
        store<u32>(self, load<u32>(self, MAP_AGENT_HITS) + 1, MAP_AGENT_HITS);
        return entryOffset(now);
      }
    }
  }
  return loadSlowly(map, self, hash, 0, bytes, size);
}

/** Bytes of the value at `offset`. Whoever may use the offset. */
export function valueSize(offset: usize): i32 {
  return load<i32>(offset - MAP_VALUE_BLOCK_HEADER_SIZE, MAP_BLOCK_SIZE);
}

/**
 * Keys in the map: exact when nobody changes it, else off by what is under way. Any agent. Cost:
 * one word per agent.
 */
export function mapLen(map: usize): i32 {
  return <i32>syncLoad(map + MAP_LENGTH) + agentsSum(map, MAP_AGENT_LENGTH_DELTA);
}

/** Bytes of the arena that are not free: values, entries, buckets, and what waits for readers. */
export function mapArenaUsed(map: usize): i32 {
  return agentsSum(map, MAP_AGENT_ARENA_USED);
}

function agentsSum(map: usize, field: i32): i32 {
  let sum = 0;
  let agent = map + MAP_AGENTS + <usize>field;
  for (let i = load<u32>(map, MAP_AGENT_COUNT); i > 0; i--, agent += MAP_VALUE_AGENT_SIZE) {
    sum += <i32>syncLoad(agent);
  }
  return sum;
}

/**
 * Whether a key had no value when `word`, its home, was read: `named` is what entryOfHash found.
 * False where that takes a longer look.
 */
function isAbsent(word: u32, named: u32, key: u64): bool {
  if (word == MAP_WORD_UNSET || word & MAP_WORD_AMENDED) return false;
  if (word & MAP_WORD_EMPTY) return true;
  if (named == 0) return bucketIsSmall(word);
  const entry = wordOffset(named);
  if (named & MAP_WORD_BYTES || load<u64>(entry, MAP_ENTRY_KEY) != key) return false;
  // The first entry of a key is its newest. Its end has to be stamped, so that no later cut has it.
  const now = entryLoad(entry + MAP_ENTRY_WORD);
  return entryState(now) >= ENTRY_STATE_DELETED && hasEnd(entryOffset(now));
}

/** What mapLoad has not found: mostly it is not there, and a second look at BUCKETS will do. */
function missSlowly(
  map: usize,
  self: usize,
  hash: u32,
  key: u64,
  word: u32,
  named: u32,
  buckets: u32,
): usize {
  if (isAbsent(word, named, key) && syncLoad(map + MAP_BUCKETS) == buckets) {
    store<u32>(self, load<u32>(self, MAP_AGENT_MISS_TOTAL) + 1, MAP_AGENT_MISS_TOTAL);
    return 0;
  }
  return loadSlowly(map, self, hash, key, 0, 0);
}

/** Searches for a key and counts whether it was found. */
function loadSlowly(map: usize, self: usize, hash: u32, key: u64, bytes: usize, size: i32): usize {
  const entry = search(map, self, hash, key, bytes, size);
  const value = entry == 0 ? <usize>0 : entryValue(map, entry);
  const counter = value == 0 ? MAP_AGENT_MISS_TOTAL : MAP_AGENT_HITS;
  store<u32>(self + <usize>counter, load<u32>(self + <usize>counter) + 1);
  noteMiss(map, self, hash);
  return value;
}

function readingAgent(map: usize, agent: i32): usize {
  const self = agentRecord(map, agent);
  if (isDefined(MAP_CHECKED)) assert(load<u32>(self, MAP_AGENT_DEPTH) > 0); // not pinned
  return self;
}

/** From the map's start, with the region on a multiple of 64. */
function arenaOffset(capacity: i32, arenaSize: i32, agents: i32): i32 {
  const directory = MAP_AGENTS + agents * MAP_VALUE_AGENT_SIZE;
  const words = bitmapWords(arenaSize);
  return arenaBlockSize(directory + (directoryCount(capacity) + words + (words + 31) / 32) * 4);
}

function bitmapWords(arenaSize: i32): i32 {
  return (arenaSize / MAP_VALUE_GRANULE_SIZE + 31) / 32;
}

/** Buckets at a load factor of at most 6.5. */
function directoryCount(capacity: i32): i32 {
  let count = MAP_VALUE_BUCKETS_MIN;
  while (count * 13 < capacity * 2) count <<= 1;
  return count;
}
