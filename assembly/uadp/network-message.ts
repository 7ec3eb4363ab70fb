// Encodes one DataSet as a node's UADP NetworkMessage (OPC 10000-14, 7.2.4; spec/frame.md).
//
//  0    1    2           6    7       9         13     15     17   18     20          28
//  ├────┼────┼───────────┼────┼───────┼─────────┼──────┼──────┼────┼──────┼───────────┤
//  │ f1 │ 22 │PublisherId│ 0f │ group │ version │ msg  │ seq  │ 01 │writer│ timestamp │
//  └────┴────┴───────────┴────┴───────┴─────────┴──────┴──────┴────┴──────┴───────────┘
//  28   29     31     33      35
//  ├────┼──────┼──────┼───────┼───────────── ─ ─ ─────┬────┬────────┐
//  │ 19 │ seq  │status│ count │ Variant, Variant, ... │ 07 │ CRC-32 │
//  └────┴──────┴──────┴───────┴───────────── ─ ─ ─────┴────┴────────┘

import { crc32 } from "../base/crc32";
import {
  FIELD_COUNT,
  FIELD_DATA,
  FIELD_IS_ARRAY,
  FIELD_TYPE,
  FIELD_TYPE_UINT32,
  LIMIT_ALIGNMENT,
  LIMIT_FIELDS_MAX,
  LIMIT_NETWORK_MESSAGE_SIZE_MAX,
  STATUS_FULL,
  STATUS_MALFORMED,
  STATUS_MISALIGNED,
  STATUS_TOO_LONG,
  STATUS_UNSUPPORTED,
  UADP_DATA_SET1_SEQUENCE_NUMBER,
  UADP_DATA_SET1_STATUS,
  UADP_DATA_SET1_VALID,
  UADP_EXTENDED1_TIMESTAMP,
  UADP_FLAG_EXTENDED1,
  UADP_FLAG_GROUP_HEADER,
  UADP_FLAG_PAYLOAD_HEADER,
  UADP_FLAG_PUBLISHER_ID,
  UADP_GROUP_GROUP_VERSION,
  UADP_GROUP_NETWORK_MESSAGE_NUMBER,
  UADP_GROUP_SEQUENCE_NUMBER,
  UADP_GROUP_WRITER_GROUP_ID,
  UADP_HEADER_DATA_SET_SEQUENCE,
  UADP_HEADER_DATA_SET_WRITER_ID,
  UADP_HEADER_GROUP_VERSION,
  UADP_HEADER_NETWORK_MESSAGE_NUMBER,
  UADP_HEADER_PUBLISHER_ID,
  UADP_HEADER_SEQUENCE_NUMBER,
  UADP_HEADER_STATUS,
  UADP_HEADER_TIMESTAMP,
  UADP_HEADER_VALUE_CHECK_SIZE,
  UADP_HEADER_VALUE_ENCODED_SIZE,
  UADP_HEADER_WRITER_GROUP_ID,
  UADP_ID_TYPE_UINT32,
  UADP_VALUE_VERSION,
  UADP_VARIANT_ARRAY,
} from "../base/spec";
import { copyBytes, elementSize } from "./field";

const FLAGS: u32 =
  UADP_VALUE_VERSION |
  UADP_FLAG_PUBLISHER_ID |
  UADP_FLAG_GROUP_HEADER |
  UADP_FLAG_PAYLOAD_HEADER |
  UADP_FLAG_EXTENDED1;
const EXTENDED1: u32 = UADP_ID_TYPE_UINT32 | UADP_EXTENDED1_TIMESTAMP;
const GROUP: u32 =
  UADP_GROUP_WRITER_GROUP_ID |
  UADP_GROUP_GROUP_VERSION |
  UADP_GROUP_NETWORK_MESSAGE_NUMBER |
  UADP_GROUP_SEQUENCE_NUMBER;
const DATA_SET1: u32 =
  UADP_DATA_SET1_VALID | UADP_DATA_SET1_SEQUENCE_NUMBER | UADP_DATA_SET1_STATUS;

/**
 * Writes a NetworkMessage with one key frame at target and gives its size in bytes. `header` is a
 * UADP_HEADER record (spec/uadp.md), `fields` an array of fieldCount u32 offsets of values in FIELD
 * layout (spec/snapshot.md); the check field is appended as the last one. Main loop or any thread
 * that owns target; any alignment of target. A FIELD's quality is not sent: a Variant has none, the
 * record's STATUS speaks for all fields.
 * Errors: FULL (capacity), TOO_LONG (above LIMIT_NETWORK_MESSAGE_SIZE_MAX, or as many as
 * LIMIT_FIELDS_MAX fields), UNSUPPORTED (a field's type), MALFORMED (a scalar whose count is not
 * 1), MISALIGNED (header or field); target then holds no message. Cost: one copy and one CRC of the
 * message.
 */
export function encodeDataSet(
  target: usize,
  capacity: i32,
  header: usize,
  fields: usize,
  fieldCount: i32,
): i32 {
  if (<u32>fieldCount >= <u32>LIMIT_FIELDS_MAX) return STATUS_TOO_LONG;
  if (header & (LIMIT_ALIGNMENT - 1)) return STATUS_MISALIGNED;
  let position: i32 = UADP_HEADER_VALUE_ENCODED_SIZE;
  if (capacity < position) return STATUS_FULL;
  encodeHeader(target, header, fieldCount + 1);

  // A message that is too long for the wire is refused even if the buffer would hold it.
  const limit = min(capacity, LIMIT_NETWORK_MESSAGE_SIZE_MAX);
  const none = capacity < LIMIT_NETWORK_MESSAGE_SIZE_MAX ? STATUS_FULL : STATUS_TOO_LONG;
  for (let i = 0; i < fieldCount; i++) {
    const size = encodeVariant(target + position, limit - position, load<u32>(fields + (i << 2)));
    if (size < 0) return size == STATUS_FULL ? none : size;
    position += size;
  }
  if (limit - position < UADP_HEADER_VALUE_CHECK_SIZE) return none;
  store<u8>(target + position, FIELD_TYPE_UINT32);
  position++;
  store<u32>(target + position, crc32(target, position));
  return position + 4;
}

/** The first UADP_HEADER_VALUE_ENCODED_SIZE bytes, as drawn above. */
function encodeHeader(target: usize, header: usize, fieldCount: i32): void {
  store<u8>(target, FLAGS);
  store<u8>(target, EXTENDED1, 1);
  store<u32>(target, load<u32>(header + UADP_HEADER_PUBLISHER_ID), 2);
  store<u8>(target, GROUP, 6);
  store<u16>(target, load<u16>(header + UADP_HEADER_WRITER_GROUP_ID), 7);
  store<u32>(target, load<u32>(header + UADP_HEADER_GROUP_VERSION), 9);
  store<u16>(target, load<u16>(header + UADP_HEADER_NETWORK_MESSAGE_NUMBER), 13);
  store<u16>(target, load<u16>(header + UADP_HEADER_SEQUENCE_NUMBER), 15);
  store<u8>(target, 1, 17);
  store<u16>(target, load<u16>(header + UADP_HEADER_DATA_SET_WRITER_ID), 18);
  store<i64>(target, load<i64>(header + UADP_HEADER_TIMESTAMP), 20);
  store<u8>(target, DATA_SET1, 28);
  store<u16>(target, load<u16>(header + UADP_HEADER_DATA_SET_SEQUENCE), 29);
  store<u16>(target, load<u16>(header + UADP_HEADER_STATUS), 31);
  store<u16>(target, fieldCount, 33);
}

/**
 * Writes one FIELD as a Variant (OPC 10000-6, 5.2.2.16); its size, or FULL, UNSUPPORTED, MALFORMED,
 * MISALIGNED.
 */
function encodeVariant(target: usize, capacity: i32, field: usize): i32 {
  if (field & (LIMIT_ALIGNMENT - 1)) return STATUS_MISALIGNED;
  const type: u32 = load<u8>(field + FIELD_TYPE);
  const element = elementSize(type);
  if (element == 0) return STATUS_UNSUPPORTED;
  const count = load<u32>(field + FIELD_COUNT);
  const isArray = load<u8>(field + FIELD_IS_ARRAY) != 0;
  if (!isArray && count != 1) return STATUS_MALFORMED;
  const head = isArray ? 5 : 1;
  // Divides the room instead of multiplying the count, which may be anything.
  if (capacity < head || count > <u32>((capacity - head) / element)) return STATUS_FULL;
  store<u8>(target, isArray ? type | UADP_VARIANT_ARRAY : type);
  if (isArray) store<u32>(target, count, 1);
  const size = <i32>count * element;
  copyBytes(target + head, field + FIELD_DATA, size);
  return head + size;
}
