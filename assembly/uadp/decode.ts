// Decodes the headers of any UADP NetworkMessage (OPC 10000-14, 7.2.4; record in spec/uadp.md).
//
// First station behind the link on the gateway. Nothing is copied: the record holds numbers and
// offsets into the message. Each section is a function from the offset where it starts to the
// offset behind it, or a status; every offset and count from the wire is compared with the bytes
// that are left before it is used.
import {
  LIMIT_DATA_SET_MESSAGES_MAX,
  LIMIT_NETWORK_MESSAGE_SIZE_MAX,
  STATUS_BAD_MAGIC,
  STATUS_MALFORMED,
  STATUS_OK,
  STATUS_SECURED,
  STATUS_TOO_LONG,
  STATUS_TRUNCATED,
  STATUS_UNSUPPORTED,
  UADP_DATA_SET_WRITER_ID,
  UADP_EXTENDED1_CLASS_ID,
  UADP_EXTENDED1_EXTENDED2,
  UADP_EXTENDED1_ID_TYPE_MASK,
  UADP_EXTENDED1_PICOSECONDS,
  UADP_EXTENDED1_SECURITY,
  UADP_EXTENDED1_TIMESTAMP,
  UADP_EXTENDED2_CHUNK,
  UADP_EXTENDED2_PROMOTED_FIELDS,
  UADP_EXTENDED2_RESERVED,
  UADP_EXTENDED2_TYPE_MASK,
  UADP_FLAG_EXTENDED1,
  UADP_FLAG_GROUP_HEADER,
  UADP_FLAG_PAYLOAD_HEADER,
  UADP_FLAG_PUBLISHER_ID,
  UADP_FLAG_VERSION_MASK,
  UADP_GROUP_GROUP_VERSION,
  UADP_GROUP_NETWORK_MESSAGE_NUMBER,
  UADP_GROUP_RESERVED,
  UADP_GROUP_SEQUENCE_NUMBER,
  UADP_GROUP_WRITER_GROUP_ID,
  UADP_ID_TYPE_STRING,
  UADP_ID_TYPE_UINT16,
  UADP_ID_TYPE_UINT32,
  UADP_ID_TYPE_UINT64,
  UADP_MESSAGE_CLASS_ID,
  UADP_MESSAGE_DATA_SET_COUNT,
  UADP_MESSAGE_DATA_SETS,
  UADP_MESSAGE_FOOTER_SIZE,
  UADP_MESSAGE_GROUP_VERSION,
  UADP_MESSAGE_NETWORK_MESSAGE_NUMBER,
  UADP_MESSAGE_NONCE,
  UADP_MESSAGE_NONCE_SIZE,
  UADP_MESSAGE_PAYLOAD,
  UADP_MESSAGE_PICOSECONDS,
  UADP_MESSAGE_PRESENT,
  UADP_MESSAGE_PUBLISHER_ID,
  UADP_MESSAGE_SECURITY_FLAGS,
  UADP_MESSAGE_SECURITY_TOKEN_ID,
  UADP_MESSAGE_SEQUENCE_NUMBER,
  UADP_MESSAGE_SIZE,
  UADP_MESSAGE_SOURCE,
  UADP_MESSAGE_TIMESTAMP,
  UADP_MESSAGE_WRITER_GROUP_ID,
  UADP_RECORD_DATA_SET_SIZE,
  UADP_RECORD_MESSAGE_SIZE,
  UADP_SECURITY_ENCRYPTED,
  UADP_SECURITY_FOOTER,
  UADP_SECURITY_RESERVED,
  UADP_SECURITY_SIGNED,
  UADP_VALUE_VERSION,
} from "../base/spec";
import { decodeDataSetMessage } from "./data-set";

const EXTENDED1_SHIFT: u32 = 8;
const EXTENDED2_SHIFT: u32 = 16;
const GROUP_SHIFT: u32 = 24;
const GUID_SIZE: i32 = 16;

/**
 * Fills the UADP_MESSAGE record at `out` (UADP_RECORD_MESSAGE_SIZE bytes, 8-aligned) from the
 * NetworkMessage of size bytes at source, which may end in the padding of its frame; gives OK. Any
 * thread that owns `out`; the record is good as long as the message stays in place.
 * Errors: TRUNCATED, TOO_LONG (above a limit), BAD_MAGIC (another UADP version), MALFORMED,
 * UNSUPPORTED (chunk, discovery, reserved flags), SECURED (signed or encrypted: everything up to
 * the payload is in the record).
 */
export function decodeNetworkMessage(source: usize, size: i32, out: usize): i32 {
  memory.fill(out, 0, UADP_RECORD_MESSAGE_SIZE);
  if (size < 1) return STATUS_TRUNCATED;
  if (size > LIMIT_NETWORK_MESSAGE_SIZE_MAX) return STATUS_TOO_LONG;
  store<u32>(out + UADP_MESSAGE_SOURCE, source);
  store<u32>(out + UADP_MESSAGE_SIZE, size);

  let at = decodeFlags(source, size, out);
  if (at < 0) return at;
  at = decodePublisherId(source, size, at, out);
  if (at < 0) return at;
  at = decodeGroupHeader(source, size, at, out);
  if (at < 0) return at;
  const extended2 = load<u8>(out + UADP_MESSAGE_PRESENT + 2);
  // A chunk has another payload header and a discovery message has none.
  if (extended2 & (UADP_EXTENDED2_CHUNK | UADP_EXTENDED2_TYPE_MASK)) return STATUS_UNSUPPORTED;
  at = decodePayloadHeader(source, size, at, out);
  if (at < 0) return at;
  at = decodeExtendedHeader(source, size, at, out);
  if (at < 0) return at;
  at = decodeSecurityHeader(source, size, at, out);
  if (at < 0) return at;
  const securityFlags = load<u8>(out + UADP_MESSAGE_SECURITY_FLAGS);
  if (securityFlags & (UADP_SECURITY_SIGNED | UADP_SECURITY_ENCRYPTED)) return STATUS_SECURED;

  const end = size - <i32>load<u16>(out + UADP_MESSAGE_FOOTER_SIZE);
  if (end < at) return STATUS_TRUNCATED;
  store<u32>(out + UADP_MESSAGE_PAYLOAD, source + at);
  return decodePayload(source, at, end, out);
}

/** The flags and extended flags, gathered in PRESENT. */
function decodeFlags(source: usize, size: i32, out: usize): i32 {
  const flags: u32 = load<u8>(source);
  if ((flags & UADP_FLAG_VERSION_MASK) != UADP_VALUE_VERSION) return STATUS_BAD_MAGIC;
  let present = flags;
  let at = 1;
  if (flags & UADP_FLAG_EXTENDED1) {
    if (at >= size) return STATUS_TRUNCATED;
    const extended1: u32 = load<u8>(source + at++);
    present |= extended1 << EXTENDED1_SHIFT;
    if (extended1 & UADP_EXTENDED1_EXTENDED2) {
      if (at >= size) return STATUS_TRUNCATED;
      const extended2: u32 = load<u8>(source + at++);
      // A later edition may put bytes behind these flags, so nothing after them would be where it
      // is sought.
      if (extended2 & UADP_EXTENDED2_RESERVED) return STATUS_UNSUPPORTED;
      present |= extended2 << EXTENDED2_SHIFT;
    }
  }
  store<u32>(out + UADP_MESSAGE_PRESENT, present);
  return at;
}

/** PublisherId and DataSetClassId. */
function decodePublisherId(source: usize, size: i32, at: i32, out: usize): i32 {
  const extended1: u32 = load<u8>(out + UADP_MESSAGE_PRESENT + 1);
  if (load<u8>(out + UADP_MESSAGE_PRESENT) & UADP_FLAG_PUBLISHER_ID) {
    const type = extended1 & UADP_EXTENDED1_ID_TYPE_MASK;
    if (type > <u32>UADP_ID_TYPE_STRING) return STATUS_MALFORMED;
    const width = type == UADP_ID_TYPE_STRING ? 4 : 1 << type;
    if (size - at < width) return STATUS_TRUNCATED;
    let id: u64 = 0;
    switch (type) {
      case UADP_ID_TYPE_UINT16:
        id = load<u16>(source + at);
        break;
      case UADP_ID_TYPE_UINT32:
        id = load<u32>(source + at);
        break;
      case UADP_ID_TYPE_UINT64:
        id = load<u64>(source + at);
        break;
      case UADP_ID_TYPE_STRING:
        break;
      default:
        id = load<u8>(source + at);
    }
    at += width;
    if (type == UADP_ID_TYPE_STRING) {
      const length = load<i32>(source + at - width);
      if (length < 1) return STATUS_MALFORMED;
      if (length > size - at) return STATUS_TRUNCATED;
      id = ((<u64>length) << 32) | <u64>(source + at);
      at += length;
    }
    store<u64>(out + UADP_MESSAGE_PUBLISHER_ID, id);
  }
  if (extended1 & UADP_EXTENDED1_CLASS_ID) {
    if (size - at < GUID_SIZE) return STATUS_TRUNCATED;
    store<u32>(out + UADP_MESSAGE_CLASS_ID, source + at);
    at += GUID_SIZE;
  }
  return at;
}

function decodeGroupHeader(source: usize, size: i32, at: i32, out: usize): i32 {
  if (!(load<u8>(out + UADP_MESSAGE_PRESENT) & UADP_FLAG_GROUP_HEADER)) return at;
  if (at >= size) return STATUS_TRUNCATED;
  const group: u32 = load<u8>(source + at++);
  if (group & UADP_GROUP_RESERVED) return STATUS_UNSUPPORTED;
  const width =
    (group & UADP_GROUP_WRITER_GROUP_ID ? 2 : 0) +
    (group & UADP_GROUP_GROUP_VERSION ? 4 : 0) +
    (group & UADP_GROUP_NETWORK_MESSAGE_NUMBER ? 2 : 0) +
    (group & UADP_GROUP_SEQUENCE_NUMBER ? 2 : 0);
  if (size - at < width) return STATUS_TRUNCATED;
  store<u8>(out + UADP_MESSAGE_PRESENT, group, GROUP_SHIFT >> 3);
  if (group & UADP_GROUP_WRITER_GROUP_ID) {
    store<u16>(out + UADP_MESSAGE_WRITER_GROUP_ID, load<u16>(source + at));
    at += 2;
  }
  if (group & UADP_GROUP_GROUP_VERSION) {
    store<u32>(out + UADP_MESSAGE_GROUP_VERSION, load<u32>(source + at));
    at += 4;
  }
  if (group & UADP_GROUP_NETWORK_MESSAGE_NUMBER) {
    store<u16>(out + UADP_MESSAGE_NETWORK_MESSAGE_NUMBER, load<u16>(source + at));
    at += 2;
  }
  if (group & UADP_GROUP_SEQUENCE_NUMBER) {
    store<u16>(out + UADP_MESSAGE_SEQUENCE_NUMBER, load<u16>(source + at));
    at += 2;
  }
  return at;
}

/**
 * Count and DataSetWriterIds; without this header there is one DataSetMessage, from a writer known
 * otherwise.
 */
function decodePayloadHeader(source: usize, size: i32, at: i32, out: usize): i32 {
  let count = 1;
  if (load<u8>(out + UADP_MESSAGE_PRESENT) & UADP_FLAG_PAYLOAD_HEADER) {
    if (at >= size) return STATUS_TRUNCATED;
    count = load<u8>(source + at++);
    if (count == 0) return STATUS_MALFORMED;
    if (count > LIMIT_DATA_SET_MESSAGES_MAX) return STATUS_TOO_LONG;
    if (size - at < count << 1) return STATUS_TRUNCATED;
    let record = out + UADP_MESSAGE_DATA_SETS;
    for (let i = 0; i < count; i++, at += 2, record += UADP_RECORD_DATA_SET_SIZE) {
      store<u16>(record + UADP_DATA_SET_WRITER_ID, load<u16>(source + at));
    }
  }
  store<u32>(out + UADP_MESSAGE_DATA_SET_COUNT, count);
  return at;
}

/**
 * Timestamp, picoseconds, and the promoted fields, which are passed over: they are copies of
 * DataSet fields.
 */
function decodeExtendedHeader(source: usize, size: i32, at: i32, out: usize): i32 {
  const extended1: u32 = load<u8>(out + UADP_MESSAGE_PRESENT + 1);
  if (extended1 & UADP_EXTENDED1_TIMESTAMP) {
    if (size - at < 8) return STATUS_TRUNCATED;
    store<i64>(out + UADP_MESSAGE_TIMESTAMP, load<i64>(source + at));
    at += 8;
  }
  if (extended1 & UADP_EXTENDED1_PICOSECONDS) {
    if (size - at < 2) return STATUS_TRUNCATED;
    store<u16>(out + UADP_MESSAGE_PICOSECONDS, load<u16>(source + at));
    at += 2;
  }
  if (load<u8>(out + UADP_MESSAGE_PRESENT + 2) & UADP_EXTENDED2_PROMOTED_FIELDS) {
    if (size - at < 2) return STATUS_TRUNCATED;
    const promoted: i32 = load<u16>(source + at);
    at += 2;
    if (size - at < promoted) return STATUS_TRUNCATED;
    at += promoted;
  }
  return at;
}

function decodeSecurityHeader(source: usize, size: i32, at: i32, out: usize): i32 {
  if (!(load<u8>(out + UADP_MESSAGE_PRESENT + 1) & UADP_EXTENDED1_SECURITY)) return at;
  if (size - at < 6) return STATUS_TRUNCATED;
  const flags: u32 = load<u8>(source + at);
  if (flags & UADP_SECURITY_RESERVED) return STATUS_UNSUPPORTED;
  const nonceSize: i32 = load<u8>(source + at, 5);
  store<u8>(out + UADP_MESSAGE_SECURITY_FLAGS, flags);
  store<u32>(out + UADP_MESSAGE_SECURITY_TOKEN_ID, load<u32>(source + at, 1));
  at += 6;
  if (size - at < nonceSize) return STATUS_TRUNCATED;
  store<u8>(out + UADP_MESSAGE_NONCE_SIZE, nonceSize);
  if (nonceSize > 0) store<u32>(out + UADP_MESSAGE_NONCE, source + at);
  at += nonceSize;
  if (flags & UADP_SECURITY_FOOTER) {
    if (size - at < 2) return STATUS_TRUNCATED;
    store<u16>(out + UADP_MESSAGE_FOOTER_SIZE, load<u16>(source + at));
    at += 2;
  }
  return at;
}

/** The sizes, if there is more than one DataSetMessage, and the header of each. */
function decodePayload(source: usize, at: i32, end: i32, out: usize): i32 {
  const count = load<i32>(out + UADP_MESSAGE_DATA_SET_COUNT);
  let sizes = source + at;
  if (count > 1) {
    if (end - at < count << 1) return STATUS_TRUNCATED;
    at += count << 1;
  }
  let record = out + UADP_MESSAGE_DATA_SETS;
  for (let i = 0; i < count; i++, sizes += 2, record += UADP_RECORD_DATA_SET_SIZE) {
    const size = count > 1 ? <i32>load<u16>(sizes) : end - at;
    if (end - at < size) return STATUS_TRUNCATED;
    const status = decodeDataSetMessage(source + at, size, record);
    if (status < 0) return status;
    at += size;
  }
  return STATUS_OK;
}
