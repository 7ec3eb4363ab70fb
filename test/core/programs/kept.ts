// A node program that only keeps: counts up, stores entries that follow from the count, flushes.
//
// At start it says what it found, `r N` (restored), or `b N` (broken) if the entries do not all
// belong to N; behind each flush that flash has accepted `k N` (kept). Whoever cuts its
// power reads that.
import {
  FIELD_DATA,
  FIELD_TYPE_UINT32,
  NODE_CONFIG_VALUE_SIZE,
  NODE_CONFIG_WINDOW_LIMIT,
  STATUS_END,
} from "../../../assembly/base/spec";
import { mapLoad, mapPin, mapUnpin } from "../../../assembly/map/map";
import { regionAllocate, regionsInit } from "../../../assembly/memory/regions";
import {
  entriesInit,
  entriesMap,
  entryKey,
  putArray,
  putU32,
  USER_WRITER,
} from "../../../firmware/node/entries";
import { keepFlush, keepOpen } from "../../../firmware/node/keep";
import { configRead, logWrite, memorySize } from "../../../firmware/node/port";

const PUBLISHER = 7;
const SAMPLE_RATE_HZ = 12000;
const ARRAYS = 12;
/** Words of the largest array: a block holds some six batches. */
const WORDS_MAX = 96;

const RESTORED: u8 = 0x72; // r
const BROKEN: u8 = 0x62; // b
const KEPT: u8 = 0x6b; // k

let words: usize = 0;
let line: usize = 0;
let count: u32 = 0;
let limit: u32 = 0;

export function init(): i32 {
  regionsInit(__heap_base, memorySize());
  const config = regionAllocate(NODE_CONFIG_VALUE_SIZE);
  words = regionAllocate(WORDS_MAX * 4);
  line = regionAllocate(32);
  configRead(config, NODE_CONFIG_VALUE_SIZE);
  limit = load<u32>(config, NODE_CONFIG_WINDOW_LIMIT);
  let status = entriesInit(PUBLISHER);
  if (status < 0) return status;
  status = keepOpen(entriesMap());
  if (status < 0) return status;
  count = wordOf(0, 0);
  say(isWhole() ? RESTORED : BROKEN);
  limit += count;
  return SAMPLE_RATE_HZ;
}

export function tick(): void {}

/** One count up, kept; WINDOW_LIMIT of them, 0: without end. */
export function step(): i32 {
  count++;
  let status = putU32(USER_WRITER, 0, count);
  for (let i = 1; i <= ARRAYS; i++) {
    // Not all of them each time: so some pages are old when the block changes.
    if ((count + i) % 3 == 0 && count > 1) continue;
    for (let j = 0; j < length(i); j++) store<u32>(words + (j << 2), derived(i, j, count));
    status |= putArray(USER_WRITER, i, FIELD_TYPE_UINT32, words, length(i));
  }
  if (status < 0) return status;
  status = keepFlush(0);
  if (status < 0) return status;
  say(KEPT);
  return count == limit ? STATUS_END : 1;
}

function length(i: i32): i32 {
  return i * 8;
}

function derived(i: i32, j: i32, at: u32): u32 {
  return (at * 0x9e3779b1) ^ <u32>(i * 1000 + j);
}

/** The count at which array i was stored last. */
function storedAt(i: i32): u32 {
  return count > 1 && (count + <u32>i) % 3 == 0 ? count - 1 : count;
}

/** Word j of entry i; 0 if there is none. */
function wordOf(i: i32, j: i32): u32 {
  mapPin(entriesMap(), 0);
  const value = mapLoad(entriesMap(), 0, entryKey(USER_WRITER, i));
  const word = value == 0 ? 0 : load<u32>(value + FIELD_DATA + <usize>(j << 2));
  mapUnpin(entriesMap(), 0);
  return word;
}

function isWhole(): bool {
  for (let i = 1; i <= ARRAYS; i++) {
    for (let j = 0; j < length(i); j++) {
      if (wordOf(i, j) != (count == 0 ? 0 : derived(i, j, storedAt(i)))) return false;
    }
  }
  return true;
}

/** A letter and the count, eight hex digits, as one line. */
function say(letter: u8): void {
  store<u8>(line, letter);
  store<u8>(line, 32, 1);
  for (let i = 0; i < 8; i++) {
    const digit = (count >> <u32>(28 - 4 * i)) & 15;
    store<u8>(line + <usize>i, <u8>(digit < 10 ? 48 + digit : 87 + digit), 2);
  }
  store<u8>(line, 10, 10);
  logWrite(line, 11);
}
