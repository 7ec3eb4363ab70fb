// Blocks: values and entries on their way into the map, filled before anybody sees them.
//
// What is not needed after all, because another agent was faster, goes straight back.
import {
  ENTRY_STATE_EMPTY,
  MAP_BLOCK_END,
  MAP_BLOCK_SIZE,
  MAP_BLOCK_STAMP,
  MAP_ENTRY_KEY,
  MAP_ENTRY_WORD,
  MAP_KEY_BLOCK_BYTES,
  MAP_KEY_BLOCK_SIZE,
  MAP_VALUE_BLOCK_HEADER_SIZE,
  MAP_VALUE_ENTRY_SIZE,
} from "../base/spec";
import { arenaAllocate, arenaAllocateValue, arenaFree } from "./arena";

/** Bytes of a value up to which it is copied word by word. */
const COPY_WORDS_MAX: i32 = 256;

/** A new value with the bytes at `source`; 0 if there is no room. */
export function fillValue(map: usize, self: usize, source: usize, size: i32): usize {
  const value = takeValue(map, self, size);
  if (value != 0) copyValue(value, source, size);
  return value;
}

/** A new value of any content; 0 if there is no room. */
export function takeValue(map: usize, self: usize, size: i32): usize {
  const block = arenaAllocateValue(map, self, MAP_VALUE_BLOCK_HEADER_SIZE + size);
  if (block == 0) return 0;
  store<u32>(block, <u32>size, MAP_BLOCK_SIZE);
  store<u32>(block, 0, MAP_BLOCK_STAMP);
  store<u32>(block, 0, MAP_BLOCK_END);
  return block + MAP_VALUE_BLOCK_HEADER_SIZE;
}

/** Small values word by word: a call of memory.copy costs runtimes more than that. */
function copyValue(target: usize, source: usize, size: i32): void {
  if (size > COPY_WORDS_MAX || size & 7) {
    memory.copy(target, source, <usize>size);
    return;
  }
  const end = source + <usize>size;
  for (; source < end; source += 8, target += 8) store<u64>(target, load<u64>(source));
}

export function fillEntry(
  map: usize,
  self: usize,
  key: u64,
  bytes: usize,
  keySize: i32,
  hash: u32,
): usize {
  const entry = arenaAllocate(map, self, MAP_VALUE_ENTRY_SIZE);
  if (entry == 0) return 0;
  store<u32>(entry, ENTRY_STATE_EMPTY, MAP_ENTRY_WORD);
  if (bytes == 0) {
    store<u64>(entry, key, MAP_ENTRY_KEY);
    return entry;
  }
  const block = arenaAllocate(map, self, MAP_KEY_BLOCK_BYTES + keySize);
  if (block == 0) {
    arenaFree(map, self, entry, MAP_VALUE_ENTRY_SIZE);
    return 0;
  }
  store<u32>(block, <u32>keySize, MAP_KEY_BLOCK_SIZE);
  memory.copy(block + MAP_KEY_BLOCK_BYTES, bytes, <usize>keySize);
  store<u32>(entry, <u32>block, MAP_ENTRY_KEY);
  store<u32>(entry, hash, MAP_ENTRY_KEY + 4);
  return entry;
}

export function discardEntry(map: usize, self: usize, entry: usize, isBytes: bool): void {
  if (isBytes) {
    const block = <usize>load<u32>(entry, MAP_ENTRY_KEY);
    const size = MAP_KEY_BLOCK_BYTES + load<i32>(block, MAP_KEY_BLOCK_SIZE);
    arenaFree(map, self, block, size);
  }
  arenaFree(map, self, entry, MAP_VALUE_ENTRY_SIZE);
}

export function discardValue(map: usize, self: usize, value: usize): void {
  const block = value - MAP_VALUE_BLOCK_HEADER_SIZE;
  const size = MAP_VALUE_BLOCK_HEADER_SIZE + load<i32>(block, MAP_BLOCK_SIZE);
  arenaFree(map, self, block, size);
}
