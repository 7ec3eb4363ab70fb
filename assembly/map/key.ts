// Keys: how a 64-bit integer or a byte string becomes a hash, and whether an entry has it.
//
// A key travels as four arguments: its hash, the integer, and offset and size of its bytes; offset
// 0 means that it is the integer. An integer never equals a byte string.
import {
  MAP_ENTRY_KEY,
  MAP_HASH_MASK,
  MAP_KEY_BLOCK_BYTES,
  MAP_KEY_BLOCK_SIZE,
  MAP_WORD_BYTES,
} from "../base/spec";

/** 2^64 divided by the golden ratio. */
const GOLDEN: u64 = (0x9e3779b9 << 32) | 0x7f4a7c15;

/** Mixes an integer to 32 bits: Fibonacci hashing (Knuth, TAOCP 3, 6.4) of its folded halves. */
export function keyHash(key: u64): u32 {
  // All bits of the key reach the low bits of the product's upper half.
  return <u32>(((key ^ (key >> 32)) * GOLDEN) >> 32);
}

/** MurmurHash3 x86 32 (Appleby, 2011) with seed 0 of `size` bytes. */
export function bytesHash(bytes: usize, size: i32): u32 {
  let hash: u32 = 0;
  const end = bytes + <usize>(size & ~3);
  for (let at = bytes; at < end; at += 4) {
    hash = rotl<u32>(hash ^ scramble(load<u32>(at)), 13) * 5 + 0xe6546b64;
  }
  let rest: u32 = 0;
  for (let i = (size & 3) - 1; i >= 0; i--) rest = (rest << 8) | load<u8>(end + <usize>i);
  if (size & 3) hash ^= scramble(rest);
  return mix(hash ^ <u32>size);
}

/** Whether `entry`, of the kind that `word` says, has this key. */
export function entryHasKey(
  entry: usize,
  word: u32,
  hash: u32,
  key: u64,
  bytes: usize,
  size: i32,
): bool {
  if (bytes == 0) return !(word & MAP_WORD_BYTES) && load<u64>(entry, MAP_ENTRY_KEY) == key;
  return (word & MAP_WORD_BYTES) != 0 && entryHasBytes(entry, hash, bytes, size);
}

/** Whether `entry`, whose key is a byte string, has this one. */
export function entryHasBytes(entry: usize, hash: u32, bytes: usize, size: i32): bool {
  if (load<u32>(entry, MAP_ENTRY_KEY + 4) != hash) return false;
  const block = <usize>load<u32>(entry, MAP_ENTRY_KEY);
  if (load<i32>(block, MAP_KEY_BLOCK_SIZE) != size) return false;
  return bytesEqual(block + MAP_KEY_BLOCK_BYTES, bytes, size);
}

/** Whether two runs of `size` bytes are equal: by words, the last of which overlap. */
export function bytesEqual(left: usize, right: usize, size: i32): bool {
  if (size < 8) return shortEqual(left, right, size);
  const last = <usize>(size - 8);
  for (let at: usize = 0; at < last; at += 8) {
    if (load<u64>(left + at) != load<u64>(right + at)) return false;
  }
  return load<u64>(left + last) == load<u64>(right + last);
}

function shortEqual(left: usize, right: usize, size: i32): bool {
  if (size >= 4) {
    const last = <usize>(size - 4);
    const head = load<u32>(left) ^ load<u32>(right);
    return (head | (load<u32>(left + last) ^ load<u32>(right + last))) == 0;
  }
  for (let at: usize = 0; at < <usize>size; at++) {
    if (load<u8>(left + at) != load<u8>(right + at)) return false;
  }
  return true;
}

/** Hash of the key of `entry`, of the kind that `word` says. */
export function entryHash(map: usize, entry: usize, word: u32): u32 {
  if (word & MAP_WORD_BYTES) return load<u32>(entry, MAP_ENTRY_KEY + 4);
  return hashCut(map, keyHash(load<u64>(entry, MAP_ENTRY_KEY)));
}

/**
 * The bits of a hash that count: all of them, but for tests of bad hashes, which compile with
 * `--use MAP_HASH_MASKED=1` and set the header's HASH_MASK.
 */
export function hashCut(map: usize, hash: u32): u32 {
  if (isDefined(MAP_HASH_MASKED)) return hash & load<u32>(map, MAP_HASH_MASK);
  return hash;
}

function scramble(block: u32): u32 {
  return rotl<u32>(block * 0xcc9e2d51, 15) * 0x1b873593;
}

function mix(hash: u32): u32 {
  let mixed = hash;
  mixed ^= mixed >> 16;
  mixed *= 0x85ebca6b;
  mixed ^= mixed >> 13;
  mixed *= 0xc2b2ae35;
  return mixed ^ (mixed >> 16);
}
