// Walks the fields of a decoded DataSetMessage in place, and verifies a node's check field.
//
// The ingest verifies the check first and then copies field by field into its entries. A field is a
// Variant (OPC 10000-6, 5.2.2.16) or a DataValue (5.2.2.17); in a delta frame its index stands
// before it. A cursor is a UADP_CURSOR record (spec/uadp.md); it moves only past fields that lie
// whole inside their DataSetMessage.

import { crc32Update } from "../base/crc32";
import {
  FIELD_COUNT,
  FIELD_DATA,
  FIELD_IS_ARRAY,
  FIELD_QUALITY,
  FIELD_TYPE,
  FIELD_TYPE_UINT32,
  LIMIT_ALIGNMENT,
  STATUS_ABSENT,
  STATUS_BAD_CHECK,
  STATUS_FULL,
  STATUS_MISALIGNED,
  STATUS_TRUNCATED,
  STATUS_UNSUPPORTED,
  UADP_CURSOR_COUNT,
  UADP_CURSOR_DATA,
  UADP_CURSOR_END,
  UADP_CURSOR_FLAGS,
  UADP_CURSOR_INDEX,
  UADP_CURSOR_NEXT_INDEX,
  UADP_CURSOR_POSITION,
  UADP_CURSOR_REMAINING,
  UADP_CURSOR_STATUS,
  UADP_CURSOR_TYPE,
  UADP_DATA_SET_FIELD_COUNT,
  UADP_DATA_SET_FIELDS,
  UADP_DATA_SET_FLAGS1,
  UADP_DATA_SET_FLAGS2,
  UADP_DATA_SET_OFFSET,
  UADP_DATA_SET_SIZE,
  UADP_DATA_SET_STATUS,
  UADP_DATA_SET_TYPE_DELTA_FRAME,
  UADP_DATA_SET1_ENCODING_MASK,
  UADP_DATA_SET2_TYPE_MASK,
  UADP_ENCODING_DATA_VALUE,
  UADP_ENCODING_RAW,
  UADP_ENCODING_VARIANT,
  UADP_MESSAGE_DATA_SET_COUNT,
  UADP_MESSAGE_DATA_SETS,
  UADP_MESSAGE_SIZE,
  UADP_MESSAGE_SOURCE,
  UADP_RECORD_CURSOR_SIZE,
  UADP_RECORD_DATA_SET_SIZE,
  UADP_RECORD_DELTA,
  UADP_RECORD_PADDED_SIZE_MAX,
  UADP_TYPE_BOOLEAN,
  UADP_VARIANT_ARRAY,
  UADP_VARIANT_TYPE_MASK,
} from "../base/spec";
import { copyBytes, elementSize } from "./field";
import { parseDataValue, parseVariant } from "./variant";

/**
 * Points `cursor` (UADP_RECORD_CURSOR_SIZE bytes, 8-aligned) at the first field of DataSetMessage
 * `index` of a decoded message; gives the number of fields, the check included.
 * Errors: ABSENT (no such DataSetMessage), UNSUPPORTED (RawData; its bytes are in the UADP_DATA_SET
 * record).
 */
export function fieldsBegin(message: usize, index: i32, cursor: usize): i32 {
  memory.fill(cursor, 0, UADP_RECORD_CURSOR_SIZE);
  if (<u32>index >= load<u32>(message + UADP_MESSAGE_DATA_SET_COUNT)) return STATUS_ABSENT;
  const dataSet = message + UADP_MESSAGE_DATA_SETS + index * UADP_RECORD_DATA_SET_SIZE;
  const encoding = load<u8>(dataSet + UADP_DATA_SET_FLAGS1) & UADP_DATA_SET1_ENCODING_MASK;
  if (encoding == UADP_ENCODING_RAW) return STATUS_UNSUPPORTED;
  const type = load<u8>(dataSet + UADP_DATA_SET_FLAGS2) & UADP_DATA_SET2_TYPE_MASK;
  const delta: u32 = type == UADP_DATA_SET_TYPE_DELTA_FRAME ? UADP_RECORD_DELTA : 0;
  const count = load<u16>(dataSet + UADP_DATA_SET_FIELD_COUNT);
  const end = load<u32>(dataSet + UADP_DATA_SET_OFFSET) + load<u32>(dataSet + UADP_DATA_SET_SIZE);
  store<u32>(cursor + UADP_CURSOR_POSITION, load<u32>(dataSet + UADP_DATA_SET_FIELDS));
  store<u32>(cursor + UADP_CURSOR_END, end);
  store<u32>(cursor + UADP_CURSOR_REMAINING, count);
  store<u32>(cursor + UADP_CURSOR_FLAGS, <u32>encoding | delta);
  store<u32>(cursor + UADP_CURSOR_STATUS, (<u32>load<u16>(dataSet + UADP_DATA_SET_STATUS)) << 16);
  return count;
}

/**
 * Copies the next field to target in FIELD layout (spec/snapshot.md, 8-aligned, zero padding) and
 * gives its size there, a multiple of 8; 0 behind the last field. INDEX, STATUS and
 * SOURCE_TIMESTAMP of the cursor speak of this field; QUALITY is the upper half of STATUS.
 * Errors: FULL (capacity; the cursor has not moved), MISALIGNED, TRUNCATED and MALFORMED (not
 * moved), UNSUPPORTED (no value, or of a type that a FIELD cannot hold: the cursor is behind the
 * field, or at the end if the field's size cannot be known).
 */
export function nextField(cursor: usize, target: usize, capacity: i32): i32 {
  if (target & (LIMIT_ALIGNMENT - 1)) return STATUS_MISALIGNED;
  if (load<u32>(cursor + UADP_CURSOR_REMAINING) == 0) return 0;
  const wireSize = parseField(cursor);
  if (wireSize < 0) return wireSize;
  const encoding = load<u32>(cursor + UADP_CURSOR_TYPE);
  const type = encoding & UADP_VARIANT_TYPE_MASK;
  const element = elementSize(type);
  if (element == 0) {
    advance(cursor, wireSize);
    return STATUS_UNSUPPORTED;
  }
  const count = load<i32>(cursor + UADP_CURSOR_COUNT);
  const dataSize = count * element;
  const size = (FIELD_DATA + dataSize + LIMIT_ALIGNMENT - 1) & -LIMIT_ALIGNMENT;
  if (size > capacity) return STATUS_FULL;

  // The last word first: what the elements do not cover of it stays as padding.
  store<u64>(target + size - 8, 0);
  store<u8>(target + FIELD_TYPE, type);
  store<u8>(target + FIELD_IS_ARRAY, encoding & UADP_VARIANT_ARRAY ? 1 : 0);
  store<u16>(target + FIELD_QUALITY, load<u16>(cursor + UADP_CURSOR_STATUS, 2));
  store<u32>(target + FIELD_COUNT, count);
  copyBytes(target + FIELD_DATA, load<u32>(cursor + UADP_CURSOR_DATA), dataSize);
  if (type == UADP_TYPE_BOOLEAN) {
    for (let i = 0; i < count; i++) {
      store<u8>(target + FIELD_DATA + i, load<u8>(target + FIELD_DATA + i) != 0 ? 1 : 0);
    }
  }
  advance(cursor, wireSize);
  return size;
}

/**
 * Passes over the next field of whatever type: 1, or 0 behind the last one. Errors: as nextField
 * without FULL.
 */
export function skipField(cursor: usize): i32 {
  if (load<u32>(cursor + UADP_CURSOR_REMAINING) == 0) return 0;
  const wireSize = parseField(cursor);
  if (wireSize < 0) return wireSize;
  advance(cursor, wireSize);
  return 1;
}

/**
 * Verifies the check of every DataSetMessage of a decoded message (spec/frame.md) and gives the
 * NetworkMessage's size without padding. `cursor` is overwritten. One pass over the bytes, however
 * many DataSetMessages there are.
 * Errors: BAD_CHECK (no check field, or another CRC, or bytes behind it that are no padding), and
 * those of fieldsBegin and skipField.
 */
export function verifyCheck(message: usize, cursor: usize): i32 {
  const source: usize = load<u32>(message + UADP_MESSAGE_SOURCE);
  const size = load<i32>(message + UADP_MESSAGE_SIZE);
  const dataSets = load<i32>(message + UADP_MESSAGE_DATA_SET_COUNT);
  let register: u32 = 0xffffffff;
  let checked = source;
  for (let i = 0; i < dataSets; i++) {
    const end = skipToCheck(message, i, cursor);
    if (end < 0) return end;
    const check = source + end - 4;
    register = crc32Update(register, checked, <i32>(check - checked));
    if (~register != load<u32>(check)) return STATUS_BAD_CHECK;
    checked = check;
    const isLast = i == dataSets - 1;
    if (!isLast && source + end != load<u32>(cursor + UADP_CURSOR_END)) return STATUS_BAD_CHECK;
  }
  if (checked == source) return STATUS_BAD_CHECK;
  const covered = <i32>(checked - source) + 4;
  return covered == size || size <= UADP_RECORD_PADDED_SIZE_MAX ? covered : STATUS_BAD_CHECK;
}

/**
 * Offset behind the last field of DataSetMessage `index`, from the start of the message, if it can
 * be a check.
 */
function skipToCheck(message: usize, index: i32, cursor: usize): i32 {
  const count = fieldsBegin(message, index, cursor);
  if (count < 0) return count;
  if (count == 0) return STATUS_BAD_CHECK;
  for (let i = 0; i < count; i++) {
    const step = skipField(cursor);
    if (step < 0) return step;
  }
  const encoding = load<u32>(cursor + UADP_CURSOR_FLAGS) & UADP_DATA_SET1_ENCODING_MASK;
  const isCheck =
    encoding == UADP_ENCODING_VARIANT && load<u32>(cursor + UADP_CURSOR_TYPE) == FIELD_TYPE_UINT32;
  if (!isCheck) return STATUS_BAD_CHECK;
  return load<u32>(cursor + UADP_CURSOR_POSITION) - load<u32>(message + UADP_MESSAGE_SOURCE);
}

/**
 * Reads the field at POSITION into the cursor without moving it: its size on the wire, or a status.
 */
function parseField(cursor: usize): i32 {
  const position: usize = load<u32>(cursor + UADP_CURSOR_POSITION);
  const room = <i32>(load<u32>(cursor + UADP_CURSOR_END) - <u32>position);
  const flags = load<u32>(cursor + UADP_CURSOR_FLAGS);
  let at = 0;
  let index = load<u32>(cursor + UADP_CURSOR_NEXT_INDEX);
  if (flags & UADP_RECORD_DELTA) {
    if (room < 2) return STATUS_TRUNCATED;
    index = load<u16>(position);
    at = 2;
  }
  const isDataValue = (flags & UADP_DATA_SET1_ENCODING_MASK) == UADP_ENCODING_DATA_VALUE;
  const size = isDataValue
    ? parseDataValue(position + at, room - at, cursor)
    : parseVariant(position + at, room - at, cursor);
  if (size < 0) {
    // Where a field ends that cannot be measured is unknown, so the walk is over.
    if (size == STATUS_UNSUPPORTED) store<u32>(cursor + UADP_CURSOR_REMAINING, 0);
    return size;
  }
  store<u32>(cursor + UADP_CURSOR_INDEX, index);
  return at + size;
}

function advance(cursor: usize, wireSize: i32): void {
  store<u32>(cursor + UADP_CURSOR_POSITION, load<u32>(cursor + UADP_CURSOR_POSITION) + wireSize);
  store<u32>(cursor + UADP_CURSOR_REMAINING, load<u32>(cursor + UADP_CURSOR_REMAINING) - 1);
  store<u32>(cursor + UADP_CURSOR_NEXT_INDEX, load<u32>(cursor + UADP_CURSOR_INDEX) + 1);
}
