// Sequence window of one node: new, late, duplicate, stale, or the node began again.
//
// RFC 4303, appendix A2 (anti-replay window), with three additions: every number passed over counts
// as lost until it turns up, a timestamp that contradicts the number means a new run, and so does a
// step back after silence. The rules are the table "Sequence numbers" in spec/gateway.md. State: a
// GATEWAY_NODE record, of which these words are ours.
import {
  GATEWAY_NODE_DUPLICATES,
  GATEWAY_NODE_FRAMES,
  GATEWAY_NODE_HIGHEST,
  GATEWAY_NODE_LAST_MS,
  GATEWAY_NODE_LOST,
  GATEWAY_NODE_REORDERED,
  GATEWAY_NODE_RESTARTS,
  GATEWAY_NODE_SEEN,
  GATEWAY_NODE_SPAN,
  GATEWAY_NODE_TIME,
  GATEWAY_VALUE_NODE_SILENT_MS,
  GATEWAY_VALUE_SEQUENCE_WINDOW,
  STATUS_EXISTS,
  STATUS_OK,
  STATUS_STALE,
} from "../base/spec";

/** sequenceAdmit's answer for a frame that is behind the highest one but was not seen before. */
export const SEQUENCE_LATE: i32 = 1;

const SEEN_SIZE: i32 = GATEWAY_VALUE_SEQUENCE_WINDOW >> 3;

/** Adds to a counter of a node that other workers read. */
export function nodeAdd(node: usize, counter: i32, count: u32): void {
  const word = node + <usize>counter;
  // Order: release; readers in other workers take each counter by itself.
  atomic.store<u32>(word, load<u32>(word) + count);
}

/** Sets a word of a node that other workers read. */
export function nodeSet(node: usize, field: i32, value: u32): void {
  // Order: release; as in nodeAdd.
  atomic.store<u32>(node + <usize>field, value);
}

/**
 * Admits a frame by its sequence number (16 bits), its timestamp and its arrival (milliseconds
 * since the gateway started), and counts it in the node: STATUS_OK, SEQUENCE_LATE, STATUS_EXISTS
 * (duplicate) or STATUS_STALE. Decode worker only.
 */
export function sequenceAdmit(node: usize, sequence: u32, time: i64, nowMs: u32): i32 {
  const span = load<i32>(node, GATEWAY_NODE_SPAN);
  if (span == 0) return begin(node, sequence, time, nowMs);
  const distance = <i32>(<i16>(sequence - load<u32>(node, GATEWAY_NODE_HIGHEST)));
  const isNewer = time > load<i64>(node, GATEWAY_NODE_TIME);
  const isOlder = time < load<i64>(node, GATEWAY_NODE_TIME);
  if (distance > 0 && !isOlder) return ahead(node, sequence, distance, time, nowMs);

  const silentMs = nowMs - load<u32>(node, GATEWAY_NODE_LAST_MS);
  if ((distance <= 0 && isNewer) || silentMs > <u32>GATEWAY_VALUE_NODE_SILENT_MS) {
    nodeAdd(node, GATEWAY_NODE_RESTARTS, 1);
    return begin(node, sequence, time, nowMs);
  }
  if (distance > 0 || distance <= -GATEWAY_VALUE_SEQUENCE_WINDOW) return STATUS_STALE;
  if (isSeen(node, sequence)) {
    nodeAdd(node, GATEWAY_NODE_DUPLICATES, 1);
    return STATUS_EXISTS;
  }
  setSeen(node, sequence);
  // Only what was passed over in this run has been counted as lost.
  if (-distance < span) nodeAdd(node, GATEWAY_NODE_LOST, <u32>-1);
  nodeAdd(node, GATEWAY_NODE_REORDERED, 1);
  return accept(node, nowMs, SEQUENCE_LATE);
}

function begin(node: usize, sequence: u32, time: i64, nowMs: u32): i32 {
  memory.fill(node + GATEWAY_NODE_SEEN, 0, SEEN_SIZE);
  setSeen(node, sequence);
  store<u32>(node, 1, GATEWAY_NODE_SPAN);
  store<u32>(node, sequence & 0xffff, GATEWAY_NODE_HIGHEST);
  store<i64>(node, time, GATEWAY_NODE_TIME);
  return accept(node, nowMs, STATUS_OK);
}

function ahead(node: usize, sequence: u32, distance: i32, time: i64, nowMs: u32): i32 {
  if (distance >= GATEWAY_VALUE_SEQUENCE_WINDOW) {
    memory.fill(node + GATEWAY_NODE_SEEN, 0, SEEN_SIZE);
  } else {
    for (let back = 1; back < distance; back++) clearSeen(node, sequence - back);
  }
  setSeen(node, sequence);
  if (distance > 1) nodeAdd(node, GATEWAY_NODE_LOST, distance - 1);
  const span = load<i32>(node, GATEWAY_NODE_SPAN) + distance;
  store<i32>(node, min(span, GATEWAY_VALUE_SEQUENCE_WINDOW), GATEWAY_NODE_SPAN);
  store<u32>(node, sequence & 0xffff, GATEWAY_NODE_HIGHEST);
  store<i64>(node, time, GATEWAY_NODE_TIME);
  return accept(node, nowMs, STATUS_OK);
}

function accept(node: usize, nowMs: u32, answer: i32): i32 {
  nodeAdd(node, GATEWAY_NODE_FRAMES, 1);
  nodeSet(node, GATEWAY_NODE_LAST_MS, nowMs);
  return answer;
}

function seenByte(node: usize, sequence: u32): usize {
  return node + GATEWAY_NODE_SEEN + ((sequence & (GATEWAY_VALUE_SEQUENCE_WINDOW - 1)) >> 3);
}

function isSeen(node: usize, sequence: u32): bool {
  return (load<u8>(seenByte(node, sequence)) & bitOf(sequence)) != 0;
}

function setSeen(node: usize, sequence: u32): void {
  const byte = seenByte(node, sequence);
  store<u8>(byte, load<u8>(byte) | bitOf(sequence));
}

function clearSeen(node: usize, sequence: u32): void {
  const byte = seenByte(node, sequence);
  store<u8>(byte, load<u8>(byte) & ~bitOf(sequence));
}

function bitOf(sequence: u32): u8 {
  return (<u8>1) << (<u8>(sequence & 7));
}
