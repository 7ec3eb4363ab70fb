// The Ethernet header around a NetworkMessage, with its 802.1Q tag (spec/frame.md).
//
//  0      6      12        16         18
//  ├──────┼──────┼─────────┼──────────┼────────────────┐
//  │ dest │ src  │ 8100 TCI│ B6 2C    │ NetworkMessage │   big-endian; no FCS
//  └──────┴──────┴─────────┴──────────┴────────────────┘
// A switch or a network card may take the tag away on the last hop, so a receiver reads both forms.
import {
  ETHERNET_DESTINATION,
  ETHERNET_PAYLOAD,
  ETHERNET_SOURCE,
  ETHERNET_TCI,
  ETHERNET_TPID,
  ETHERNET_TYPE,
  ETHERNET_VALUE_DESTINATION_HIGH,
  ETHERNET_VALUE_DESTINATION_LOW,
  ETHERNET_VALUE_FRAME_SIZE_MIN,
  ETHERNET_VALUE_HEADER_SIZE,
  ETHERNET_VALUE_PCP,
  ETHERNET_VALUE_SOURCE_PREFIX,
  ETHERNET_VALUE_TPID,
  ETHERNET_VALUE_TYPE,
  ETHERNET_VALUE_UNTAGGED_SIZE,
  ETHERNET_VALUE_VLAN,
  LIMIT_FRAME_SIZE_MAX,
  STATUS_TOO_LONG,
  STATUS_TRUNCATED,
  STATUS_UNSUPPORTED,
} from "../base/spec";

class BigEndian {
  // @ts-expect-error: decorator
  @inline static load16(source: usize): u32 {
    return <u32>bswap<u16>(load<u16>(source));
  }

  // @ts-expect-error: decorator
  @inline static store16(target: usize, value: u32): void {
    store<u16>(target, bswap<u16>(<u16>value));
  }

  // @ts-expect-error: decorator
  @inline static store32(target: usize, value: u32): void {
    store<u32>(target, bswap<u32>(value));
  }
}

/**
 * Writes the header of a node's frame at target (ETHERNET_VALUE_HEADER_SIZE bytes, any alignment)
 * and gives its size, which is the offset of the NetworkMessage. The source address ends with the
 * low 24 bits of publisherId.
 */
export function writeEthernetHeader(target: usize, publisherId: u32): i32 {
  BigEndian.store16(target + ETHERNET_DESTINATION, ETHERNET_VALUE_DESTINATION_HIGH);
  BigEndian.store32(target + ETHERNET_DESTINATION + 2, ETHERNET_VALUE_DESTINATION_LOW);
  const address = publisherId & 0x00ffffff;
  BigEndian.store16(target + ETHERNET_SOURCE, ETHERNET_VALUE_SOURCE_PREFIX >> 8);
  BigEndian.store32(
    target + ETHERNET_SOURCE + 2,
    ((ETHERNET_VALUE_SOURCE_PREFIX & 0xff) << 24) | address,
  );
  BigEndian.store16(target + ETHERNET_TPID, ETHERNET_VALUE_TPID);
  BigEndian.store16(target + ETHERNET_TCI, (ETHERNET_VALUE_PCP << 13) | ETHERNET_VALUE_VLAN);
  BigEndian.store16(target + ETHERNET_TYPE, ETHERNET_VALUE_TYPE);
  return ETHERNET_VALUE_HEADER_SIZE;
}

/**
 * Size of the frame to send for a NetworkMessage of messageSize bytes behind the header at frame:
 * shorter ones are filled with zeros up to ETHERNET_VALUE_FRAME_SIZE_MIN. The buffer must have that
 * many bytes.
 */
export function padFrame(frame: usize, messageSize: i32): i32 {
  let size = ETHERNET_PAYLOAD + messageSize;
  for (; size < ETHERNET_VALUE_FRAME_SIZE_MIN; size++) store<u8>(frame + size, 0);
  return size;
}

/**
 * Offset of the NetworkMessage in a frame of size bytes, with the tag or without. Errors:
 * TRUNCATED, TOO_LONG (above LIMIT_FRAME_SIZE_MAX), UNSUPPORTED (another EtherType, or a second
 * tag).
 */
export function parseEthernet(frame: usize, size: i32): i32 {
  if (size < ETHERNET_VALUE_UNTAGGED_SIZE) return STATUS_TRUNCATED;
  if (size > LIMIT_FRAME_SIZE_MAX) return STATUS_TOO_LONG;
  const type = BigEndian.load16(frame + ETHERNET_TPID);
  if (type == ETHERNET_VALUE_TYPE) return ETHERNET_VALUE_UNTAGGED_SIZE;
  if (type != ETHERNET_VALUE_TPID) return STATUS_UNSUPPORTED;
  if (size < ETHERNET_VALUE_HEADER_SIZE) return STATUS_TRUNCATED;
  const inner = BigEndian.load16(frame + ETHERNET_TYPE);
  return inner == ETHERNET_VALUE_TYPE ? ETHERNET_PAYLOAD : STATUS_UNSUPPORTED;
}
