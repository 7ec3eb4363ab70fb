// Entry of the module under test in test/host/uadp: the codec as firmware and gateway import it.
export { crc32, crc32Update } from "../../../assembly/base/crc32";
export { decodeNetworkMessage } from "../../../assembly/uadp/decode";
export { padFrame, parseEthernet, writeEthernetHeader } from "../../../assembly/uadp/ethernet";
export {
  fieldsBegin,
  nextField,
  skipField,
  verifyCheck,
} from "../../../assembly/uadp/field-cursor";
export { encodeDataSet } from "../../../assembly/uadp/network-message";

/** Where a test may write: behind the static data. */
export function scratch(): usize {
  return (__heap_base + 7) & ~7;
}
