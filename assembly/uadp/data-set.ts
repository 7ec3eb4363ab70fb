// Decodes the header of one DataSetMessage (OPC 10000-14, 7.2.4.5; record in spec/uadp.md).
//
// Called for each DataSetMessage by decode.ts; its fields are walked by field-cursor.ts.
import {
  LIMIT_FIELDS_MAX,
  STATUS_MALFORMED,
  STATUS_OK,
  STATUS_TOO_LONG,
  STATUS_TRUNCATED,
  STATUS_UNSUPPORTED,
  UADP_DATA_SET_FIELD_COUNT,
  UADP_DATA_SET_FIELDS,
  UADP_DATA_SET_FLAGS1,
  UADP_DATA_SET_FLAGS2,
  UADP_DATA_SET_MAJOR_VERSION,
  UADP_DATA_SET_MINOR_VERSION,
  UADP_DATA_SET_OFFSET,
  UADP_DATA_SET_PICOSECONDS,
  UADP_DATA_SET_SEQUENCE,
  UADP_DATA_SET_SIZE,
  UADP_DATA_SET_STATUS,
  UADP_DATA_SET_TIMESTAMP,
  UADP_DATA_SET_TYPE_EVENT,
  UADP_DATA_SET_TYPE_KEEP_ALIVE,
  UADP_DATA_SET1_DATA_SET2,
  UADP_DATA_SET1_ENCODING_MASK,
  UADP_DATA_SET1_MAJOR_VERSION,
  UADP_DATA_SET1_MINOR_VERSION,
  UADP_DATA_SET1_SEQUENCE_NUMBER,
  UADP_DATA_SET1_STATUS,
  UADP_DATA_SET1_VALID,
  UADP_DATA_SET2_PICOSECONDS,
  UADP_DATA_SET2_RESERVED,
  UADP_DATA_SET2_TIMESTAMP,
  UADP_DATA_SET2_TYPE_MASK,
  UADP_ENCODING_RAW,
  UADP_ENCODING_VARIANT,
} from "../base/spec";

const ENCODING_RESERVED: u32 = UADP_DATA_SET1_ENCODING_MASK;

/**
 * Fills `record` from the DataSetMessage of size bytes at source. WRITER_ID is left as it is. A
 * message that is not valid gets no fields, whatever follows its flags.
 * Errors: TRUNCATED, TOO_LONG (more than LIMIT_FIELDS_MAX fields), MALFORMED, UNSUPPORTED (reserved
 * flags or type).
 */
export function decodeDataSetMessage(source: usize, size: i32, record: usize): i32 {
  if (size < 1) return STATUS_TRUNCATED;
  store<u32>(record + UADP_DATA_SET_OFFSET, source);
  store<u32>(record + UADP_DATA_SET_SIZE, size);
  const flags1: u32 = load<u8>(source);
  store<u8>(record + UADP_DATA_SET_FLAGS1, flags1);
  let at = 1;
  let flags2: u32 = 0;
  if (flags1 & UADP_DATA_SET1_DATA_SET2) {
    if (size < 2) return STATUS_TRUNCATED;
    flags2 = load<u8>(source, 1);
    at = 2;
    store<u8>(record + UADP_DATA_SET_FLAGS2, flags2);
  }
  if (!(flags1 & UADP_DATA_SET1_VALID)) return STATUS_OK;
  const encoding = flags1 & UADP_DATA_SET1_ENCODING_MASK;
  const type = flags2 & UADP_DATA_SET2_TYPE_MASK;
  if (encoding == ENCODING_RESERVED) return STATUS_MALFORMED;
  if (flags2 & UADP_DATA_SET2_RESERVED) return STATUS_UNSUPPORTED;
  if (type > <u32>UADP_DATA_SET_TYPE_KEEP_ALIVE) return STATUS_UNSUPPORTED;
  // The standard gives events one encoding only.
  if (type == UADP_DATA_SET_TYPE_EVENT && encoding != UADP_ENCODING_VARIANT) {
    return STATUS_MALFORMED;
  }
  at = decodeOptions(source, size, at, record, flags1, flags2);
  if (at < 0) return at;

  if (type != UADP_DATA_SET_TYPE_KEEP_ALIVE && encoding != UADP_ENCODING_RAW) {
    if (size - at < 2) return STATUS_TRUNCATED;
    const count = load<u16>(source + at);
    if (<i32>count > LIMIT_FIELDS_MAX) return STATUS_TOO_LONG;
    store<u16>(record + UADP_DATA_SET_FIELD_COUNT, count);
    at += 2;
  }
  store<u32>(record + UADP_DATA_SET_FIELDS, source + at);
  return STATUS_OK;
}

/** Sequence number, timestamp, picoseconds, status and versions, as far as the flags name them. */
function decodeOptions(
  source: usize,
  size: i32,
  at: i32,
  record: usize,
  flags1: u32,
  flags2: u32,
): i32 {
  const width =
    (flags1 & UADP_DATA_SET1_SEQUENCE_NUMBER ? 2 : 0) +
    (flags2 & UADP_DATA_SET2_TIMESTAMP ? 8 : 0) +
    (flags2 & UADP_DATA_SET2_PICOSECONDS ? 2 : 0) +
    (flags1 & UADP_DATA_SET1_STATUS ? 2 : 0) +
    (flags1 & UADP_DATA_SET1_MAJOR_VERSION ? 4 : 0) +
    (flags1 & UADP_DATA_SET1_MINOR_VERSION ? 4 : 0);
  if (size - at < width) return STATUS_TRUNCATED;
  if (flags1 & UADP_DATA_SET1_SEQUENCE_NUMBER) {
    store<u16>(record + UADP_DATA_SET_SEQUENCE, load<u16>(source + at));
    at += 2;
  }
  if (flags2 & UADP_DATA_SET2_TIMESTAMP) {
    store<i64>(record + UADP_DATA_SET_TIMESTAMP, load<i64>(source + at));
    at += 8;
  }
  if (flags2 & UADP_DATA_SET2_PICOSECONDS) {
    store<u16>(record + UADP_DATA_SET_PICOSECONDS, load<u16>(source + at));
    at += 2;
  }
  if (flags1 & UADP_DATA_SET1_STATUS) {
    store<u16>(record + UADP_DATA_SET_STATUS, load<u16>(source + at));
    at += 2;
  }
  if (flags1 & UADP_DATA_SET1_MAJOR_VERSION) {
    store<u32>(record + UADP_DATA_SET_MAJOR_VERSION, load<u32>(source + at));
    at += 4;
  }
  if (flags1 & UADP_DATA_SET1_MINOR_VERSION) {
    store<u32>(record + UADP_DATA_SET_MINOR_VERSION, load<u32>(source + at));
    at += 4;
  }
  return at;
}
