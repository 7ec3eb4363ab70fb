// Batches: pages of a map copied out of a cut, one behind the other, and put back into a map.
//
//   ├─ header, check ─┼─ page, count ─┬─ entry ─┬─ entry ─ ─ ─┼─ page, count ─┬─ ...
//
// A page image holds all the page's entries, so reading it means: what is not in it is gone.
// Layout: spec/page.md. The check is a CRC-32; who wants more signs the file.
import { crc32 } from "../base/crc32";
import {
  MAP_CURSOR_KEY,
  MAP_CURSOR_KEY_SIZE,
  MAP_CURSOR_VALUE,
  MAP_VALUE_CURSOR_SIZE,
  PAGE_BATCH_CHECK,
  PAGE_BATCH_COUNT,
  PAGE_BATCH_IMAGES,
  PAGE_BATCH_LENGTH,
  PAGE_BATCH_MAGIC,
  PAGE_BATCH_PAGES,
  PAGE_BATCH_SEQUENCE,
  PAGE_ENTRY_KEY,
  PAGE_ENTRY_KEY_SIZE,
  PAGE_ENTRY_VALUE_SIZE,
  PAGE_IMAGE_COUNT,
  PAGE_IMAGE_ENTRIES,
  PAGE_IMAGE_PAGE,
  PAGE_VALUE_MAGIC,
  STATUS_BAD_CHECK,
  STATUS_BAD_MAGIC,
  STATUS_FULL,
  STATUS_MALFORMED,
  STATUS_OK,
  STATUS_TOO_LONG,
  STATUS_TRUNCATED,
} from "../base/spec";
import { mapDeleteBytes, mapStoreBytes } from "../map/bytes";
import { cutEnd, cutTake } from "../map/cut";
import { valueSize } from "../map/map";
import { mapDelete, mapStore } from "../map/operations";
import { cutPageBegin, KEY_IS_INTEGER, walkNext } from "../map/walk";
import { mapReclaim } from "../map/whole";

// Static data is one for all threads: a restore runs before others do.
const restoreCursor: usize = memory.data(MAP_VALUE_CURSOR_SIZE, 8);

/** Begins an empty batch at `buffer`. */
export function batchBegin(buffer: usize, sequence: u32, pages: u32): void {
  store<u32>(buffer, PAGE_VALUE_MAGIC, PAGE_BATCH_MAGIC);
  store<u32>(buffer, PAGE_BATCH_IMAGES, PAGE_BATCH_LENGTH);
  store<u32>(buffer, sequence, PAGE_BATCH_SEQUENCE);
  store<u32>(buffer, 0, PAGE_BATCH_COUNT);
  store<u32>(buffer, pages, PAGE_BATCH_PAGES);
}

/**
 * Appends the image of `page` as it is in the cut of agent `taker`. STATUS_OK, or TOO_LONG and the
 * batch as it was, if it does not fit `size` bytes; the last MAP_VALUE_CURSOR_SIZE of them are the
 * walk's.
 */
export function batchAppend(map: usize, taker: i32, page: u32, buffer: usize, size: i32): i32 {
  const cursor = buffer + <usize>(size - MAP_VALUE_CURSOR_SIZE);
  const image = buffer + <usize>load<u32>(buffer, PAGE_BATCH_LENGTH);
  let at = image + PAGE_IMAGE_ENTRIES;
  if (at > cursor) return STATUS_TOO_LONG;
  let count: u32 = 0;
  cutPageBegin(cursor, taker, page, load<u32>(buffer, PAGE_BATCH_PAGES) - 1);
  while (walkNext(map, cursor)) {
    const value = <usize>load<u32>(cursor, MAP_CURSOR_VALUE);
    const keySize = load<i32>(cursor, MAP_CURSOR_KEY_SIZE);
    const isInteger = keySize == KEY_IS_INTEGER;
    const key = isInteger ? cursor + MAP_CURSOR_KEY : <usize>load<u32>(cursor, MAP_CURSOR_KEY);
    const keyBytes = isInteger ? 8 : keySize;
    const end = at + PAGE_ENTRY_KEY + padded(keyBytes) + padded(valueSize(value));
    if (end > cursor) return STATUS_TOO_LONG;
    store<i32>(at, keySize, PAGE_ENTRY_KEY_SIZE);
    store<i32>(at, valueSize(value), PAGE_ENTRY_VALUE_SIZE);
    at = copyPadded(at + PAGE_ENTRY_KEY, key, keyBytes);
    at = copyPadded(at, value, valueSize(value));
    count++;
  }
  store<u32>(image, page, PAGE_IMAGE_PAGE);
  store<u32>(image, count, PAGE_IMAGE_COUNT);
  store<u32>(buffer, load<u32>(buffer, PAGE_BATCH_COUNT) + 1, PAGE_BATCH_COUNT);
  store<u32>(buffer, <u32>(at - buffer), PAGE_BATCH_LENGTH);
  return STATUS_OK;
}

/** Completes the batch with its check; its bytes. */
export function batchEnd(buffer: usize): i32 {
  const length = load<i32>(buffer, PAGE_BATCH_LENGTH);
  store<u32>(buffer, checkOf(buffer, length), PAGE_BATCH_CHECK);
  return length;
}

/**
 * Bytes of the batch at `batch` (8-aligned), of which `size` bytes are there, if it is whole; else
 * BAD_MAGIC, TRUNCATED, BAD_CHECK or MALFORMED.
 */
export function batchCheck(batch: usize, size: i32): i32 {
  if (size < PAGE_BATCH_IMAGES) return STATUS_TRUNCATED;
  if (load<u32>(batch, PAGE_BATCH_MAGIC) != <u32>PAGE_VALUE_MAGIC) return STATUS_BAD_MAGIC;
  const length = load<u32>(batch, PAGE_BATCH_LENGTH);
  if (length < <u32>PAGE_BATCH_IMAGES || length & 7) return STATUS_MALFORMED;
  if (length > <u32>size) return STATUS_TRUNCATED;
  if (load<u32>(batch, PAGE_BATCH_CHECK) != checkOf(batch, <i32>length)) return STATUS_BAD_CHECK;
  return <i32>length;
}

/**
 * Puts the pages of a batch that batchCheck found whole into the map: what they hold, and nothing
 * else. Entries restored, or MALFORMED, BUSY, FULL; the map then has a part of it.
 */
export function batchRestore(map: usize, agent: i32, batch: usize): i32 {
  const end = batch + <usize>load<u32>(batch, PAGE_BATCH_LENGTH);
  const mask = load<u32>(batch, PAGE_BATCH_PAGES) - 1;
  const images = load<u32>(batch, PAGE_BATCH_COUNT);
  let at = batch + PAGE_BATCH_IMAGES;
  let restored = 0;
  for (let i: u32 = 0; i < images; i++) {
    if (end - at < <usize>PAGE_IMAGE_ENTRIES) return STATUS_MALFORMED;
    const page = load<u32>(at, PAGE_IMAGE_PAGE);
    const count = load<u32>(at, PAGE_IMAGE_COUNT);
    at += PAGE_IMAGE_ENTRIES;
    const emptied = pageDelete(map, agent, page, mask);
    if (emptied < 0) return emptied;
    for (let j: u32 = 0; j < count; j++) {
      let size = entryRestore(map, agent, at, end);
      // What the pages held before lies in their buckets still.
      if (size == STATUS_FULL && mapReclaim(map, agent) > 0) {
        size = entryRestore(map, agent, at, end);
      }
      if (size < 0) return size;
      at += <usize>size;
      restored++;
    }
  }
  return restored;
}

/** Takes all keys of a page out. STATUS_OK or BUSY. */
function pageDelete(map: usize, agent: i32, page: u32, mask: u32): i32 {
  const status = cutTake(map, agent);
  if (status < 0) return status;
  cutPageBegin(restoreCursor, agent, page, mask);
  while (walkNext(map, restoreCursor)) {
    const keySize = load<i32>(restoreCursor, MAP_CURSOR_KEY_SIZE);
    if (keySize == KEY_IS_INTEGER) {
      mapDelete(map, agent, load<u64>(restoreCursor, MAP_CURSOR_KEY));
    } else {
      mapDeleteBytes(map, agent, <usize>load<u32>(restoreCursor, MAP_CURSOR_KEY), keySize);
    }
  }
  cutEnd(map, agent);
  return STATUS_OK;
}

/** Stores one entry of an image; its bytes, or a status. */
function entryRestore(map: usize, agent: i32, at: usize, end: usize): i32 {
  if (end - at < <usize>PAGE_ENTRY_KEY) return STATUS_MALFORMED;
  const keySize = load<i32>(at, PAGE_ENTRY_KEY_SIZE);
  const size = load<i32>(at, PAGE_ENTRY_VALUE_SIZE);
  const key = at + PAGE_ENTRY_KEY;
  const keyBytes = keySize == KEY_IS_INTEGER ? 8 : keySize;
  if (<u32>keyBytes > 0xffff || <u32>size > 0xffff) return STATUS_MALFORMED;
  const value = key + padded(keyBytes);
  const next = value + padded(size);
  if (next > end) return STATUS_MALFORMED;
  const status =
    keySize == KEY_IS_INTEGER
      ? mapStore(map, agent, load<u64>(key), value, size)
      : mapStoreBytes(map, agent, key, keySize, value, size);
  return status < 0 ? status : <i32>(next - at);
}

function copyPadded(target: usize, source: usize, size: i32): usize {
  const end = target + padded(size);
  if (size & 7) store<u64>(end - 8, 0);
  memory.copy(target, source, <usize>size);
  return end;
}

function padded(size: i32): usize {
  return <usize>((size + 7) & ~7);
}

function checkOf(batch: usize, length: i32): u32 {
  return crc32(batch + PAGE_BATCH_SEQUENCE, length - PAGE_BATCH_SEQUENCE);
}
