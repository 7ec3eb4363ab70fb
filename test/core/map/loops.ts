// The loops of test/bench/map.bench.ts, so that no call from JavaScript is measured.
//
// Sequence and mix are those of the peers (test/bench/peers): xorshift32, keys from KEY_BASE on,
// values of 64 bytes of which a load reads the first 8. A loop answers with what it read, so that
// none of it can be left out, or with a number below 0 where the map refused something.

import {
  MAP_AGENT_MIGRATIONS,
  MAP_AGENT_PROMOTIONS,
  MAP_AGENTS,
  MAP_CURSOR_FILLED,
  MAP_CURSOR_FOUND,
  MAP_CURSOR_KEY,
  MAP_VALUE_AGENT_SIZE,
} from "../../../assembly/base/spec";
import { cutEnd, cutTake } from "../../../assembly/map/cut";
import { mapLoad, mapPin, mapUnpin } from "../../../assembly/map/map";
import { mapDelete, mapLoadOrStore, mapStore } from "../../../assembly/map/operations";
import { rangeBegin, walkMore, walkNext } from "../../../assembly/map/walk";
import { now } from "./port";

export { mapStoreBytes } from "../../../assembly/map/bytes";
export { cutEnd, cutTake } from "../../../assembly/map/cut";
export {
  mapArenaUsed,
  mapInit,
  mapLen,
  mapLoadBytes,
  mapPin,
  mapSize,
  mapUnpin,
} from "../../../assembly/map/map";
export { mapReclaim } from "../../../assembly/map/whole";
export { pingLoop, rawPingLoop, storeLoop } from "./ping";

const KEY_BASE: u64 = 1 << 20;
const VALUE_SIZE: i32 = 64;
const SMALL_MASK: u32 = 1023;

/** First free byte behind the static data. */
export function heapBase(): usize {
  return __heap_base;
}

/** mapLoad and mapStore for callers that would have to make a bigint of their key. */
export function loadLow(map: usize, agent: i32, key: u32): usize {
  return mapLoad(map, agent, <u64>key);
}

export function storeLow(map: usize, agent: i32, key: u32, source: usize, size: i32): i32 {
  return mapStore(map, agent, <u64>key, source, size);
}

export function deleteLow(map: usize, agent: i32, key: u32): i32 {
  return mapDelete(map, agent, <u64>key);
}

/** Stores `count` keys from KEY_BASE + `first` on, each with its own number; the first refusal. */
export function fill(map: usize, agent: i32, first: u32, count: u32, source: usize): i32 {
  for (let i = first; i < first + count; i++) {
    store<u64>(source, <u64>i);
    const status = mapStore(map, agent, KEY_BASE + <u64>i, source, VALUE_SIZE);
    if (status < 0) return status;
  }
  return 0;
}

/** The loop alone: reads words of private memory, as many as `mask` says, in the same order. */
export function controlLoop(array: usize, mask: u32, count: i32, seed: u32): u32 {
  let x = seed;
  let sum: u64 = 0;
  for (let i = 0; i < count; i++) {
    x = next(x);
    sum += load<u64>(array + ((<usize>(x & mask)) << 3));
  }
  return <u32>sum;
}

/** `count` loads, `batch` under each pin. */
export function loadLoop(
  map: usize,
  agent: i32,
  mask: u32,
  count: i32,
  batch: i32,
  seed: u32,
): u32 {
  let x = seed;
  let sum: u64 = 0;
  for (let done = 0; done < count; done += batch) {
    mapPin(map, agent);
    for (let i = 0; i < batch; i++) {
      x = next(x);
      const value = mapLoad(map, agent, KEY_BASE + <u64>(x & mask));
      if (value != 0) sum += load<u64>(value);
    }
    mapUnpin(map, agent);
  }
  return <u32>sum;
}

/** Of 200 operations `share` store, as many delete, the rest load; `batch` under each pin. */
export function mixLoop(
  map: usize,
  agent: i32,
  count: i32,
  batch: i32,
  share: u32,
  source: usize,
  seed: u32,
): f64 {
  let x = seed;
  let sum: u64 = 0;
  for (let done = 0; done < count; done += batch) {
    mapPin(map, agent);
    for (let i = 0; i < batch; i++) {
      x = next(x);
      const key = KEY_BASE + <u64>(x & SMALL_MASK);
      const roll = (x >> 16) % 200;
      if (roll < share) {
        store<u64>(source, <u64>x);
        const status = mapStore(map, agent, key, source, VALUE_SIZE);
        if (status < 0) return <f64>status;
      } else if (roll < 2 * share) {
        mapDelete(map, agent, key);
      } else {
        const value = mapLoad(map, agent, key);
        if (value != 0) sum += load<u64>(value);
      }
    }
    mapUnpin(map, agent);
  }
  return <f64>(<u32>sum);
}

/** A new key each time as many loads have missed as there are keys: just after a promotion. */
export function allocLoop(map: usize, agent: i32, first: u32, count: u32, source: usize): i32 {
  let stores: u32 = 0;
  let since: u32 = 0;
  for (let i = first; i < first + count; i++) {
    mapPin(map, agent);
    mapLoad(map, agent, <u64>i);
    mapUnpin(map, agent);
    if (++since <= stores) continue;
    store<u64>(source, <u64>stores);
    const status = mapLoadOrStore(map, agent, <u64>i, source, VALUE_SIZE);
    if (status < 0) return status;
    since = 0;
    stores++;
  }
  return <i32>stores;
}

/** Among 1,024 keys one is replaced by another each 1,024 loads, all of which miss. */
export function deleteLoop(
  map: usize,
  agent: i32,
  first: u32,
  count: u32,
  source: usize,
  cursor: usize,
): i32 {
  for (let i = first; i < first + count; i++) {
    mapPin(map, agent);
    mapLoad(map, agent, <u64>i);
    if ((i & SMALL_MASK) == 0) {
      rangeBegin(cursor);
      if (walkNext(map, cursor) != 0) mapDelete(map, agent, load<u64>(cursor, MAP_CURSOR_KEY));
      store<u64>(source, <u64>i);
      const status = mapStore(map, agent, <u64>i, source, VALUE_SIZE);
      if (status < 0) return status;
    }
    mapUnpin(map, agent);
  }
  return 0;
}

/** Keys 0 to 1,023, as deleteLoop begins with. */
export function fillPlain(map: usize, agent: i32, source: usize): i32 {
  for (let i: u32 = 0; i <= SMALL_MASK; i++) {
    store<u64>(source, <u64>i);
    const status = mapStore(map, agent, <u64>i, source, VALUE_SIZE);
    if (status < 0) return status;
  }
  return 0;
}

/** Walks the whole map `times` times, one pin each; the keys it met. */
export function rangeLoop(map: usize, agent: i32, cursor: usize, times: i32): i32 {
  let sum: u64 = 0;
  let count = 0;
  for (let i = 0; i < times; i++) {
    mapPin(map, agent);
    rangeBegin(cursor);
    while (walkMore(map, cursor)) {
      const end = cursor + MAP_CURSOR_FOUND + <usize>load<u32>(cursor, MAP_CURSOR_FILLED);
      for (let at = cursor + MAP_CURSOR_FOUND; at < end; at += 8) {
        sum += load<u64>(<usize>load<u32>(at, 4));
        count++;
      }
    }
    mapUnpin(map, agent);
  }
  return sum == 0 ? -1 : count;
}

/** Takes a cut and gives it up, `times` times. */
export function cutLoop(map: usize, agent: i32, times: i32): i32 {
  for (let i = 0; i < times; i++) {
    const status = cutTake(map, agent);
    if (status < 0) return status;
    cutEnd(map, agent);
  }
  return 0;
}

/**
 * Inserts `count` keys; leaves the ns of each as u32 at `times` and, as bytes at `touched`, how
 * many buckets it promoted or split. With `isControl` it only takes the time.
 */
export function growLoop(
  map: usize,
  agent: i32,
  count: u32,
  source: usize,
  times: usize,
  touched: usize,
  isControl: bool,
): i32 {
  const self = map + MAP_AGENTS + <usize>(agent * MAP_VALUE_AGENT_SIZE);
  let before: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    store<u64>(source, <u64>i);
    const began = now();
    const key = KEY_BASE + <u64>i;
    const status = isControl ? 0 : mapStore(map, agent, key, source, VALUE_SIZE);
    store<u32>(times + ((<usize>i) << 2), <u32>(now() - began));
    if (status < 0) return status;
    const after = load<u32>(self, MAP_AGENT_MIGRATIONS) + load<u32>(self, MAP_AGENT_PROMOTIONS);
    store<u8>(touched + <usize>i, <u8>min<u32>(after - before, 255));
    before = after;
  }
  return 0;
}

function next(x: u32): u32 {
  let y = x;
  y ^= y << 13;
  y ^= y >> 17;
  y ^= y << 5;
  return y;
}
