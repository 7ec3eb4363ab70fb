// The log of a node's pages in a ring of flash blocks: written so that power may fail anywhere.
//
//   ─► block g: header, all pages, batch, batch ─► block g + 1: header, all pages, batch ─► ...
//
// Layout and rules: spec/page.md, "On flash". A batch counts when it is whole, so nothing is ever
// marked afterwards; a block counts when its first batch, which holds all pages, is whole. The next
// block is erased just before it is written: what an erase was interrupted in is never trusted, and
// nothing depends on it. One log a program, main loop only; the flash is behind port.ts.

import { crc32 } from "../base/crc32";
import {
  MAP_PAGES,
  PAGE_BATCH_IMAGES,
  PAGE_BATCH_LENGTH,
  PAGE_BATCH_SEQUENCE,
  PAGE_FLASH_BATCHES,
  PAGE_FLASH_BLOCKS,
  PAGE_FLASH_CHECK,
  PAGE_FLASH_GENERATION,
  PAGE_FLASH_MAGIC,
  PAGE_FLASH_VALUE_BLOCKS_MIN,
  PAGE_FLASH_VALUE_MAGIC,
  PAGES_SEQUENCE,
  STATUS_ABSENT,
  STATUS_BAD_CONFIG,
  STATUS_DEVICE,
  STATUS_FULL,
  STATUS_OK,
  STATUS_TOO_LONG,
} from "../base/spec";
import { mapReclaim } from "../map/whole";
import { batchCheck, batchRestore } from "../page/batch";
import { pagesChoose, pagesChooseAll, pagesClean, pagesWritten } from "../page/write-back";
import { flashBlockSize, flashErase, flashProgram, flashRead, flashSize } from "./port";

const header: usize = memory.data(PAGE_FLASH_BATCHES, 8);

let blockSize: i32 = 0;
let blocks: u32 = 0;
let generation: u32 = 0; // of the block in use; 0: none
let used: i32 = 0; // bytes of it; all of them if it is closed

/**
 * Finds the newest content and puts it into an empty map that has pages, none of them dirty then:
 * entries restored. ABSENT if there is no flash, BAD_CONFIG if its blocks cannot be used, or what
 * the map said; a block that cannot be read counts as one without a header. `buffer` (8-aligned, as
 * large as a block) is where batches are read. Once, first. Cost: one block read.
 */
export function logOpen(map: usize, agent: i32, buffer: usize, size: i32): i32 {
  const total = flashSize();
  if (total <= 0) return STATUS_ABSENT;
  blockSize = flashBlockSize();
  if (blockSize <= PAGE_FLASH_BATCHES || blockSize & 7) return STATUS_BAD_CONFIG;
  blocks = <u32>(total / blockSize);
  if (blocks < <u32>PAGE_FLASH_VALUE_BLOCKS_MIN) return STATUS_BAD_CONFIG;
  let restored = 0;
  let below: u32 = u32.MAX_VALUE;
  for (let i: u32 = 0; i < blocks; i++) {
    generation = newestBelow(below);
    used = blockSize;
    if (generation == 0) break;
    restored = restoreBlock(map, agent, buffer, size);
    if (used > PAGE_FLASH_BATCHES) break;
    below = generation; // not even its first batch is whole
    generation = 0;
  }
  if (restored >= 0) {
    pagesClean(map);
    mapReclaim(map, agent); // what a later batch replaced
  }
  return restored;
}

/**
 * Writes the pages that are due at `nowMs`, or with `isFlush` all that are dirty, up to a batch:
 * pages written, 0 if none was due, or why they stay dirty: BUSY, TOO_LONG (a block does not hold
 * all pages), DEVICE. `buffer` as for logOpen. Cost: as pagesPass, and at times an erase.
 */
export function logPass(
  map: usize,
  agent: i32,
  nowMs: u32,
  buffer: usize,
  size: i32,
  isFlush: bool,
): i32 {
  let length = pagesChoose(map, agent, nowMs, buffer, size, isFlush);
  if (length <= 0) return length;
  let status = append(buffer, length);
  if (status == STATUS_FULL) {
    length = pagesChooseAll(map, agent, buffer, size);
    status = length < 0 ? length : beginBlock(buffer, length);
  }
  return pagesWritten(map, nowMs, buffer, status);
}

/** Appends a batch to the block in use: STATUS_OK, DEVICE; FULL if the block has no room for it. */
function append(batch: usize, length: i32): i32 {
  if (used + length > blockSize) return STATUS_FULL;
  const at = blockAt(generation) + used;
  if (flashProgram(at, batch, length) != STATUS_OK) {
    used = blockSize; // what is there now nobody knows: closed
    return STATUS_FULL;
  }
  used += length;
  return STATUS_OK;
}

/** Begins the next block that can be written with a batch of all pages. STATUS_OK, or a status. */
function beginBlock(batch: usize, length: i32): i32 {
  if (PAGE_FLASH_BATCHES + length > blockSize) return STATUS_TOO_LONG;
  for (let step: u32 = 1; step < blocks; step++) {
    const next = generation + step;
    const at = blockAt(next);
    store<u32>(header, PAGE_FLASH_VALUE_MAGIC, PAGE_FLASH_MAGIC);
    store<u32>(header, next, PAGE_FLASH_GENERATION);
    store<u32>(header, blocks, PAGE_FLASH_BLOCKS);
    store<u32>(header, crc32(header, PAGE_FLASH_CHECK), PAGE_FLASH_CHECK);
    if (flashErase(at) != STATUS_OK) continue;
    if (flashProgram(at, header, PAGE_FLASH_BATCHES) != STATUS_OK) continue;
    if (flashProgram(at + PAGE_FLASH_BATCHES, batch, length) != STATUS_OK) continue;
    generation = next;
    used = PAGE_FLASH_BATCHES + length;
    return STATUS_OK;
  }
  return STATUS_DEVICE;
}

function blockAt(which: u32): i32 {
  return <i32>(which % blocks) * blockSize;
}

/** The highest generation below `below` that a block has a sound header of; 0: none. */
function newestBelow(below: u32): u32 {
  let newest: u32 = 0;
  for (let i: u32 = 0; i < blocks; i++) {
    if (flashRead(<i32>i * blockSize, header, PAGE_FLASH_BATCHES) != STATUS_OK) continue;
    const found = load<u32>(header, PAGE_FLASH_GENERATION);
    const isSound =
      load<u32>(header, PAGE_FLASH_MAGIC) == <u32>PAGE_FLASH_VALUE_MAGIC &&
      load<u32>(header, PAGE_FLASH_BLOCKS) == blocks &&
      load<u32>(header, PAGE_FLASH_CHECK) == crc32(header, PAGE_FLASH_CHECK);
    if (isSound && found % blocks == i && found < below && found > newest) newest = found;
  }
  return newest;
}

/**
 * Puts the whole batches of the block in use into the map and sets USED behind them, or to the end
 * if what follows is not erased. Entries, or what the map said.
 */
function restoreBlock(map: usize, agent: i32, buffer: usize, size: i32): i32 {
  let restored = 0;
  used = PAGE_FLASH_BATCHES;
  while (used + PAGE_BATCH_IMAGES <= blockSize) {
    const at = blockAt(generation) + used;
    if (flashRead(at, buffer, PAGE_BATCH_IMAGES) != STATUS_OK) break;
    const length = load<i32>(buffer, PAGE_BATCH_LENGTH);
    if (length < PAGE_BATCH_IMAGES || length > min<i32>(size, blockSize - used)) break;
    if (flashRead(at, buffer, length) != STATUS_OK) break;
    if (batchCheck(buffer, length) != length) break;
    const entries = batchRestore(map, agent, buffer);
    if (entries < 0) return entries;
    store<u32>(load<u32>(map, MAP_PAGES), load<u32>(buffer, PAGE_BATCH_SEQUENCE), PAGES_SEQUENCE);
    restored += entries;
    used += length;
  }
  if (used > PAGE_FLASH_BATCHES && !isErased(buffer, size)) used = blockSize;
  return restored;
}

/** Whether the block in use is erased behind USED. */
function isErased(buffer: usize, size: i32): bool {
  for (let at = used; at < blockSize; ) {
    const count = min<i32>(size & ~7, blockSize - at);
    if (flashRead(blockAt(generation) + at, buffer, count) != STATUS_OK) return false;
    for (let i = 0; i < count; i += 8)
      if (load<u64>(buffer + <usize>i) != u64.MAX_VALUE) return false;
    at += count;
  }
  return true;
}
