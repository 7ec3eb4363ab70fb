// The node's entries in flash: what was there when the power went is there when it comes back.
//
//  entries ── keepPass behind each window, or keepFlush ──► log in flash (assembly/flash)
//     ▲ keepOpen at start                                        │
//     └──────────────────────────────────────────────────────────┘
// On with NODE_FLAG_KEEP_ENTRIES in the configuration record; without it nothing here takes memory.
// A node's main loop loads nothing, so misses say nothing here: the threshold is 0, and a pass is
// due when enough pages are dirty for long enough. What that wears out: spec/page.md.
import {
  MAP_VALUE_CURSOR_SIZE,
  PAGE_FLASH_VALUE_NODE_PAGES,
  PAGES_AGE_MS,
  PAGES_DIRTY_PERCENT,
  PAGES_THRESHOLD,
  STATUS_ABSENT,
  STATUS_FULL,
} from "../../assembly/base/spec";
import { logOpen, logPass } from "../../assembly/flash/log";
import { flashBlockSize, flashSize } from "../../assembly/flash/port";
import { regionAllocate } from "../../assembly/memory/regions";
import { pagesInit, pagesSize } from "../../assembly/page/write-back";

const MAIN_LOOP = 0;

let map: usize = 0; // 0: nothing is kept
let pages: usize = 0;
let buffer: usize = 0;
let size: i32 = 0;

/**
 * Makes the pages of an empty map and fills it from flash: entries restored, or ABSENT (the board
 * has no flash for pages), FULL, BAD_CONFIG, DEVICE. Once, at init.
 */
export function keepOpen(entries: usize): i32 {
  if (flashSize() <= 0) return STATUS_ABSENT;
  size = flashBlockSize() + MAP_VALUE_CURSOR_SIZE;
  pages = regionAllocate(pagesSize(PAGE_FLASH_VALUE_NODE_PAGES));
  buffer = regionAllocate(size);
  if (pages == 0 || buffer == 0) return STATUS_FULL;
  const status = pagesInit(entries, pages, PAGE_FLASH_VALUE_NODE_PAGES);
  if (status < 0) return status;
  store<u32>(pages, 0, PAGES_THRESHOLD);
  map = entries;
  return logOpen(map, MAIN_LOOP, buffer, size);
}

/**
 * How much may be lost: changes of the last `ageMs`, while fewer than `dirtyPercent` of the pages
 * are dirty. Less of it wears the flash out sooner. Main loop only.
 */
export function keepLimits(ageMs: u32, dirtyPercent: u32): void {
  if (map == 0) return;
  store<u32>(pages, ageMs, PAGES_AGE_MS);
  store<u32>(pages, dirtyPercent, PAGES_DIRTY_PERCENT);
}

/**
 * Writes what is due at `nowMs`: pages written, 0 if none was or nothing is kept, or why they stay
 * dirty: DEVICE, TOO_LONG. Main loop only. Cost: at times the erase of a block.
 */
export function keepPass(nowMs: u32): i32 {
  return map == 0 ? 0 : logPass(map, MAIN_LOOP, nowMs, buffer, size, false);
}

/** Writes all that has changed, at once: pages, or a status as keepPass. Main loop only. */
export function keepFlush(nowMs: u32): i32 {
  return map == 0 ? STATUS_ABSENT : logPass(map, MAIN_LOOP, nowMs, buffer, size, true);
}
