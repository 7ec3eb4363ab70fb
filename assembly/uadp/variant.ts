// Finds the elements of one Variant (OPC 10000-6, 5.2.2.16) or DataValue (5.2.2.17), and its end.
//
//   Variant    │ type(6) DIMENSIONS ARRAY │ count? │ elements ... │ dimension count? │ sizes? │
//   DataValue  │ mask │ Variant? │ status? │ source time? │ 10 ps? │ server time? │ 10 ps? │
// Called by field-cursor.ts. Fixed-size types and strings can be measured; a NodeId, an
// ExtensionObject and types that contain Variants cannot without recursion, of which the core has
// none.
import {
  STATUS_MALFORMED,
  STATUS_TOO_LONG,
  STATUS_TRUNCATED,
  STATUS_UNSUPPORTED,
  UADP_CURSOR_COUNT,
  UADP_CURSOR_DATA,
  UADP_CURSOR_SOURCE_TIMESTAMP,
  UADP_CURSOR_STATUS,
  UADP_CURSOR_TYPE,
  UADP_DATA_VALUE_RESERVED,
  UADP_DATA_VALUE_SERVER_PICOSECONDS,
  UADP_DATA_VALUE_SERVER_TIMESTAMP,
  UADP_DATA_VALUE_SOURCE_PICOSECONDS,
  UADP_DATA_VALUE_SOURCE_TIMESTAMP,
  UADP_DATA_VALUE_STATUS,
  UADP_DATA_VALUE_VALUE,
  UADP_RECORD_DIMENSIONS_MAX,
  UADP_TYPE_BYTE_STRING,
  UADP_TYPE_GUID,
  UADP_TYPE_NULL,
  UADP_TYPE_STATUS_CODE,
  UADP_TYPE_STRING,
  UADP_TYPE_XML_ELEMENT,
  UADP_VARIANT_ARRAY,
  UADP_VARIANT_DIMENSIONS,
  UADP_VARIANT_TYPE_MASK,
} from "../base/spec";
import { elementSize } from "./field";

const GUID_SIZE: i32 = 16;

/**
 * Puts type, count and place of the elements into the cursor; gives the Variant's size in bytes
 * within room bytes.
 * Errors: TRUNCATED, MALFORMED, TOO_LONG (dimensions), UNSUPPORTED (its size cannot be known).
 */
export function parseVariant(source: usize, room: i32, cursor: usize): i32 {
  if (room < 1) return STATUS_TRUNCATED;
  const encoding: u32 = load<u8>(source);
  const type = encoding & UADP_VARIANT_TYPE_MASK;
  const isArray = (encoding & UADP_VARIANT_ARRAY) != 0;
  if (!isArray && encoding & UADP_VARIANT_DIMENSIONS) return STATUS_MALFORMED;
  let at = 1;
  let count = 1;
  if (isArray) {
    if (room < 5) return STATUS_TRUNCATED;
    count = load<i32>(source, 1);
    if (count < -1) return STATUS_MALFORMED;
    if (count < 0) count = 0;
    at = 5;
  }
  if (type == UADP_TYPE_NULL) {
    if (isArray) return STATUS_MALFORMED;
    count = 0;
  }
  store<u32>(cursor + UADP_CURSOR_TYPE, encoding);
  store<u32>(cursor + UADP_CURSOR_COUNT, count);
  store<u32>(cursor + UADP_CURSOR_DATA, source + at);
  const size = measureElements(type, count, source + at, room - at);
  if (size < 0) return size;
  at += size;
  if (!(encoding & UADP_VARIANT_DIMENSIONS)) return at;
  const dimensions = measureDimensions(count, source + at, room - at);
  return dimensions < 0 ? dimensions : at + dimensions;
}

/** Bytes of count elements within room. Errors: TRUNCATED, MALFORMED, UNSUPPORTED. */
function measureElements(type: u32, count: i32, source: usize, room: i32): i32 {
  if (count == 0) return 0;
  let element = elementSize(type);
  if (type == UADP_TYPE_STATUS_CODE) element = 4;
  if (type == UADP_TYPE_GUID) element = GUID_SIZE;
  if (element > 0) {
    // Divides the room instead of multiplying the count, which may be anything.
    return count > room / element ? STATUS_TRUNCATED : count * element;
  }
  const isText =
    type == UADP_TYPE_STRING || type == UADP_TYPE_BYTE_STRING || type == UADP_TYPE_XML_ELEMENT;
  if (!isText) return STATUS_UNSUPPORTED;
  let at = 0;
  // Bounded by room: every element takes at least its length.
  for (let i = 0; i < count; i++) {
    if (room - at < 4) return STATUS_TRUNCATED;
    const length = load<i32>(source + at);
    at += 4;
    if (length < -1) return STATUS_MALFORMED;
    if (length > room - at) return STATUS_TRUNCATED;
    if (length > 0) at += length;
  }
  return at;
}

/** Bytes of the dimensions behind count elements; their product must be count. */
function measureDimensions(count: i32, source: usize, room: i32): i32 {
  if (room < 4) return STATUS_TRUNCATED;
  const dimensions = load<i32>(source);
  if (dimensions < 1) return STATUS_MALFORMED;
  if (dimensions > UADP_RECORD_DIMENSIONS_MAX) return STATUS_TOO_LONG;
  const size = 4 + (dimensions << 2);
  if (room < size) return STATUS_TRUNCATED;
  let product: i64 = 1;
  let isEmpty = false;
  for (let at = 4; at < size; at += 4) {
    const length = load<i32>(source + at);
    if (length < 0) return STATUS_MALFORMED;
    if (length == 0) isEmpty = true;
    else product *= length;
    // Stops before the product of two numbers below 2^31 could be multiplied a third time.
    if (product > <i64>i32.MAX_VALUE) return STATUS_MALFORMED;
  }
  if (isEmpty) product = 0;
  return product == <i64>count ? size : STATUS_MALFORMED;
}

/**
 * The same for a DataValue, whose StatusCode and source timestamp go into the cursor too. Without a
 * value the cursor's type is Null.
 */
export function parseDataValue(source: usize, room: i32, cursor: usize): i32 {
  if (room < 1) return STATUS_TRUNCATED;
  const mask: u32 = load<u8>(source);
  if (mask & UADP_DATA_VALUE_RESERVED) return STATUS_MALFORMED;
  let at = 1;
  store<u32>(cursor + UADP_CURSOR_TYPE, UADP_TYPE_NULL);
  store<u32>(cursor + UADP_CURSOR_COUNT, 0);
  if (mask & UADP_DATA_VALUE_VALUE) {
    const size = parseVariant(source + at, room - at, cursor);
    if (size < 0) return size;
    at += size;
  }
  const tail =
    (mask & UADP_DATA_VALUE_STATUS ? 4 : 0) +
    (mask & UADP_DATA_VALUE_SOURCE_TIMESTAMP ? 8 : 0) +
    (mask & UADP_DATA_VALUE_SOURCE_PICOSECONDS ? 2 : 0) +
    (mask & UADP_DATA_VALUE_SERVER_TIMESTAMP ? 8 : 0) +
    (mask & UADP_DATA_VALUE_SERVER_PICOSECONDS ? 2 : 0);
  if (room - at < tail) return STATUS_TRUNCATED;
  const end = at + tail;
  let status: u32 = 0;
  let time: i64 = 0;
  if (mask & UADP_DATA_VALUE_STATUS) {
    status = load<u32>(source + at);
    at += 4;
  }
  if (mask & UADP_DATA_VALUE_SOURCE_TIMESTAMP) time = load<i64>(source + at);
  store<u32>(cursor + UADP_CURSOR_STATUS, status);
  store<i64>(cursor + UADP_CURSOR_SOURCE_TIMESTAMP, time);
  return end;
}
