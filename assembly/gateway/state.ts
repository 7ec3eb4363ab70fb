// The gateway's memory: totals, nodes, their maps and snapshot regions, frame ring, feature log.
//
// Laid out once by init in the decode worker, which alone writes to it from then on, the
// ring's producer side excepted. Everybody else gets one offset, that of the state, and finds the
// rest from there (spec/gateway.md).
import {
  FEATURE_LOG_DROPPED,
  FEATURE_LOG_ENTRIES,
  FEATURE_LOG_ENTRY_FEATURES,
  FEATURE_LOG_ENTRY_PUBLISHER_ID,
  FEATURE_LOG_ENTRY_TIME,
  FEATURE_LOG_HEAD,
  FEATURE_LOG_TAIL,
  FEATURE_VALUE_SIZE,
  FRAME_RING_FRAMES,
  GATEWAY_ACCEPTED,
  GATEWAY_BYTES,
  GATEWAY_DUPLICATES,
  GATEWAY_LOG,
  GATEWAY_NODE_COUNT,
  GATEWAY_NODE_INDEX,
  GATEWAY_NODE_MAP,
  GATEWAY_NODE_PUBLISHER_ID,
  GATEWAY_NODE_REGION,
  GATEWAY_NODES,
  GATEWAY_REFUSED,
  GATEWAY_RING,
  GATEWAY_VALUE_LOG_COUNT,
  GATEWAY_VALUE_LOG_ENTRY_SIZE,
  GATEWAY_VALUE_NODE_AGENTS,
  GATEWAY_VALUE_NODE_ARENA_SIZE,
  GATEWAY_VALUE_NODE_INDEX_COUNT,
  GATEWAY_VALUE_NODE_SIZE,
  GATEWAY_VALUE_NODE_SNAPSHOT_SIZE,
  GATEWAY_VALUE_RING_COUNT,
  GATEWAY_VALUE_RING_FRAME_SIZE,
  GATEWAY_VALUE_STATE_SIZE,
  GATEWAY_VERSION,
  LIMIT_CACHE_LINE_SIZE,
  LIMIT_GATEWAY_NODES_MAX,
  LIMIT_NODE_ENTRIES_MAX,
  STATUS_EXISTS,
  STATUS_FULL,
  STATUS_OK,
} from "../base/spec";
import { keyHash } from "../map/key";
import { mapInit, mapSize } from "../map/map";
import { regionAllocate } from "../memory/regions";
import { snapshotInit, snapshotRegionSize } from "../snapshot/region";

let state: usize = 0;

/**
 * Lays out everything from regions; offset of the state, 0 if the memory is too small. Called by
 * init.
 */
export function stateInit(): usize {
  const base = lineAllocate(GATEWAY_VALUE_STATE_SIZE);
  const ring = lineAllocate(
    FRAME_RING_FRAMES + GATEWAY_VALUE_RING_COUNT * GATEWAY_VALUE_RING_FRAME_SIZE,
  );
  const index = lineAllocate(GATEWAY_VALUE_NODE_INDEX_COUNT * 4);
  const nodes = lineAllocate(LIMIT_GATEWAY_NODES_MAX * GATEWAY_VALUE_NODE_SIZE);
  const log = lineAllocate(
    FEATURE_LOG_ENTRIES + GATEWAY_VALUE_LOG_COUNT * GATEWAY_VALUE_LOG_ENTRY_SIZE,
  );
  if (log == 0) return 0;
  store<u32>(base, <u32>ring, GATEWAY_RING);
  store<u32>(base, <u32>index, GATEWAY_NODE_INDEX);
  store<u32>(base, <u32>nodes, GATEWAY_NODES);
  store<u32>(base, <u32>log, GATEWAY_LOG);
  for (let i = 0; i < LIMIT_GATEWAY_NODES_MAX; i++) {
    const node = nodes + <usize>(i * GATEWAY_VALUE_NODE_SIZE);
    const map = lineAllocate(
      mapSize(LIMIT_NODE_ENTRIES_MAX, GATEWAY_VALUE_NODE_ARENA_SIZE, GATEWAY_VALUE_NODE_AGENTS),
    );
    const region = lineAllocate(snapshotRegionSize(GATEWAY_VALUE_NODE_SNAPSHOT_SIZE));
    if (map == 0 || region == 0) return 0;
    if (initNodeMap(map) < 0) return 0;
    if (snapshotInit(region, GATEWAY_VALUE_NODE_SNAPSHOT_SIZE) < 0) return 0;
    store<u32>(node, <u32>map, GATEWAY_NODE_MAP);
    store<u32>(node, <u32>region, GATEWAY_NODE_REGION);
  }
  state = base;
  return base;
}

function initNodeMap(map: usize): i32 {
  const arenaSize = GATEWAY_VALUE_NODE_ARENA_SIZE;
  return mapInit(map, LIMIT_NODE_ENTRIES_MAX, arenaSize, GATEWAY_VALUE_NODE_AGENTS);
}

function lineAllocate(size: i32): usize {
  return regionAllocate(size, LIMIT_CACHE_LINE_SIZE);
}

/** The node of a publisher, made if it is new; 0 if there are LIMIT_GATEWAY_NODES_MAX already. */
export function nodeOf(publisherId: u32): usize {
  const index = <usize>load<u32>(state, GATEWAY_NODE_INDEX);
  const nodes = <usize>load<u32>(state, GATEWAY_NODES);
  let place = keyHash(publisherId);
  for (let i = 0; i < GATEWAY_VALUE_NODE_INDEX_COUNT; i++, place++) {
    const word = index + ((place & (GATEWAY_VALUE_NODE_INDEX_COUNT - 1)) << 2);
    const number = load<u32>(word);
    if (number != 0) {
      const node = nodes + (number - 1) * GATEWAY_VALUE_NODE_SIZE;
      if (load<u32>(node, GATEWAY_NODE_PUBLISHER_ID) == publisherId) return node;
      continue;
    }
    const count = load<u32>(state, GATEWAY_NODE_COUNT);
    if (count == LIMIT_GATEWAY_NODES_MAX) return 0;
    const node = nodes + count * GATEWAY_VALUE_NODE_SIZE;
    store<u32>(node, publisherId, GATEWAY_NODE_PUBLISHER_ID);
    store<u32>(word, count + 1);
    // Order: release; a reader that sees the new count sees the node's PublisherId.
    atomic.store<u32>(state, count + 1, GATEWAY_NODE_COUNT);
    return node;
  }
  return 0;
}

/**
 * Counts one frame of `size` bytes by what became of it: accepted, a duplicate (EXISTS), or
 * refused.
 */
export function totalsCount(status: i32, size: i32): void {
  let counter = GATEWAY_ACCEPTED;
  if (status == STATUS_EXISTS) counter = GATEWAY_DUPLICATES;
  else if (status < STATUS_OK) counter = GATEWAY_REFUSED + (-status << 3);
  const version = load<u32>(state, GATEWAY_VERSION);
  // Order: sequentially consistent, before the totals; a reader that took one of them new sees
  // VERSION odd.
  atomic.store<u32>(state, version + 1, GATEWAY_VERSION);
  wordsAdd(state + <usize>counter, 1);
  wordsAdd(state + GATEWAY_BYTES, <u32>size);
  // Order: release; behind the totals.
  atomic.store<u32>(state, version + 2, GATEWAY_VERSION);
}

/** Adds to a u64 in two 32-bit words; atomic stores keep their order towards VERSION. */
function wordsAdd(counter: usize, count: u32): void {
  const sum = load<u64>(counter) + <u64>count;
  // Order: sequentially consistent, between the two stores of VERSION in totalsCount.
  atomic.store<u32>(counter, <u32>sum);
  atomic.store<u32>(counter, <u32>(sum >> 32), 4);
}

/**
 * Appends a window's features to the log; STATUS_FULL, counted, if the web worker has fallen
 * behind.
 */
export function featureLogAppend(publisherId: u32, time: i64, features: usize): i32 {
  const log = <usize>load<u32>(state, GATEWAY_LOG);
  const head = load<u32>(log, FEATURE_LOG_HEAD);
  // Order: acquire; pairs with the reader's store: it has left the entry.
  const tail = atomic.load<u32>(log, FEATURE_LOG_TAIL);
  if (head - tail >= <u32>GATEWAY_VALUE_LOG_COUNT) {
    store<u32>(log, load<u32>(log, FEATURE_LOG_DROPPED) + 1, FEATURE_LOG_DROPPED);
    return STATUS_FULL;
  }
  const place = head & (GATEWAY_VALUE_LOG_COUNT - 1);
  const entry = log + FEATURE_LOG_ENTRIES + place * GATEWAY_VALUE_LOG_ENTRY_SIZE;
  store<u32>(entry, publisherId, FEATURE_LOG_ENTRY_PUBLISHER_ID);
  store<i64>(entry, time, FEATURE_LOG_ENTRY_TIME);
  memory.copy(entry + FEATURE_LOG_ENTRY_FEATURES, features, FEATURE_VALUE_SIZE);
  // Order: release; pairs with the reader's load of HEAD; the entry stands before it.
  atomic.store<u32>(log, head + 1, FEATURE_LOG_HEAD);
  return STATUS_OK;
}
