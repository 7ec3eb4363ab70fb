// A node's message in the core's own terms: written, verified and read back in place.
import {
  FIELD_COUNT,
  FIELD_DATA,
  FIELD_TYPE,
  FIELD_TYPE_UINT32,
  STATUS_BAD_CHECK,
  STATUS_FULL,
  STATUS_MISALIGNED,
  STATUS_OK,
  UADP_HEADER_PUBLISHER_ID,
  UADP_HEADER_VALUE_CHECK_SIZE,
  UADP_HEADER_VALUE_ENCODED_SIZE,
  UADP_HEADER_VALUE_SIZE,
  UADP_MESSAGE_PUBLISHER_ID,
  UADP_RECORD_CURSOR_SIZE,
  UADP_RECORD_MESSAGE_SIZE,
} from "../../../assembly/base/spec";
import { decodeNetworkMessage } from "../../../assembly/uadp/decode";
import { fieldsBegin, nextField, verifyCheck } from "../../../assembly/uadp/field-cursor";
import { encodeDataSet } from "../../../assembly/uadp/network-message";

const header = memory.data(UADP_HEADER_VALUE_SIZE, 8);
const field = memory.data(16, 8);
const fields = memory.data(4, 4);
const wire = memory.data(128, 8);
const message = memory.data(UADP_RECORD_MESSAGE_SIZE, 8);
const cursor = memory.data(UADP_RECORD_CURSOR_SIZE, 8);
const target = memory.data(16, 8);

function encode(value: u32): i32 {
  store<u32>(header + UADP_HEADER_PUBLISHER_ID, 77);
  store<u8>(field + FIELD_TYPE, FIELD_TYPE_UINT32);
  store<u32>(field + FIELD_COUNT, 1);
  store<u32>(field + FIELD_DATA, value);
  store<u32>(fields, <u32>field);
  return encodeDataSet(wire, 128, header, fields, 1);
}

describe("a node's message", () => {
  it("is read back from an odd address, the check first, then the fields", () => {
    const size = encode(0x01020304);
    expect(size).toBe(UADP_HEADER_VALUE_ENCODED_SIZE + 5 + UADP_HEADER_VALUE_CHECK_SIZE);
    memory.copy(wire + 1, wire, size);
    expect(decodeNetworkMessage(wire + 1, size, message)).toBe(STATUS_OK);
    expect(load<u64>(message + UADP_MESSAGE_PUBLISHER_ID)).toBe(77);
    expect(verifyCheck(message, cursor)).toBe(size);
    expect(fieldsBegin(message, 0, cursor)).toBe(2);
    expect(nextField(cursor, target, 16)).toBe(16);
    expect(load<u32>(target + FIELD_DATA)).toBe(0x01020304);
  });

  it("keeps its place when the target is too small or not aligned", () => {
    const size = encode(5);
    decodeNetworkMessage(wire, size, message);
    fieldsBegin(message, 0, cursor);
    expect(nextField(cursor, target, 8)).toBe(STATUS_FULL);
    expect(nextField(cursor, target + 4, 8)).toBe(STATUS_MISALIGNED);
    expect(nextField(cursor, target, 16)).toBe(16);
    expect(load<u32>(target + FIELD_DATA)).toBe(5);
    expect(nextField(cursor, target, 16)).toBe(16);
    expect(nextField(cursor, target, 16)).toBe(0);
  });

  it("is refused once one bit of its value has changed", () => {
    const size = encode(5);
    store<u8>(wire + UADP_HEADER_VALUE_ENCODED_SIZE + 1, 4);
    expect(decodeNetworkMessage(wire, size, message)).toBe(STATUS_OK);
    expect(verifyCheck(message, cursor)).toBe(STATUS_BAD_CHECK);
  });
});
