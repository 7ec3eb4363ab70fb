// From the published snapshot to frames on the link: one UADP NetworkMessage per DataSetWriter.
//
// Walks the snapshot's directory in place. Its keys ascend, so the fields of one writer stand
// together; each run of them becomes one message. The features go last: their arrival closes the
// window on the other side.
import {
  ETHERNET_PAYLOAD,
  LIMIT_FIELDS_MAX,
  LIMIT_FRAME_SIZE_MAX,
  LIMIT_NETWORK_MESSAGE_SIZE_MAX,
  NODE_CONFIG_PUBLISHER_ID,
  NODE_CONFIG_WRITER_GROUP_ID,
  SNAPSHOT_COUNT,
  SNAPSHOT_DIRECTORY,
  SNAPSHOT_ENTRY_KEY,
  SNAPSHOT_ENTRY_OFFSET,
  SNAPSHOT_TIME,
  SNAPSHOT_VALUE_ENTRY_SIZE,
  STATUS_ABSENT,
  UADP_HEADER_DATA_SET_SEQUENCE,
  UADP_HEADER_DATA_SET_WRITER_ID,
  UADP_HEADER_GROUP_VERSION,
  UADP_HEADER_NETWORK_MESSAGE_NUMBER,
  UADP_HEADER_PUBLISHER_ID,
  UADP_HEADER_SEQUENCE_NUMBER,
  UADP_HEADER_TIMESTAMP,
  UADP_HEADER_VALUE_SIZE,
  UADP_HEADER_WRITER_GROUP_ID,
  UADP_VALUE_GROUP_VERSION,
  WRITER_FEATURES,
} from "../../assembly/base/spec";
import { regionAllocate } from "../../assembly/memory/regions";
import { snapshotPin, snapshotUnpin } from "../../assembly/snapshot/region";
import { padFrame, writeEthernetHeader } from "../../assembly/uadp/ethernet";
import { encodeDataSet } from "../../assembly/uadp/network-message";
import { entriesRegion } from "./entries";
import { linkWrite } from "./port";

/** The publisher's pin in the snapshot region; others are free for interrupt handlers. */
const READER = 0;

let header: usize = 0;
let frame: usize = 0;
let fields: usize = 0;
let sequence: u32 = 0;
let windowSequence: u32 = 0;
let sent: u32 = 0;
let refused: u32 = 0;

/** Lays out the frame buffer from the configuration record; false if memory does not suffice. */
export function publisherInit(config: usize): bool {
  header = regionAllocate(UADP_HEADER_VALUE_SIZE);
  frame = regionAllocate(LIMIT_FRAME_SIZE_MAX);
  fields = regionAllocate(LIMIT_FIELDS_MAX * 4);
  if (header == 0 || frame == 0 || fields == 0) return false;
  const publisherId = load<u32>(config, NODE_CONFIG_PUBLISHER_ID);
  store<u32>(header, publisherId, UADP_HEADER_PUBLISHER_ID);
  store<u32>(header, UADP_VALUE_GROUP_VERSION, UADP_HEADER_GROUP_VERSION);
  store<u16>(
    header,
    <u16>load<u32>(config, NODE_CONFIG_WRITER_GROUP_ID),
    UADP_HEADER_WRITER_GROUP_ID,
  );
  writeEthernetHeader(frame, publisherId);
  return true;
}

/** Frames handed to the device since start. */
export function publisherSent(): u32 {
  return sent;
}

/** Frames the device had no room for, or refused, since start; they are lost. */
export function publisherRefused(): u32 {
  return refused;
}

/** Sends the published snapshot; the number of frames handed over, or a status. Main loop only. */
export function publisherSend(): i32 {
  const snapshot = snapshotPin(entriesRegion(), READER);
  if (snapshot == 0) return STATUS_ABSENT;
  store<i64>(header, load<i64>(snapshot, SNAPSHOT_TIME), UADP_HEADER_TIMESTAMP);
  store<u16>(header, <u16>windowSequence, UADP_HEADER_DATA_SET_SEQUENCE);
  windowSequence++;
  store<u16>(header, 0, UADP_HEADER_NETWORK_MESSAGE_NUMBER);
  const before = sent;
  let features = -1;
  let status = 0;
  const count = load<i32>(snapshot, SNAPSHOT_COUNT);
  for (let begin = 0; begin < count && status >= 0; ) {
    const writer = writerAt(snapshot, begin);
    let end = begin + 1;
    while (end < count && writerAt(snapshot, end) == writer) end++;
    if (writer == WRITER_FEATURES) features = begin;
    else status = sendDataSet(snapshot, begin, end, writer);
    begin = end;
  }
  if (features >= 0 && status >= 0) {
    let end = features + 1;
    while (end < count && writerAt(snapshot, end) == WRITER_FEATURES) end++;
    status = sendDataSet(snapshot, features, end, WRITER_FEATURES);
  }
  snapshotUnpin(entriesRegion(), READER);
  return status < 0 ? status : <i32>(sent - before);
}

function directoryEntry(snapshot: usize, index: i32): usize {
  return snapshot + SNAPSHOT_DIRECTORY + index * SNAPSHOT_VALUE_ENTRY_SIZE;
}

/** DataSetWriterId of a directory entry: bits 16 to 31 of its key. */
function writerAt(snapshot: usize, index: i32): u32 {
  return load<u32>(directoryEntry(snapshot, index), SNAPSHOT_ENTRY_KEY) >>> 16;
}

/** One message from the entries [begin, end). A status only if the entries do not fit a message. */
function sendDataSet(snapshot: usize, begin: i32, end: i32, writer: u32): i32 {
  const count = min(end - begin, LIMIT_FIELDS_MAX);
  for (let i = 0; i < count; i++) {
    const offset = load<u32>(directoryEntry(snapshot, begin + i), SNAPSHOT_ENTRY_OFFSET);
    store<u32>(fields + (i << 2), <u32>snapshot + offset);
  }
  const number = load<u16>(header, UADP_HEADER_NETWORK_MESSAGE_NUMBER) + 1;
  store<u16>(header, number, UADP_HEADER_NETWORK_MESSAGE_NUMBER);
  store<u16>(header, <u16>writer, UADP_HEADER_DATA_SET_WRITER_ID);
  store<u16>(header, <u16>sequence, UADP_HEADER_SEQUENCE_NUMBER);
  const size = encodeDataSet(
    frame + ETHERNET_PAYLOAD,
    LIMIT_NETWORK_MESSAGE_SIZE_MAX,
    header,
    fields,
    count,
  );
  if (size < 0) return size;
  // The number is used up even if the device refuses the frame: the other side shall see the loss.
  sequence++;
  if (linkWrite(frame, padFrame(frame, size)) < 0) refused++;
  else sent++;
  return size;
}
