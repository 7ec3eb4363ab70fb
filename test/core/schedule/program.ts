// One operation of an agent at a call, described by a record in memory: for the schedule tests.
//
// All that an operation is given and all that it answers lies in its record, so a copy of the
// memory is the whole state between two steps. Values are 8 bytes, a tag and its complement: one
// that is torn, or was reused under its reader, does not add up. What is read in place is read
// twice, with a hook in between, at the end of the pin.
//
//   0       4        8     16      24    32      36      40
//   ├───────┼────────┼─────┼───────┼─────┼───────┼───────┼────────┼────────────────────────────┐
//   │ kind  │ answer │ key │ value │ old │ count │ flags │ cursor │ pairs {key, tag, flags}    │
//   └───────┴────────┴─────┴───────┴─────┴───────┴───────┴────────┴────────────────────────────┘
import { hook } from "../../../assembly/base/port";
import {
  MAP_CURSOR_KEY,
  MAP_CURSOR_KEY_SIZE,
  MAP_CURSOR_VALUE,
  MAP_VALUE_CURSOR_SIZE,
  STATUS_ABSENT,
  STATUS_OK,
} from "../../../assembly/base/spec";
import {
  mapCompareAndDeleteBytes,
  mapCompareAndSwapBytes,
  mapDeleteBytes,
  mapLoadAndDeleteBytes,
  mapLoadOrStoreBytes,
  mapStoreBytes,
  mapSwapBytes,
} from "../../../assembly/map/bytes";
import { cutEnd, cutLoad, cutLoadBytes, cutTake } from "../../../assembly/map/cut";
import { bytesHash, keyHash } from "../../../assembly/map/key";
import { mapLoad, mapLoadBytes, mapPin, mapUnpin, valueSize } from "../../../assembly/map/map";
import {
  MAP_WAS_LOADED,
  mapCompareAndDelete,
  mapCompareAndSwap,
  mapDelete,
  mapLoadAndDelete,
  mapLoadOrStore,
  mapStore,
  mapSwap,
} from "../../../assembly/map/operations";
import { cutBegin, KEY_IS_INTEGER, rangeBegin, walkNext } from "../../../assembly/map/walk";
import { mapClear, mapReclaim } from "../../../assembly/map/whole";
import { mapSnapshot } from "../../../assembly/snapshot/publish";
import { snapshotLimit, snapshotPin, snapshotUnpin } from "../../../assembly/snapshot/region";
import { snapshotFind, snapshotValidate } from "../../../assembly/snapshot/validate";

export { mapArenaUsed, mapInit, mapLen, mapSize } from "../../../assembly/map/map";
export { mapRecover } from "../../../assembly/map/whole";
export { snapshotInit, snapshotRegionSize } from "../../../assembly/snapshot/region";

const ANSWER: usize = 4;
const KEY: usize = 8;
const VALUE: usize = 16;
const OLD: usize = 24;
const COUNT: usize = 32;
const FLAGS: usize = 36;
const CURSOR: usize = 40;
const PAIRS: usize = CURSOR + MAP_VALUE_CURSOR_SIZE;
const PAIR_SIZE: usize = 16;

const SIZE: i32 = 8;
const IS_BYTES: u32 = 1;
const LOADED: i32 = 0x10000;
/** Answer for a value that is not whole, or changed while it was pinned. */
const TORN: i32 = 0x7fffffff;

const STORE: i32 = 0;
const LOAD: i32 = 1;
const SWAP: i32 = 2;
const LOAD_OR_STORE: i32 = 3;
const LOAD_AND_DELETE: i32 = 4;
const DELETE: i32 = 5;
const COMPARE_AND_SWAP: i32 = 6;
const COMPARE_AND_DELETE: i32 = 7;
const RANGE: i32 = 8;
const CUT_TAKE: i32 = 9;
const CUT_WALK: i32 = 10;
const CLEAR: i32 = 11;
const RECLAIM: i32 = 12;
const PUBLISH: i32 = 13;
const READ: i32 = 14;

/** Hash of the key that a record names. */
export function hashOf(record: usize): u32 {
  if (load<u32>(record + FLAGS) & IS_BYTES) return bytesHash(record + KEY, SIZE);
  return keyHash(load<u64>(record + KEY));
}

/** Copies memory: a state is kept and put back so. */
export function copy(to: usize, from: usize, size: usize): void {
  memory.copy(to, from, size);
}

let even: u64 = 0;
let odd: u64 = 0;

/**
 * 53 bits that tell the bytes from `from` to `stacks`, and what is in use of the stacks behind
 * them, from others. Both are multiples of 16.
 */
export function digest(from: usize, stacks: usize, end: usize, stackSize: usize): f64 {
  even = wide(0x9e3779b9, 0x7f4a7c15);
  odd = wide(0xc2b2ae3d, 0x27d4eb4f);
  mix(from, stacks);
  // A stack begins with the offset of the next frame; what lies there is of no account.
  for (let stack = stacks; stack < end; stack += stackSize) {
    mix(stack, (<usize>load<u32>(stack) + 15) & ~15);
  }
  const mixed = (even ^ rotl<u64>(odd, 23)) * wide(0xff51afd7, 0xed558ccd);
  return <f64>((mixed ^ (mixed >> 31)) >> 11);
}

function mix(from: usize, to: usize): void {
  const first = wide(0xff51afd7, 0xed558ccd);
  const second = wide(0xc4ceb9fe, 0x1a85ec53);
  let a = even;
  let b = odd;
  for (let at = from; at < to; at += 16) {
    a = (a ^ load<u64>(at)) * first;
    b = (b ^ load<u64>(at, 8)) * second;
    a ^= a >> 32;
    b ^= b >> 29;
  }
  even = a;
  odd = b;
}

function wide(high: u32, low: u32): u64 {
  return ((<u64>high) << 32) | low;
}

/** Does what the record says, as `agent`; the answer is in the record. `region`: of snapshots. */
export function operate(map: usize, agent: i32, record: usize, region: usize): void {
  const kind = load<i32>(record);
  let answer: i32;
  if (kind == CUT_TAKE) answer = cutTake(map, agent);
  else if (kind == CUT_WALK) answer = walkCut(map, agent, record);
  else if (kind == CLEAR) answer = mapClear(map, agent);
  else if (kind == RECLAIM) answer = min<i32>(mapReclaim(map, agent), 0);
  else if (kind == PUBLISH) answer = publish(map, agent, record, region);
  else if (kind == READ) answer = readSnapshot(agent, record, region);
  else {
    mapPin(map, agent);
    if (kind == RANGE) answer = range(map, record);
    else if (load<u32>(record + FLAGS) & IS_BYTES) answer = keyedBytes(map, agent, record, kind);
    else answer = keyed(map, agent, record, kind);
    mapUnpin(map, agent);
  }
  store<i32>(record + ANSWER, answer);
}

function keyed(map: usize, agent: i32, record: usize, kind: i32): i32 {
  const key = load<u64>(record + KEY);
  const value = record + VALUE;
  const old = record + OLD;
  if (kind == STORE) return mapStore(map, agent, key, value, SIZE);
  if (kind == LOAD) return tagAt(<i32>mapLoad(map, agent, key));
  if (kind == SWAP) return tagAt(mapSwap(map, agent, key, value, SIZE));
  if (kind == LOAD_OR_STORE) return loadedTag(mapLoadOrStore(map, agent, key, value, SIZE));
  if (kind == LOAD_AND_DELETE) return tagAt(mapLoadAndDelete(map, agent, key));
  if (kind == DELETE) return wasThere(mapDelete(map, agent, key));
  if (kind == COMPARE_AND_SWAP) {
    return mapCompareAndSwap(map, agent, key, old, SIZE, value, SIZE);
  }
  assert(kind == COMPARE_AND_DELETE); // no such operation
  return mapCompareAndDelete(map, agent, key, old, SIZE);
}

function keyedBytes(map: usize, agent: i32, record: usize, kind: i32): i32 {
  const key = record + KEY;
  const value = record + VALUE;
  const old = record + OLD;
  if (kind == STORE) return mapStoreBytes(map, agent, key, SIZE, value, SIZE);
  if (kind == LOAD) return tagAt(<i32>mapLoadBytes(map, agent, key, SIZE));
  if (kind == SWAP) return tagAt(mapSwapBytes(map, agent, key, SIZE, value, SIZE));
  if (kind == LOAD_OR_STORE) {
    return loadedTag(mapLoadOrStoreBytes(map, agent, key, SIZE, value, SIZE));
  }
  if (kind == LOAD_AND_DELETE) return tagAt(mapLoadAndDeleteBytes(map, agent, key, SIZE));
  if (kind == DELETE) return wasThere(mapDeleteBytes(map, agent, key, SIZE));
  if (kind == COMPARE_AND_SWAP) {
    return mapCompareAndSwapBytes(map, agent, key, SIZE, old, SIZE, value, SIZE);
  }
  assert(kind == COMPARE_AND_DELETE); // no such operation
  return mapCompareAndDeleteBytes(map, agent, key, SIZE, old, SIZE);
}

function wasThere(status: i32): i32 {
  if (status == STATUS_OK) return 1;
  return status == STATUS_ABSENT ? 0 : status;
}

function loadedTag(answer: i32): i32 {
  if (answer < 0) return answer;
  const tag = tagAt(answer & ~MAP_WAS_LOADED);
  return answer & MAP_WAS_LOADED && tag != TORN ? tag | LOADED : tag;
}

/** The tag of the value at an offset: 0 for 0, a status as it is, TORN if it is not whole. */
function tagAt(offset: i32): i32 {
  if (offset <= 0) return offset;
  const first = load<u64>(offset);
  hook();
  const tag = <u32>load<u64>(offset);
  const isWhole = <u32>(first >> 32) == ~tag && <u32>first == tag;
  return isWhole && valueSize(offset) == SIZE ? <i32>tag : TORN;
}

function range(map: usize, record: usize): i32 {
  rangeBegin(record + CURSOR);
  return show(map, record, -1);
}

/** The pairs of the agent's own cut, each also looked up by its key; then gives the cut up. */
function walkCut(map: usize, agent: i32, record: usize): i32 {
  cutBegin(record + CURSOR, agent);
  const answer = show(map, record, agent);
  cutEnd(map, agent);
  return answer;
}

/** 0, or TORN. */
function show(map: usize, record: usize, taker: i32): i32 {
  const cursor = record + CURSOR;
  let answer = 0;
  let count: u32 = 0;
  while (walkNext(map, cursor)) {
    const isInteger = load<i32>(cursor, MAP_CURSOR_KEY_SIZE) == KEY_IS_INTEGER;
    const key = isInteger
      ? load<u64>(cursor, MAP_CURSOR_KEY)
      : load<u64>(<usize>load<u32>(cursor, MAP_CURSOR_KEY));
    const offset = load<i32>(cursor, MAP_CURSOR_VALUE);
    const tag = tagAt(offset);
    if (tag == TORN) answer = TORN;
    if (taker >= 0) {
      const place = record + KEY;
      store<u64>(place, key);
      const found = isInteger ? cutLoad(map, taker, key) : cutLoadBytes(map, taker, place, SIZE);
      if (<i32>found != offset) answer = TORN;
    }
    const pair = record + PAIRS + <usize>count * PAIR_SIZE;
    store<u64>(pair, key);
    store<i32>(pair, tag, 8);
    store<u32>(pair, isInteger ? 0 : IS_BYTES, 12);
    count++;
  }
  store<u32>(record + COUNT, count);
  return answer;
}

/** Stores a value and publishes a snapshot of its key; the agent is the region's one writer. */
function publish(map: usize, agent: i32, record: usize, region: usize): i32 {
  const key = load<u64>(record + KEY);
  const status = mapStore(map, agent, key, record + VALUE, SIZE);
  if (status != STATUS_OK) return status;
  return min<i32>(mapSnapshot(map, agent, region, key, key, 0, 0), 0);
}

/** The tag in the newest snapshot, 0 if there is none; TORN if it is not whole, or has changed. */
function readSnapshot(agent: i32, record: usize, region: usize): i32 {
  const base = snapshotPin(region, agent);
  let answer = 0;
  if (base != 0) {
    answer = tagInSnapshot(base, record, region);
    hook();
    if (tagInSnapshot(base, record, region) != answer) answer = TORN;
  }
  snapshotUnpin(region, agent);
  return answer;
}

function tagInSnapshot(base: usize, record: usize, region: usize): i32 {
  if (snapshotValidate(base, snapshotLimit(region)) != STATUS_OK) return TORN;
  const value = snapshotFind(base, load<u64>(record + KEY));
  if (value == 0) return TORN;
  const tag = <u32>load<u64>(value);
  return load<u32>(value, 4) == ~tag ? <i32>tag : TORN;
}
