// Write-back: when the pages of a map are written, which of them, and that none is forgotten.
//
//   misses ≥ threshold ─► enough pages dirty ─► old end, older than 5 s ─► heaviest ─► one batch
//
// Rules and layout: spec/page.md. The clock is an argument; the queue is behind port.ts. One agent
// runs the passes. The marks are read before the cut is taken and taken off after the port has
// accepted the batch: a change that comes in between stays marked and is written again.
import {
  MAP_AGENT_COUNT,
  MAP_AGENT_MISS_TOTAL,
  MAP_AGENTS,
  MAP_PAGES,
  MAP_VALUE_AGENT_SIZE,
  PAGE_BATCH_COUNT,
  PAGE_BATCH_LENGTH,
  PAGE_CHANGES,
  PAGE_CHOICE_CHANGES,
  PAGE_CHOICE_INDEX,
  PAGE_SINCE_MS,
  PAGE_TOUCHED_MS,
  PAGE_VALUE_AGE_MS,
  PAGE_VALUE_BATCH_PAGES_MAX,
  PAGE_VALUE_CHOICE_SIZE,
  PAGE_VALUE_COUNT_MAX,
  PAGE_VALUE_DIRTY_PERCENT,
  PAGE_VALUE_SIZE,
  PAGE_VALUE_THRESHOLD,
  PAGES_AGE_MS,
  PAGES_BATCH_PAGES,
  PAGES_BYTES_WRITTEN,
  PAGES_CHOICE,
  PAGES_COUNT,
  PAGES_DIRTY_PERCENT,
  PAGES_MISSES_SEEN,
  PAGES_NOW_MS,
  PAGES_PAGES_WRITTEN,
  PAGES_PASSES,
  PAGES_REFUSED,
  PAGES_SEQUENCE,
  PAGES_TABLE,
  PAGES_THRESHOLD,
  STATUS_BAD_CONFIG,
  STATUS_BUSY,
  STATUS_MISALIGNED,
  STATUS_OK,
  STATUS_TOO_LONG,
} from "../base/spec";
import { cutEnd, cutTake } from "../map/cut";
import { syncAdd, syncLoad, syncStore } from "../map/sync";
import { batchAppend, batchBegin, batchEnd } from "./batch";
import { pageWrite } from "./port";

/** Bytes of a table of `count` pages, a power of two up to 4,096; STATUS_BAD_CONFIG. */
export function pagesSize(count: i32): i32 {
  if (count < 1 || count > PAGE_VALUE_COUNT_MAX || count & (count - 1)) return STATUS_BAD_CONFIG;
  return PAGES_TABLE + count * PAGE_VALUE_SIZE;
}

/**
 * Lays out a table, cleared, of pagesSize(count) bytes on a multiple of 8 and makes the map mark
 * its changes there. STATUS_OK, BAD_CONFIG, MISALIGNED. Called by init, before any key is stored.
 */
export function pagesInit(map: usize, pages: usize, count: i32): i32 {
  if (pagesSize(count) < 0) return STATUS_BAD_CONFIG;
  if (pages & 7) return STATUS_MISALIGNED;
  store<u32>(pages, <u32>count, PAGES_COUNT);
  store<u32>(pages, PAGE_VALUE_THRESHOLD, PAGES_THRESHOLD);
  store<u32>(pages, PAGE_VALUE_DIRTY_PERCENT, PAGES_DIRTY_PERCENT);
  store<u32>(pages, PAGE_VALUE_AGE_MS, PAGES_AGE_MS);
  store<u32>(pages, PAGE_VALUE_BATCH_PAGES_MAX, PAGES_BATCH_PAGES);
  store<u32>(map, <u32>pages, MAP_PAGES);
  return STATUS_OK;
}

/**
 * A pass at `nowMs`, if one is due, with room for a batch at `buffer` (8-aligned): pages written, 0
 * if none was due, or what kept it from writing: BUSY, TOO_LONG (a page does not fit the buffer),
 * or what the port said. `agent` holds no cut. Cost: the pages of the table; if due, the entries of
 * the pages written.
 */
export function pagesPass(map: usize, agent: i32, nowMs: u32, buffer: usize, size: i32): i32 {
  const pages = <usize>load<u32>(map, MAP_PAGES);
  syncStore(pages + PAGES_NOW_MS, nowMs);
  if (!isDue(map, pages)) return 0;
  return write(map, agent, pages, nowMs, buffer, size, load<u32>(pages, PAGES_AGE_MS));
}

/**
 * Like pagesPass, at once, of the pages whose oldest change is `ageMs` old: call until it answers
 * 0, then all is written. So that this ends while others go on changing, `nowMs` grows with each
 * call (from flush to flush, passes included) and `ageMs` with it, from 1 at the first.
 */
export function pagesFlush(
  map: usize,
  agent: i32,
  nowMs: u32,
  buffer: usize,
  size: i32,
  ageMs: u32,
): i32 {
  const pages = <usize>load<u32>(map, MAP_PAGES);
  syncStore(pages + PAGES_NOW_MS, nowMs);
  return write(map, agent, pages, nowMs, buffer, size, ageMs);
}

/** Pages with changes that are not written. */
export function pagesDirty(map: usize): i32 {
  const pages = <usize>load<u32>(map, MAP_PAGES);
  const count = load<i32>(pages, PAGES_COUNT);
  let dirty = 0;
  for (let i = 0; i < count; i++) if (syncLoad(pageRecord(pages, i) + PAGE_CHANGES) != 0) dirty++;
  return dirty;
}

/** Takes all marks off: the map holds what was written and nothing else, as after a restore. */
export function pagesClean(map: usize): void {
  const pages = <usize>load<u32>(map, MAP_PAGES);
  const count = load<i32>(pages, PAGES_COUNT);
  for (let i = 0; i < count; i++) syncStore(pageRecord(pages, i) + PAGE_CHANGES, 0);
}

function isDue(map: usize, pages: usize): bool {
  let misses: u32 = 0;
  let agent = map + MAP_AGENTS;
  for (let i = load<u32>(map, MAP_AGENT_COUNT); i > 0; i--, agent += MAP_VALUE_AGENT_SIZE) {
    misses += syncLoad(agent + MAP_AGENT_MISS_TOTAL);
  }
  const seen = load<u32>(pages, PAGES_MISSES_SEEN);
  if (misses - seen < syncLoad(pages + PAGES_THRESHOLD)) return false;
  store<u32>(pages, misses, PAGES_MISSES_SEEN);
  const share = load<u32>(pages, PAGES_DIRTY_PERCENT) * load<u32>(pages, PAGES_COUNT);
  return <u32>pagesDirty(map) * 100 >= share;
}

/**
 * The first half of a pass, for a keeper other than the port's queue (assembly/flash): the batch of
 * the pages that are due at `nowMs`, or with `isFlush` of those that are dirty; its bytes, 0 if
 * there are none, BUSY or TOO_LONG. pagesWritten is the second half.
 */
export function pagesChoose(
  map: usize,
  agent: i32,
  nowMs: u32,
  buffer: usize,
  size: i32,
  isFlush: bool,
): i32 {
  const pages = <usize>load<u32>(map, MAP_PAGES);
  syncStore(pages + PAGES_NOW_MS, nowMs);
  if (!isFlush && !isDue(map, pages)) return 0;
  return prepare(
    map,
    agent,
    pages,
    nowMs,
    buffer,
    size,
    isFlush ? 0 : load<u32>(pages, PAGES_AGE_MS),
  );
}

/**
 * A batch of all pages, clean ones too: its bytes, or TOO_LONG if they do not fit, or are more than
 * BATCH_PAGES.
 */
export function pagesChooseAll(map: usize, agent: i32, buffer: usize, size: i32): i32 {
  const pages = <usize>load<u32>(map, MAP_PAGES);
  const count = load<i32>(pages, PAGES_COUNT);
  if (count > load<i32>(pages, PAGES_BATCH_PAGES)) return STATUS_TOO_LONG;
  for (let page = 0; page < count; page++) {
    store<u32>(choice(pages, page), <u32>page, PAGE_CHOICE_INDEX);
    store<u32>(
      choice(pages, page),
      syncLoad(pageRecord(pages, page) + PAGE_CHANGES),
      PAGE_CHOICE_CHANGES,
    );
  }
  const length = copy(map, agent, pages, count, buffer, size);
  return length > 0 && load<i32>(buffer, PAGE_BATCH_COUNT) < count ? STATUS_TOO_LONG : length;
}

/** Takes the marks of the batch off if `status` says that it is kept: its pages, or the status. */
export function pagesWritten(map: usize, nowMs: u32, buffer: usize, status: i32): i32 {
  const pages = <usize>load<u32>(map, MAP_PAGES);
  if (status < 0) {
    store<u32>(pages, load<u32>(pages, PAGES_REFUSED) + 1, PAGES_REFUSED);
    return status;
  }
  const count = load<i32>(buffer, PAGE_BATCH_COUNT);
  const length = load<u32>(buffer, PAGE_BATCH_LENGTH);
  for (let i = 0; i < count; i++) unmark(pages, choice(pages, i), nowMs);
  store<u32>(pages, load<u32>(pages, PAGES_SEQUENCE) + 1, PAGES_SEQUENCE);
  store<u32>(pages, load<u32>(pages, PAGES_PASSES) + 1, PAGES_PASSES);
  store<u32>(pages, load<u32>(pages, PAGES_PAGES_WRITTEN) + <u32>count, PAGES_PAGES_WRITTEN);
  store<u32>(pages, load<u32>(pages, PAGES_BYTES_WRITTEN) + length, PAGES_BYTES_WRITTEN);
  return count;
}

function write(
  map: usize,
  agent: i32,
  pages: usize,
  nowMs: u32,
  buffer: usize,
  size: i32,
  ageMs: u32,
): i32 {
  const length = prepare(map, agent, pages, nowMs, buffer, size, ageMs);
  if (length <= 0) return length;
  return pagesWritten(map, nowMs, buffer, pageWrite(buffer, length));
}

/** The batch of the pages to write: its bytes; 0 if there are none; BUSY, TOO_LONG. */
function prepare(
  map: usize,
  agent: i32,
  pages: usize,
  nowMs: u32,
  buffer: usize,
  size: i32,
  ageMs: u32,
): i32 {
  const old = chooseOldest(pages, nowMs, ageMs);
  const chosen = keepHeaviest(pages, nowMs, old);
  return chosen == 0 ? 0 : copy(map, agent, pages, chosen, buffer, size);
}

/** Copies the first `chosen` choices out of one cut, as many as fit; bytes, or why not one does. */
function copy(map: usize, agent: i32, pages: usize, chosen: i32, buffer: usize, size: i32): i32 {
  if (cutTake(map, agent) != STATUS_OK) return STATUS_BUSY;
  batchBegin(buffer, load<u32>(pages, PAGES_SEQUENCE) + 1, load<u32>(pages, PAGES_COUNT));
  let count = 0;
  let status = STATUS_OK;
  for (; count < chosen; count++) {
    const page = load<u32>(choice(pages, count), PAGE_CHOICE_INDEX);
    status = batchAppend(map, agent, page, buffer, size);
    if (status < 0) break;
  }
  cutEnd(map, agent);
  return count == 0 ? status : batchEnd(buffer); // below 0: not even one fits
}

/** Takes the changes off that were there when the page was chosen; later ones are of now. */
function unmark(pages: usize, chosen: usize, nowMs: u32): void {
  const record = pageRecord(pages, load<i32>(chosen, PAGE_CHOICE_INDEX));
  syncStore(record + PAGE_SINCE_MS, nowMs);
  syncAdd(record + PAGE_CHANGES, <u32>-load<i32>(chosen, PAGE_CHOICE_CHANGES));
}

/**
 * Fills the choices with the pages that have not been touched for longest, at most twice a batch,
 * whose oldest change is `ageMs` old; how many. An insertion sort by TOUCHED_MS.
 */
function chooseOldest(pages: usize, nowMs: u32, ageMs: u32): i32 {
  const limit = 2 * load<i32>(pages, PAGES_BATCH_PAGES);
  const count = load<i32>(pages, PAGES_COUNT);
  let chosen = 0;
  for (let page = 0; page < count; page++) {
    const record = pageRecord(pages, page);
    const changes = syncLoad(record + PAGE_CHANGES);
    if (changes == 0 || nowMs - syncLoad(record + PAGE_SINCE_MS) < ageMs) continue;
    const idle = idleMs(pages, page, nowMs);
    let at = chosen;
    while (at > 0 && idleOf(pages, at - 1, nowMs) < idle) at--;
    if (at >= limit) continue;
    if (chosen < limit) chosen++;
    for (let i = chosen - 1; i > at; i--) {
      store<u64>(choice(pages, i), load<u64>(choice(pages, i - 1)));
    }
    store<u32>(choice(pages, at), <u32>page, PAGE_CHOICE_INDEX);
    store<u32>(choice(pages, at), changes, PAGE_CHOICE_CHANGES);
  }
  return chosen;
}

/** Moves the heaviest of `count` choices to the front, as many as a batch has; how many. */
function keepHeaviest(pages: usize, nowMs: u32, count: i32): i32 {
  const limit = min<i32>(count, load<i32>(pages, PAGES_BATCH_PAGES));
  for (let i = 0; i < limit; i++) {
    let heaviest = i;
    for (let j = i + 1; j < count; j++) {
      if (weight(pages, j, nowMs) > weight(pages, heaviest, nowMs)) heaviest = j;
    }
    const kept = load<u64>(choice(pages, heaviest));
    store<u64>(choice(pages, heaviest), load<u64>(choice(pages, i)));
    store<u64>(choice(pages, i), kept);
  }
  return limit;
}

/** Age of the oldest change times changes, in milliseconds x changes. */
function weight(pages: usize, index: i32, nowMs: u32): u64 {
  const chosen = choice(pages, index);
  const record = pageRecord(pages, load<i32>(chosen, PAGE_CHOICE_INDEX));
  const ageMs = nowMs - load<u32>(record, PAGE_SINCE_MS);
  return (<u64>ageMs + 1) * <u64>load<u32>(chosen, PAGE_CHOICE_CHANGES);
}

function idleOf(pages: usize, index: i32, nowMs: u32): u32 {
  return idleMs(pages, load<i32>(choice(pages, index), PAGE_CHOICE_INDEX), nowMs);
}

function idleMs(pages: usize, page: i32, nowMs: u32): u32 {
  return nowMs - syncLoad(pageRecord(pages, page) + PAGE_TOUCHED_MS);
}

function choice(pages: usize, index: i32): usize {
  return pages + PAGES_CHOICE + <usize>(index * PAGE_VALUE_CHOICE_SIZE);
}

function pageRecord(pages: usize, page: i32): usize {
  return pages + PAGES_TABLE + <usize>(page * PAGE_VALUE_SIZE);
}
