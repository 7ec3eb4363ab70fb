// Ingest: one Ethernet frame in, the node's entries, counters and snapshot out.
//
//   frame ─► parseEthernet ─► decodeNetworkMessage ─► verifyCheck ─► sequenceAdmit
//         ─► mapStore, field by field ─► mapSnapshot
//
// A frame is refused as a whole before anything is stored. The features close a window
// (spec/frame.md), so they publish. A late frame is counted, and stored only if it belongs to the
// newest window: nothing older may replace what is shown.
import {
  FEATURE_VALUE_COUNT,
  FIELD_COUNT,
  FIELD_DATA,
  FIELD_IS_ARRAY,
  FIELD_TYPE,
  FIELD_TYPE_BYTE,
  FIELD_TYPE_UINT32,
  GATEWAY_NODE_FLAGS,
  GATEWAY_NODE_MAP,
  GATEWAY_NODE_NOT_STORED,
  GATEWAY_NODE_REGION,
  GATEWAY_NODE_SENT_BY_NODE,
  GATEWAY_NODE_SOURCE_NAME,
  GATEWAY_NODE_TIME,
  GATEWAY_NODE_WINDOWS,
  GATEWAY_VALUE_DECODE_AGENT,
  LIMIT_VALUE_SIZE_MAX,
  STATUS_FULL,
  STATUS_OK,
  STATUS_UNSUPPORTED,
  UADP_CURSOR_INDEX,
  UADP_CURSOR_REMAINING,
  UADP_DATA_SET_WRITER_ID,
  UADP_EXTENDED1_ID_TYPE_MASK,
  UADP_FLAG_PUBLISHER_ID,
  UADP_GROUP_SEQUENCE_NUMBER,
  UADP_ID_TYPE_STRING,
  UADP_MESSAGE_DATA_SET_COUNT,
  UADP_MESSAGE_DATA_SETS,
  UADP_MESSAGE_GROUP_VERSION,
  UADP_MESSAGE_NETWORK_MESSAGE_NUMBER,
  UADP_MESSAGE_PRESENT,
  UADP_MESSAGE_PUBLISHER_ID,
  UADP_MESSAGE_SEQUENCE_NUMBER,
  UADP_MESSAGE_TIMESTAMP,
  UADP_RECORD_CURSOR_SIZE,
  UADP_RECORD_DATA_SET_SIZE,
  UADP_RECORD_MESSAGE_SIZE,
  WRITER_FEATURES,
} from "../base/spec";
import { mapLoad, mapPin, mapUnpin, valueSize } from "../map/map";
import { mapStore } from "../map/operations";
import { mapSnapshot } from "../snapshot/publish";
import { decodeNetworkMessage } from "../uadp/decode";
import { parseEthernet } from "../uadp/ethernet";
import { fieldsBegin, nextField, verifyCheck } from "../uadp/field-cursor";
import { nodeAdd, nodeSet, sequenceAdmit } from "./sequence";
import { featureLogAppend, nodeOf, totalsCount } from "./state";

const message: usize = memory.data(UADP_RECORD_MESSAGE_SIZE, 8);
const cursor: usize = memory.data(UADP_RECORD_CURSOR_SIZE, 8);
const field: usize = memory.data(LIMIT_VALUE_SIZE_MAX, 8);

/** Fields of the FEATURES message (spec/frame.md). */
const FIELD_FEATURES: u32 = 0;
const FIELD_CONFIG: u32 = 1;
const FIELD_COUNTERS: u32 = 2;
const FIELD_SOURCE_NAME: u32 = 3;
const CONFIG_COUNT: u32 = 5;
const COUNTERS_COUNT: u32 = 4;
const SOURCE_NAME_SIZE: u32 = 16;

/** Bytes of a field up to which it is compared with what is there before it is stored. */
const UNCHANGED_SIZE_MAX: i32 = 64;

/**
 * Takes in the frame of `size` bytes at `frame` that arrived `nowMs` milliseconds after the
 * gateway's start, and counts it: STATUS_OK, STATUS_EXISTS for a duplicate, or why it was refused:
 * UNSUPPORTED (no UADP, or nothing that a node sends), STALE, FULL (too many nodes), and what the
 * decoder answers. Decode worker only.
 */
export function frameIngest(frame: usize, size: i32, nowMs: u32): i32 {
  const status = ingest(frame, size, nowMs);
  totalsCount(status, size);
  return status;
}

function ingest(frame: usize, size: i32, nowMs: u32): i32 {
  const offset = parseEthernet(frame, size);
  if (offset < 0) return offset;
  const decoded = decodeNetworkMessage(frame + offset, size - offset, message);
  if (decoded < 0) return decoded;
  const covered = verifyCheck(message, cursor);
  if (covered < 0) return covered;
  if (!isAddressed()) return STATUS_UNSUPPORTED;

  const publisherId = load<u32>(message, UADP_MESSAGE_PUBLISHER_ID);
  const node = nodeOf(publisherId);
  if (node == 0) return STATUS_FULL;
  const time = load<i64>(message, UADP_MESSAGE_TIMESTAMP);
  const sequence = <u32>load<u16>(message, UADP_MESSAGE_SEQUENCE_NUMBER);
  const admitted = sequenceAdmit(node, sequence, time, nowMs);
  if (admitted < 0) return admitted;
  storeMessage(node, publisherId, time);
  return STATUS_OK;
}

/** Whether it names a publisher by a number that fits a key, and counts its messages. */
function isAddressed(): bool {
  const present = load<u32>(message, UADP_MESSAGE_PRESENT);
  if (!(present & UADP_FLAG_PUBLISHER_ID)) return false;
  if (!((present >> 24) & UADP_GROUP_SEQUENCE_NUMBER)) return false;
  if (((present >> 8) & UADP_EXTENDED1_ID_TYPE_MASK) == UADP_ID_TYPE_STRING) return false;
  return load<u32>(message, UADP_MESSAGE_PUBLISHER_ID + 4) == 0;
}

function storeMessage(node: usize, publisherId: u32, time: i64): void {
  // The timestamp is the window's: all messages of the newest window bear the one that HIGHEST came
  // with.
  const isNewest = time >= load<i64>(node, GATEWAY_NODE_TIME);
  const count = load<i32>(message, UADP_MESSAGE_DATA_SET_COUNT);
  for (let i = 0; i < count; i++) {
    const dataSet = message + UADP_MESSAGE_DATA_SETS + <usize>(i * UADP_RECORD_DATA_SET_SIZE);
    const writer = <u32>load<u16>(dataSet, UADP_DATA_SET_WRITER_ID);
    storeFields(node, publisherId, writer, i, isNewest, time);
    if (writer != WRITER_FEATURES) continue;
    nodeAdd(node, GATEWAY_NODE_WINDOWS, 1);
    if (isNewest) publish(node, publisherId, time);
  }
}

/** Stores the fields of one DataSetMessage but for its last, the check, which was verified. */
function storeFields(
  node: usize,
  publisherId: u32,
  writer: u32,
  dataSet: i32,
  isNewest: bool,
  time: i64,
): void {
  const map = <usize>load<u32>(node, GATEWAY_NODE_MAP);
  const count = fieldsBegin(message, dataSet, cursor);
  for (let i = 1; i < count; i++) {
    const size = nextField(cursor, field, LIMIT_VALUE_SIZE_MAX);
    if (size <= 0) {
      nodeAdd(node, GATEWAY_NODE_NOT_STORED, 1);
      if (size == STATUS_UNSUPPORTED && load<u32>(cursor, UADP_CURSOR_REMAINING) > 0) continue;
      return; // the cursor cannot go on
    }
    const index = load<u32>(cursor, UADP_CURSOR_INDEX);
    if (writer == WRITER_FEATURES && index == FIELD_FEATURES && isWords(FEATURE_VALUE_COUNT)) {
      featureLogAppend(publisherId, time, field + FIELD_DATA);
    }
    if (!isNewest) continue;
    const key = fieldKey(publisherId, writer, index);
    if (!(size <= UNCHANGED_SIZE_MAX && isUnchanged(map, key, size))) {
      const status = mapStore(map, GATEWAY_VALUE_DECODE_AGENT, key, field, size);
      if (status < 0) nodeAdd(node, GATEWAY_NODE_NOT_STORED, 1);
    }
    if (writer == WRITER_FEATURES) noteFeatures(node, index);
  }
}

/** Whether the field is what the map has already: settings and names come with every message. */
function isUnchanged(map: usize, key: u64, size: i32): bool {
  mapPin(map, GATEWAY_VALUE_DECODE_AGENT);
  const value = mapLoad(map, GATEWAY_VALUE_DECODE_AGENT, key);
  const isSame =
    value != 0 && valueSize(value) == size && memory.compare(value, field, <usize>size) == 0;
  mapUnpin(map, GATEWAY_VALUE_DECODE_AGENT);
  return isSame;
}

/** What a FEATURES message says of the node itself: flags, frames sent, source. */
function noteFeatures(node: usize, index: u32): void {
  const data = field + FIELD_DATA;
  if (index == FIELD_CONFIG && isWords(CONFIG_COUNT)) {
    nodeSet(node, GATEWAY_NODE_FLAGS, load<u32>(data, 16));
  } else if (index == FIELD_COUNTERS && isWords(COUNTERS_COUNT)) {
    // The node counted before this window; its messages are numbered from 1, this one is the last.
    const inWindow: u32 = load<u16>(message, UADP_MESSAGE_NETWORK_MESSAGE_NUMBER);
    nodeSet(node, GATEWAY_NODE_SENT_BY_NODE, load<u32>(data) + inWindow);
  } else if (index == FIELD_SOURCE_NAME && isArrayOf(FIELD_TYPE_BYTE, SOURCE_NAME_SIZE)) {
    for (let i = 0; i < <i32>SOURCE_NAME_SIZE; i += 4) {
      nodeSet(node, GATEWAY_NODE_SOURCE_NAME + i, load<u32>(data + i));
    }
  }
}

function isWords(count: u32): bool {
  return isArrayOf(FIELD_TYPE_UINT32, count);
}

function isArrayOf(type: u32, count: u32): bool {
  return (
    <u32>load<u8>(field, FIELD_TYPE) == type &&
    load<u8>(field, FIELD_IS_ARRAY) == 1 &&
    load<u32>(field, FIELD_COUNT) == count
  );
}

function publish(node: usize, publisherId: u32, time: i64): void {
  const low = (<u64>publisherId) << 32;
  mapSnapshot(
    <usize>load<u32>(node, GATEWAY_NODE_MAP),
    GATEWAY_VALUE_DECODE_AGENT,
    <usize>load<u32>(node, GATEWAY_NODE_REGION),
    low,
    low | 0xffffffff,
    time,
    load<u32>(message, UADP_MESSAGE_GROUP_VERSION),
  );
}

function fieldKey(publisherId: u32, writer: u32, index: u32): u64 {
  return ((<u64>publisherId) << 32) | <u64>((writer << 16) | index);
}
